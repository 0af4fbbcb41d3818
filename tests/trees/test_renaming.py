"""Files change names in an order in which nothing is lost."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vcr_openai import _files
from vcr_openai._trees.renaming import WantedName, plan_renaming

NAMES = st.sampled_from([f"{letter}.json" for letter in "abcdef"])


@st.composite
def trees(draw):
    """Files with contents, some of which want other names, and some of which nobody may touch."""
    held = draw(st.dictionaries(NAMES, st.sampled_from("xyz"), min_size=1))
    wishing = draw(st.lists(st.sampled_from(sorted(held)), unique=True))
    return held, [WantedName(path, draw(NAMES), held[path]) for path in wishing]


def carried_out(held, steps):
    """The files after some steps, each of which must find its file and a free name."""
    held = dict(held)
    for old, new in steps:
        assert new not in held
        held[new] = held.pop(old)
    return held


def planned(held, wanted_names):
    """The plan for the wanted names, where the other files are in the tree, too."""
    return plan_renaming(wanted_names, [path for path in held if path not in {one.path for one in wanted_names}])


@given(trees())
def test_no_content_is_ever_lost(tree):
    """After any number of steps every content is there as often as before, and no step takes a name in use."""
    held, wanted_names = tree
    steps = planned(held, wanted_names).steps
    for stop in range(len(steps) + 1):
        assert sorted(carried_out(held, steps[:stop]).values()) == sorted(held.values())


def moved(wanted_names, steps):
    """The same wanted_names after some steps."""
    where = {one.path: one for one in wanted_names}
    for old, new in steps:
        one = where.pop(old)
        where[new] = WantedName(new, one.wanted, one.content)
    return list(where.values())


@given(trees())
def test_a_second_run_changes_nothing(tree):
    """What was renamed stays, and what collided collides again."""
    held, wanted_names = tree
    steps = planned(held, wanted_names).steps
    assert planned(carried_out(held, steps), moved(wanted_names, steps)).steps == []


@given(trees(), st.data())
def test_a_run_that_was_stopped_is_finished_by_the_next(tree, data):
    """From any state in between, the next run leads to the same names."""
    held, wanted_names = tree
    steps = planned(held, wanted_names).steps
    begun = steps[: data.draw(st.integers(0, len(steps)))]
    stopped = carried_out(held, begun)
    rest = planned(stopped, moved(wanted_names, begun)).steps
    assert carried_out(stopped, rest) == carried_out(held, steps)


def test_a_chain_is_renamed_from_its_end():
    """A file whose new name another is about to give up waits for it."""
    assert plan_renaming([WantedName("a", "b", "1"), WantedName("b", "c", "2")], []).steps == [("b", "c"), ("a", "b")]


def test_a_ring_is_opened_by_parking_a_file():
    """Two files that want each other's names: one steps aside under a name that is found again."""
    steps = plan_renaming([WantedName("a.json", "b.json", "1"), WantedName("b.json", "a.json", "2")], []).steps
    assert steps == [("b.json", "b.moving.json"), ("a.json", "b.json"), ("b.moving.json", "a.json")]


def test_files_that_differ_and_want_one_name_keep_theirs():
    """Neither is better than the other, so both are reported."""
    plan = plan_renaming([WantedName("a", "c", "1"), WantedName("b", "c", "2")], [])
    assert (plan.steps, [problem.file for problem in plan.collisions]) == ([], ["a", "b"])


def test_a_file_that_has_its_name_keeps_it():
    """Another one that wants the name is reported."""
    plan = plan_renaming([WantedName("c", "c", "1"), WantedName("a", "c", "2")], [])
    assert (plan.steps, [problem.file for problem in plan.collisions]) == ([], ["a"])


def test_twins_are_told_from_collisions():
    """Of files with the same content one is renamed, and the other one reported as its twin."""
    plan = plan_renaming([WantedName("a", "c", "1"), WantedName("b", "c", "1")], [])
    assert (plan.steps, [twin.file for twin in plan.twins], plan.collisions) == ([("a", "c")], ["b"], [])


def test_what_waits_for_a_file_that_stays_stays():
    """A name that is not freed in the end is not taken."""
    plan = plan_renaming([WantedName("a", "b", "1"), WantedName("b", "c", "2")], ["c"])
    assert (plan.steps, sorted(problem.file for problem in plan.collisions)) == ([], ["a", "b"])


@pytest.mark.parametrize("links", [True, False])
def test_a_rename_replaces_nothing(tmp_path, monkeypatch, links):
    """A name that is taken is refused, also on a file system without hard links, and both files stay."""
    if not links:
        monkeypatch.setattr(os, "link", no_links)
    (tmp_path / "a").write_text("1")
    (tmp_path / "b").write_text("2")
    with pytest.raises(FileExistsError):
        _files.rename(tmp_path / "a", tmp_path / "b")
    assert ((tmp_path / "a").read_text(), (tmp_path / "b").read_text()) == ("1", "2")


@pytest.mark.parametrize("links", [True, False])
def test_a_rename_moves_the_file(tmp_path, monkeypatch, links):
    """The file is there under its new name only."""
    if not links:
        monkeypatch.setattr(os, "link", no_links)
    (tmp_path / "a").write_text("1")
    _files.rename(tmp_path / "a", tmp_path / "b")
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("b", "1")]


def test_a_rename_that_is_stopped_loses_nothing(tmp_path, monkeypatch):
    """Between its two steps the file has both names."""

    def stop(_path):
        raise KeyboardInterrupt

    (tmp_path / "a").write_text("1")
    monkeypatch.setattr("pathlib.Path.unlink", stop)
    with pytest.raises(KeyboardInterrupt):
        _files.rename(tmp_path / "a", tmp_path / "b")
    assert sorted((path.name, path.read_text()) for path in tmp_path.iterdir()) == [("a", "1"), ("b", "1")]


def no_links(*_arguments, **_options):
    """A file system that has none."""
    raise PermissionError(1, "Operation not permitted")
