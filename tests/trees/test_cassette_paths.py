"""Where the cassettes of tests lie: the places at which pytest-recording looks for them, and no others."""

import os
from pathlib import PurePosixPath, PureWindowsPath
from types import SimpleNamespace

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from pytest_recording._vcr import use_cassette
from pytest_recording.plugin import get_default_cassette_name

from vcr_openai import MalformedInteraction, MalformedRecording
from vcr_openai._trees.cassette_paths import (
    cassette_beside,
    cassette_of_test,
    cassette_renamed,
    fitting,
    folder_of_tests,
    note_of,
    noted_place,
    read_node_id,
    stem,
)
from vcr_openai._trees.conversion_plan import Made, Member, plan_cassettes, plan_recordings
from vcr_openai._trees.sources import Source

NAMES = st.text("abcXYZ_019é", min_size=1, max_size=12)
PARAMETERS = st.text(st.characters(exclude_categories=["Cs", "Cc", "Cf", "Zl", "Zp"]), max_size=300)


def looked_for(test_class, test_name, serializer):
    """The path at which pytest-recording itself looks for the cassette of a test in t/test_m.py."""
    config = {} if serializer == "yaml" else {"serializer": serializer}

    def configure(vcr, **_):
        vcr.register_serializer("recording.json", None)
        vcr.register_serializer("openai.yaml", None)

    hook = SimpleNamespace(pytest_recording_configure=configure)
    cls = type(test_class, (), {}) if test_class else None
    name = get_default_cassette_name(cls, test_name)
    context = use_cassette(name, "t/cassettes/test_m", "none", [], config, SimpleNamespace(hook=hook))
    made = context._args_getter()
    return made["path_transformer"](made["path"]).replace(os.sep, "/")


@given(
    classes=st.lists(NAMES, max_size=3),
    name=NAMES,
    parameters=st.none() | PARAMETERS,
    serializer=st.sampled_from(["yaml", "json", "recording.json", "openai.yaml"]),
)
@example(classes=[], name="test_a", parameters="txt=openai/gpt-4o:x|y\"z'?*<>\\%", serializer="yaml")
@example(classes=["A", "B"], name="test_a", parameters="p::q/r", serializer="yaml")
@example(classes=[], name="test_a", parameters="x" * 241, serializer="yaml")
@example(classes=[], name="test_a", parameters="x" * 242, serializer="yaml")
@example(classes=[], name="test_a", parameters="x" * 243, serializer="json")
@example(classes=[], name="test_a", parameters="x" * 244, serializer="json")
@example(classes=[], name="test_a", parameters="é" * 300, serializer="recording.json")
def test_the_place_of_a_cassette_is_where_pytest_recording_looks(classes, name, parameters, serializer):
    """Whatever a test is called, its cassette is where pytest-recording looks for it, if there can be such a name."""
    test = name if parameters is None else f"{name}[{parameters}]"
    node_id = "::".join(["t/test_m.py", *classes, test])
    wanted = looked_for(classes[-1] if classes else None, test, serializer)
    folder, _, file = wanted.rpartition("/")
    assert cassette_of_test(node_id, (), serializer) == f"{folder}/{fitting(file)}"


@pytest.mark.parametrize(
    "test_id",
    [
        "",
        "test_a",
        "tests/test_a::test_b",
        "tests/test_a.py",
        "tests/test_a.py::",
        "tests/test_a.py::TestA::",
        "/tests/test_a.py::test_b",
        "../test_a.py::test_b",
        "tests/../../test_a.py::test_b",
        "tests//test_a.py::test_b",
        "tests/./test_a.py::test_b",
        "C:/tests/test_a.py::test_b",
        "tests\\test_a.py::test_b",
        "tests/test_a.py::test_b[\0]",
        "tests/test_a.py::test_b[\x1b[31m]",
        "tests/test_a.py::test_b[a\nb]",
        "tests/test_a.py::test_b[\u202egnp]",
        "tests/test_a.py::test_b[\ud800]",
        "tests/test_a\u2028.py::test_b",
        "tests/...py::test_b",
        "tests/..py::test_b",
        "tests/.py::test_b",
        "tests./test_a.py::test_b",
        "tests /test_a.py::test_b",
        "tests/test_a.py:x.py::test_b",
        "//server/share/test_a.py::test_b",
        "CON/test_a.py::test_b",
        "tests/aux.txt.py::test_b",
        "tests/nul.py::test_b",
        "tests/Lpt1 .py::test_b",
        "tests/com\xb9/test_a.py::test_b",
        "tests/test_a.py::CON",
        "tests/test_a.py::Aux::test_b",
    ],
)
def test_what_is_no_node_id_or_leads_elsewhere_is_refused(test_id):
    """A test_id that is no node id, or whose path could leave the tree, is refused with the place of the fault."""
    with pytest.raises(MalformedRecording) as error:
        read_node_id(test_id)
    assert error.value.where == "test_id"


_ODD = st.sampled_from(
    ["..", ".", "", "C:", "con", "aux.py", "a.", "a ", "\\", "\0", "\n", ":", "é" * 300, "x" * 300, ".py"]
)
_PART = st.lists(_ODD | st.text(max_size=4), min_size=1, max_size=3).map("".join)


@given(folders=st.lists(_PART, max_size=3), module=_PART, names=st.lists(_PART, min_size=1, max_size=3))
@example(folders=["tests"], module="..", names=["test_b"])
def test_no_test_id_leads_out_of_the_tree(folders, module, names):
    """Whatever a test_id says, a place made of it has no part that leads elsewhere, on this system or on Windows."""
    try:
        place = cassette_of_test("/".join([*folders, f"{module}.py"]) + "::" + "::".join(names), (), "yaml")
    except MalformedRecording:
        return
    assert not PurePosixPath(place).is_absolute() and not PureWindowsPath(place).anchor
    for part in place.split("/"):
        assert part.rstrip(". ") == part != "" and "\\" not in part and ":" not in part
        assert part.partition(".")[0].strip().upper() not in ("CON", "AUX")


@pytest.mark.parametrize(
    "root, place",
    [
        ("/x/samples/recordings", "tests/integration/inference/cassettes/test_a/test_b.yaml"),
        ("/x/repo/tests/integration/inference/recordings", "cassettes/test_a/test_b.yaml"),
        ("/x/repo/tests/integration/recordings", "inference/cassettes/test_a/test_b.yaml"),
        ("/x/repo/tests", "integration/inference/cassettes/test_a/test_b.yaml"),
        ("/x/integration/tests", "integration/inference/cassettes/test_a/test_b.yaml"),
        ("/", "tests/integration/inference/cassettes/test_a/test_b.yaml"),
    ],
)
def test_the_overlap_of_tree_and_test_is_not_repeated(root, place):
    """Folders with which the tree's path ends and the test's path begins are left out."""
    parts = ("/", *filter(None, root.split("/")))
    assert cassette_of_test("tests/integration/inference/test_a.py::test_b", parts, "yaml") == place


@pytest.mark.parametrize(
    "relative, place",
    [
        ("tests/integration/recordings/vision/x.json", "tests/integration/cassettes/vision/x.yaml"),
        ("recordings/a/recordings/x.json", "recordings/a/cassettes/x.yaml"),
        ("x.json", "cassettes/x.yaml"),
        ("a/x.recording.json", "a/cassettes/x.yaml"),
        ("a/recordings", "a/cassettes/recordings.yaml"),
    ],
)
def test_a_recording_without_a_test_keeps_its_name_beside_its_siblings(relative, place):
    """Without a test, the last folder named recordings becomes cassettes; without such a folder one is added."""
    assert cassette_beside(relative, "yaml") == place


def test_a_cassette_changes_only_its_suffix():
    """A cassette in another format lies in the same folder, with the suffix of the format."""
    assert cassette_renamed("a/cassettes/m/test[x.y].recording.json", "json") == "a/cassettes/m/test[x.y].json"


def test_a_name_that_is_all_suffix_stays():
    """A file called ``recording.json`` has the stem ``recording``, and one called ``.yaml`` has no shorter one."""
    assert [stem("recording.json"), stem(".yaml"), stem("a.yml"), stem("a")] == ["recording", ".yaml", "a", "a"]


@given(
    folder=st.lists(st.sampled_from("abc"), max_size=4),
    other=st.lists(st.sampled_from("abc"), max_size=4),
    name=st.text("xy-1", min_size=1),
)
def test_a_noted_place_is_found_again(folder, other, name):
    """What is noted of a place beside a cassette leads back to the place, wherever both lie."""
    cassette = "/".join([*folder, "cassettes", "test_m", "test_x.yaml"])
    place = "/".join([*other, f"{name}.json"])
    assert noted_place(note_of(place, cassette), folder_of_tests(cassette)) == place


@pytest.mark.parametrize(
    "note",
    [
        None,
        3,
        "",
        "..",
        "../../x.json",
        "/etc/x.json",
        "a//x.json",
        "./x.json",
        "C:x.json",
        "a\\x.json",
        "x\0.json",
        "x\n.json",
        "con.json",
        "b./x.json",
        "x:y.json",
        "x.py",
        "../a",
    ],
)
def test_a_hostile_note_is_refused(note):
    """A note that leads out of the tree, or to what is no .json file, is refused."""
    with pytest.raises(MalformedInteraction):
        noted_place(note, ("a",))


@given(note=st.text("ab./\\:\0"), folder=st.lists(st.sampled_from("ab")))
def test_no_note_leads_out_of_the_tree(note, folder):
    """Whatever a note says, the place it leads to has no part that leads up or to a root."""
    try:
        place = noted_place(note, folder)
    except MalformedInteraction:
        return
    assert not {"", ".", ".."} & set(place.split("/"))


@pytest.mark.parametrize(
    "relative, root, folder",
    [
        ("a/cassettes/test_m/test_x.yaml", (), ("a",)),
        ("cassettes/a/cassettes/x.yaml", (), ("cassettes", "a")),
        ("test_m/test_x.yaml", ("/", "a", "cassettes"), ()),
        ("test_x.yaml", ("/", "cassettes", "test_m"), ()),
        ("b/test_x.yaml", ("/", "a"), ("b",)),
    ],
)
def test_the_home_of_a_cassette_is_the_folder_of_its_tests(relative, root, folder):
    """The folder that contains ``cassettes`` is where the tests lie, also where the tree itself is such a folder."""
    assert folder_of_tests(relative, root) == folder


def member(relative, test_id=None, order=(1, 1)):
    """A recording as the plan sees it."""
    return Member(Source(relative, relative, ("/", "src")), test_id, order)


def test_shorter_conversations_come_first():
    """Within a cassette the recordings are ordered by their turns, then by their length, then by their names."""
    test = "t/test_m.py::test_x"
    members = [
        member(name, test, order) for name, order in [("d", (3, 1)), ("c", (1, 9)), ("b", (1, 2)), ("a", (1, 2))]
    ]
    ((_, planned),) = plan_cassettes(members, "yaml").cassettes
    assert [found.source.relative for found in planned] == ["a", "b", "c", "d"]


@given(st.permutations([member(f"recordings/{n}.json", t) for n in "ab" for t in (None, "t/test_m.py::test_x")]))
def test_the_plan_does_not_depend_on_the_order_of_what_was_found(members):
    """However the files were come by, the plan is the same."""
    assert plan_cassettes(members, "yaml") == plan_cassettes(sorted(members, key=str), "yaml")


def test_recordings_of_one_test_from_several_folders_share_its_cassette():
    """A test's recordings go into one cassette, from its own folder and from the common one."""
    test = "t/test_m.py::test_x"
    plan = plan_cassettes([member("t/recordings/a.json", test), member("common/recordings/a.json", test)], "yaml")
    assert [(place, len(found)) for place, found in plan.cassettes] == [("t/cassettes/test_m/test_x.yaml", 2)]


def test_tests_that_pytest_recording_names_alike_share_a_cassette_and_a_note():
    """Two tests whose names differ in forbidden characters only read one file, so they get one, and a note says so."""
    plan = plan_cassettes([member("a.json", "test_m.py::t[a/b]"), member("b.json", "test_m.py::t[a:b]")], "yaml")
    assert len(plan.cassettes) == 1
    assert "2 tests" in plan.notes[0]


def test_a_stem_that_is_taken_gets_a_number_and_a_note():
    """A recording without a test never goes into the cassette of another, and the message has the other place."""
    members = [
        member("cassettes-of/recordings/x.json"),
        member("cassettes-of/x.json"),
        member("recordings/test_m/test_x.json"),
        member("a.json", "test_m.py::test_x"),
    ]
    plan = plan_cassettes(members, "yaml")
    assert [place for place, _ in plan.cassettes] == [
        "cassettes-of/cassettes/x-2.yaml",
        "cassettes-of/cassettes/x.yaml",
        "cassettes/test_m/test_x-2.yaml",
        "cassettes/test_m/test_x.yaml",
    ]
    assert len(plan.notes) == 2


def test_a_recording_with_a_wrong_test_id_is_refused_alone():
    """A test_id that names no place refuses its recording and no other."""
    plan = plan_cassettes([member("a.json", "/etc/x.py::t"), member("b.json", "x.py::t")], "yaml")
    assert [problem.file for problem in plan.refused] == ["a.json"]
    assert len(plan.cassettes) == 1


def test_equal_recordings_are_written_once_and_others_get_a_number():
    """One place holds one document: the same again is left out, another is numbered, and a number is never reused."""
    made = [("a.json", "1"), ("a.json", "1"), ("a.json", "2"), ("a-2.json", "3"), ("a.json", "4"), ("a.json", "2")]
    files, notes = plan_recordings([Made(place, digest, None) for place, digest in made])
    assert [(place, one.digest) for place, one in files.items()] == [
        ("a.json", "1"),
        ("a-3.json", "2"),
        ("a-2.json", "3"),
        ("a-4.json", "4"),
    ]
    assert len(notes) == 2


@given(st.lists(st.tuples(st.sampled_from(["a.json", "a-2.json", "b.json"]), st.sampled_from("123"))))
def test_no_recording_is_lost_to_another(made):
    """Whatever places recordings want, each different document has its own, and the first has the one it wants."""
    files, _ = plan_recordings([Made(place, digest, None) for place, digest in made])
    assert sorted(one.digest for one in files.values()) == sorted(text for _, text in set(made))
    assume(made)
    assert next(iter(files)) == made[0][0]


@given(
    st.text(st.characters(codec="utf-8", exclude_characters="/\0"), max_size=300),
    st.sampled_from(["yaml", "openai.yaml"]),
)
@example("x" * 243, "openai.yaml")
@example("x" * 244, "openai.yaml")
@example("é" * 128, "yaml")
def test_a_name_fits_and_stays_what_it_is(name, serializer):
    """At most 255 bytes; a name that fits stays, and different ones stay different."""
    file = f"{name}.{serializer}"
    fits = fitting(file)
    assert len(fits.encode()) <= 255
    assert fits.endswith(f".{serializer}") and fitting(fits) == fits
    assert (fits == file) is (len(file.encode()) <= 255)
    assert fits == file or fitting(f"{name}x.{serializer}") != fits
