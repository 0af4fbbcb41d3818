"""``pytest --vcr-openai-unused``: cassettes and interactions that no test used, listed or removed."""

from __future__ import annotations

import gzip

import pytest
from cassette_texts import write_cassette
from chats import answer, interaction, question
from inner_project import ASK, LibraryProject
from recordings import chat
from several_processes import ALSO_IN_TWO, EVERYWHERE, TWO_WORKERS, also_in_two

UNUSED = "--vcr-openai-unused"
REPORT, DRIFT, ACCEPT = "--vcr-openai-report", "--vcr-openai-drift", "--vcr-openai-accept"
DELETE = f"{UNUSED}=delete"
TITLE = "*vcr-openai: cassettes and interactions that were not played"
FORMATS_EVERYWHERE = also_in_two("suffix", ["yaml", "json", "openai.yaml", "recording.json"])
LEFT = "cassettes/test_it/test_a.{}: interactions[[]1]: POST /chat/completions gpt-4o: Venus: no test played it"
GONE = "cassettes/test_it/test_gone.{}: no test opened it"
TWO = """
@pytest.mark.vcr
def test_a():
    assert ask('Saturn') == 'rings'
    assert ask('Mars') == 'red'

@pytest.mark.vcr
def test_b():
    assert ask('Moon') == 'cheese'
"""
PAIRS = [("Saturn", "rings"), ("Venus", "hot"), ("Mars", "red")]


def cassette(*pairs, suffix="yaml"):
    return write_cassette([interaction(answer(told), sent=question(asked)) for asked, told in pairs], suffix)


class Unused(LibraryProject):
    """A project with two tests, a cassette of a test that is gone, and an interaction that no test plays."""

    def fill(self, suffix="yaml"):
        self.ini("")
        self.conftest(f"import pytest\n@pytest.fixture\ndef vcr_config():\n    return {{'serializer': {suffix!r}}}\n")
        self.cassette(f"test_a.{suffix}", cassette(*PAIRS, suffix=suffix))
        self.cassette(f"test_b.{suffix}", cassette(("Moon", "cheese"), suffix=suffix))
        self.cassette(f"test_gone.{suffix}", cassette(("Io", "hot"), suffix=suffix))
        self.test(TWO)

    @property
    def folder(self):
        return self.path / "cassettes" / "test_it"

    def files(self):
        return {
            path.relative_to(self.path).as_posix(): path.read_text(encoding="utf-8")
            for path in self.path.rglob("cassettes/**/*.*")
        }


@pytest.fixture
def project(pytester, httpserver, monkeypatch):
    """The project with YAML cassettes."""
    project = Unused(pytester, httpserver, monkeypatch)
    project.fill()
    return project


@FORMATS_EVERYWHERE
def test_what_no_test_used_is_listed(project, suffix, more):
    """A file that no test opened and an interaction that no test played are named, in each format; nothing changes."""
    for path in project.folder.iterdir():
        path.unlink()
    project.fill(suffix)
    before = project.files()
    result = project.run(UNUSED, *more)
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines([f"{TITLE} (2)*", LEFT.format(suffix), GONE.format(suffix)])
    assert project.files() == before


@FORMATS_EVERYWHERE
def test_what_no_test_used_is_removed(project, suffix, more):
    """``=delete`` removes the file and the interaction after a green run; every other byte stays."""
    for path in project.folder.iterdir():
        path.unlink()
    project.fill(suffix)
    rest = cassette(*PAIRS[::2], suffix=suffix)
    result = project.run(DELETE, *more)
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines([f"{TITLE} (2)*", f"removed: {LEFT.format(suffix)}", f"removed: {GONE.format(suffix)}"])
    assert set(project.files()) == {f"cassettes/test_it/test_{name}.{suffix}" for name in "ab"}
    assert project.files()[f"cassettes/test_it/test_a.{suffix}"] == rest
    project.run(UNUSED).stdout.fnmatch_lines([f"{TITLE} (0)*"])


@ALSO_IN_TWO
@pytest.mark.parametrize(
    ("arguments", "source", "reason"),
    [
        (["-k", "test_a"], TWO, "tests were deselected"),
        ([], TWO.replace("cheese", "rock"), "the run was not green"),
        (["--deselect", "test_it.py::test_b"], TWO, "tests were deselected"),
    ],
    ids=["deselected by name", "failed", "deselected"],
)
def test_nothing_is_removed_after_a_part_or_a_failure(project, arguments, source, reason, more):
    """``=delete`` lists what is unused, removes nothing, and says why, unless all tests ran and none failed."""
    project.test(source)
    before = project.files()
    result = project.run(DELETE, *arguments, *more)
    result.stdout.fnmatch_lines([LEFT.format("yaml"), GONE.format("yaml"), f"nothing is removed: {reason}"])
    result.stdout.no_fnmatch_line("*test_b.yaml*")
    assert project.files() == before


@pytest.mark.slow
def test_a_worker_that_runs_all_tests_removes_nothing_itself(project):
    """What was removed is listed where one worker ran all tests: it could know, too, and nobody would see its list."""
    result = project.run(DELETE, "-n1")
    result.stdout.fnmatch_lines([f"{TITLE} (2)*", f"removed: {LEFT.format('yaml')}", f"removed: {GONE.format('yaml')}"])


@EVERYWHERE
@pytest.mark.parametrize(
    ("marker", "body"),
    [
        ("@pytest.mark.skip", "ask('Moon')"),
        ("", "pytest.skip()"),
        ("", "ask('Moon')\n    assert False"),
        ("", "pytest.xfail()"),
    ],
    ids=["skipped", "skips", "fails", "xfails"],
)
def test_what_a_test_without_success_may_play_is_not_unused(project, marker, body, more):
    """The cassette of a test that was skipped or failed is not judged, whatever it left."""
    project.cassette("test_b.yaml", cassette(("Moon", "cheese"), ("Io", "hot")))
    project.test(TWO.replace("assert ask('Moon') == 'cheese'", body).replace("\n\n@", f"\n\n{marker}\n@"))
    result = project.run(UNUSED, *more)
    result.stdout.fnmatch_lines([f"{TITLE} (2)*", LEFT.format("yaml"), GONE.format("yaml"), "1 not judged: *"])
    result.stdout.no_fnmatch_line("*test_b.yaml*")


def test_skipped_tests_do_not_keep_a_run_from_being_green(project):
    """``=delete`` removes what is unused though a test is skipped, whose cassettes stay."""
    project.cassette("more.yaml", cassette(("Io", "hot")))
    project.cassette("named.yaml", cassette(("Io", "hot")))
    project.test(
        TWO + "\n@pytest.mark.skip\n@pytest.mark.vcr('more.yaml')\ndef test_c():\n    pass\n"
        "@pytest.mark.skip\ndef test_d():\n    use_cassette('cassettes/test_it/named.yaml')\n"
    )
    project.run(DELETE).assert_outcomes(passed=2, skipped=2)
    assert sorted(path.name for path in project.folder.iterdir()) == [
        "more.yaml",
        "named.yaml",
        "test_a.yaml",
        "test_b.yaml",
    ]


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["test_it.py::test_a"], "single tests were named"),
        (["--lf"], "only tests that failed last time were selected"),
        (["--collect-only"], "tests were only collected"),
        (["-x"], "1 of 2 tests did not run"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_run_that_leaves_tests_unknown_tells_nothing(project, arguments, reason):
    """Where it is not known which tests there are, or they did not run, nothing is listed or removed."""
    if "-x" in arguments:
        project.test(TWO.replace("rings", "ears"))
    before = project.files()
    result = project.run(DELETE, *arguments)
    result.stdout.fnmatch_lines([f"{TITLE}: not listed, because this was not a full run*", f"*{reason}*"])
    result.stdout.no_fnmatch_line("*test_gone*")
    assert project.files() == before


def test_cassettes_of_other_test_files_stay(project):
    """Where one file ran, another file's cassettes are not judged; those of a file that is gone are, where all ran."""
    project.pytester.makepyfile(test_other="def test_x(): pass")
    for module in ("test_other", "test_removed"):
        path = project.path / "cassettes" / module / "test_y.yaml"
        path.parent.mkdir()
        path.write_text(cassette(("Io", "hot")), encoding="utf-8")
    one = project.run(UNUSED, "test_it.py")
    one.stdout.fnmatch_lines([f"{TITLE} (2)*", "1 not judged: its test file exists*", "1 not judged: shared with*"])
    every = project.run(UNUSED)
    every.stdout.fnmatch_lines(
        [
            f"{TITLE} (4)*",
            "cassettes/test_other/test_y.yaml: no test opened it",
            "cassettes/test_removed/test_y.yaml: no test opened it",
        ]
    )


def test_a_folder_of_ones_own_is_looked_through(project):
    """Cassettes in another folder than pytest-recording's are judged where tests open any of it."""
    folder = project.path / "data" / "llm"
    folder.mkdir(parents=True)
    for name in ("test_b.yaml", "old.yaml"):
        (folder / name).write_text(cassette(("Moon", "cheese")), encoding="utf-8")
    (folder / "settings.yaml").write_text("a: 1\n", encoding="utf-8")
    project.test(
        "@pytest.fixture(scope='module')\ndef vcr_cassette_dir():\n    return os.path.abspath('data/llm')\n"
        "@pytest.mark.vcr\ndef test_b():\n    ask('Moon')\n"
    )
    result = project.run(UNUSED)
    result.stdout.fnmatch_lines(["data/llm/old.yaml: no test opened it"])
    result.stdout.no_fnmatch_line("data/llm/[st]*")


def test_what_several_tests_share_is_used_by_any(project):
    """An extra cassette, a shared one and one of a wider fixture are unused only where no test played them."""
    project.cassette("extra.yaml", cassette(("Io", "hot"), ("Ceres", "cold"), ("Pluto", "far")))
    project.cassette("wide.yaml", cassette(("Rhea", "icy"), ("Titan", "hazy")))
    project.test(
        "import vcr_openai\n@pytest.fixture(scope='module')\ndef wide(request):\n"
        "    with vcr_openai.use(request, serializer='yaml'):\n        yield ask('Rhea')\n"
        "@pytest.mark.vcr('extra.yaml')\ndef test_a():\n    ask('Io')\n"
        "@pytest.mark.vcr('extra.yaml')\ndef test_b(wide):\n    ask('Ceres')\n    ask('Moon')\n"
    )
    result = project.run(UNUSED)
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(
        [
            "cassettes/test_it/extra.yaml: interactions[[]2]: *Pluto: no test played it",
            "cassettes/test_it/test_a.yaml: interactions[[]0]: *",
            "cassettes/test_it/wide.yaml: interactions[[]1]: *Titan: no test played it",
        ]
    )
    result.stdout.no_fnmatch_line("*Ceres*")


@pytest.mark.parametrize("mode", ["new_episodes", "all", "rewrite"])
def test_what_was_recorded_is_not_judged(project, mode):
    """The cassette that a test recorded into is not judged in that run."""
    project.server("new")
    project.test("@pytest.mark.vcr\ndef test_a():\n    assert ask('Io') == 'new'\n")
    result = project.run(UNUSED, f"--record-mode={mode}")
    result.assert_outcomes(passed=1)
    result.stdout.no_fnmatch_line("*test_a.yaml*")


def test_a_file_in_another_layout_is_not_changed(project):
    """A file that was written by hand stays as it is, and that is said."""
    text = "# by hand\n" + cassette(*PAIRS)
    project.cassette("test_a.yaml", text)
    result = project.run(DELETE)
    result.stdout.fnmatch_lines(["not removed, because it has another layout: cassettes/test_it/test_a.yaml: *"])
    assert project.files()["cassettes/test_it/test_a.yaml"] == text


def test_a_cassette_of_which_nothing_played_goes(project):
    """A file whose interactions all were left is removed, and its folder where that is empty then."""
    (project.folder / "test_b.yaml").unlink()
    (project.folder / "test_gone.yaml").unlink()
    project.test("@pytest.mark.vcr\ndef test_a():\n    pass\n")
    project.run(DELETE).assert_outcomes(passed=1)
    assert not project.folder.exists()


@EVERYWHERE
def test_a_librarys_recordings_are_removed(project, more):
    """``=delete`` removes recordings of a library that no test played."""
    project.ini("vcr_openai_library = true")
    for path in project.folder.iterdir():
        path.unlink()
    for asked, told, test in [*((*pair, "test_a") for pair in PAIRS), ("Moon", "cheese", "test_b"), ("Io", "hot", "x")]:
        project.record(chat(asked, told, f"test_it.py::{test}"), f"{asked}.json")
    result = project.run(DELETE, *more)
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["removed: recordings/Io.json: its test is gone*", "removed: recordings/Venus.json: *"])
    assert sorted(project.recorded()) == ["Mars.json", "Moon.json", "Saturn.json"]


def test_an_unknown_value_is_refused(project):
    """Any other value than ``delete`` ends the run before any test."""
    result = project.run(f"{UNUSED}=all")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"*{UNUSED}: expected nothing or delete, found 'all'"])


BROKEN = ["interactions: [", "<<<<<<< ours\n", "version: 1\ninteractions:\n- request: {method: GET}\n"]


@also_in_two("text", [*BROKEN, b"\xff", gzip.compress(b"x")[:-4]], ids=range(5))
def test_a_file_that_cannot_be_read_is_listed(project, text, more):
    """A broken file that no test played is named with what is wrong with it, and is not removed."""
    name = "cassettes/test_it/test_broken.yaml"
    (project.path / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    line = f"{name}: no test played it, and it cannot be read: *"
    project.run(UNUSED, *more).stdout.fnmatch_lines([f"{TITLE} (3)*", line])
    project.run(DELETE, *more).stdout.fnmatch_lines([f"{TITLE} (3)*", f"not removed: {line}"])
    assert (project.path / name).exists()


def test_a_broken_file_of_a_test_that_failed_is_not_judged(project):
    """The test that could not read its cassette reports it."""
    project.cassette("test_b.yaml", "interactions: [")
    result = project.run(UNUSED)
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.no_fnmatch_line("*test_b.yaml: no test*")


OTHERS = """
import pytest
class Item(pytest.Item):
    def runtest(self):
        assert self.path.name == "good.txt"
class File(pytest.File):
    def collect(self):
        yield Item.from_parent(self, name="line")
def pytest_collect_file(file_path, parent):
    return File.from_parent(parent, path=file_path) if file_path.suffix == ".txt" else None
"""


@also_in_two("name", ["good.txt", "bad.txt"])
def test_tests_of_another_plugin_have_no_cassettes(project, name, more):
    """A test in a file that is not Python, nor a text, leaves the list as it is, whether it passes or fails."""
    project.conftest(OTHERS)
    (project.path / name).write_bytes(b"\xff")
    result = project.run(UNUSED, *more)
    result.assert_outcomes(passed=2 + (name == "good.txt"), failed=int(name == "bad.txt"))
    result.stdout.fnmatch_lines([f"{TITLE} (2)*", LEFT.format("yaml"), GONE.format("yaml")])


def test_a_file_of_another_kind_is_not_listed(project):
    """Other files in a folder of cassettes are not broken ones."""
    project.cassette("data.json", {"planets": 8})
    project.run(UNUSED).stdout.fnmatch_lines([f"{TITLE} (2)*"])


@EVERYWHERE
@pytest.mark.parametrize("arguments", [["--disable-recording"], ["-p", "no:recording"]], ids=["disabled", "not loaded"])
def test_nothing_is_removed_where_no_cassette_was_opened(project, arguments, more):
    """A run in which pytest-recording opened no cassettes does not know which are used."""
    project.test("@pytest.mark.vcr\ndef test_a():\n    pass\n")
    before = project.files()
    project.run(DELETE, *arguments, *more).stdout.fnmatch_lines(["*not listed, because this was not a full run*"])
    assert project.files() == before


@also_in_two("option", [UNUSED, DELETE, REPORT, f"{REPORT}=a.json", DRIFT, f"{DRIFT}=a.json", f"{ACCEPT}=all"])
def test_an_option_that_would_report_nothing_is_refused(project, option, more):
    """With ``vcr_openai = false`` no cassette is watched, and each option that reports on them is a usage error."""
    project.ini("vcr_openai = false")
    before = project.files()
    result = project.run(option, *more)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    name = option.partition("=")[0]
    result.stderr.fnmatch_lines([f"*{name}: vcr_openai is false in the ini file, so no cassette is watched*"])
    assert project.files() == before
    assert not (project.path / "a.json").exists()


def test_a_test_whose_teardown_failed_did_not_succeed(project):
    """What a test left whose fixture failed at its end is not judged: it may have asked later."""
    project.test(TWO.replace("test_a()", "test_a(ends_badly)"))
    project.conftest("import pytest\n@pytest.fixture\ndef ends_badly():\n    yield\n    assert False\n")
    result = project.run(UNUSED)
    result.assert_outcomes(passed=2, errors=1)
    result.stdout.fnmatch_lines([f"{TITLE} (1)*", GONE.format("yaml"), "1 not judged: a test that opened it failed*"])


def test_a_modules_cassette_is_not_judged_where_a_test_failed(project):
    """A test that failed may have played the rest of the cassette that its module's fixture opened."""
    project.test(
        "import vcr_openai\n@pytest.fixture(scope='module', autouse=True)\ndef made(request):\n"
        "    with vcr_openai.use(request, 'test_a', serializer='yaml'):\n        yield\n"
        "def test_one():\n    assert ask('Saturn') == 'rings'\n"
        "def test_two():\n    assert False\n"
    )
    result = project.run(UNUSED)
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.no_fnmatch_line("*test_a.yaml: interactions*")


SHARED = (
    "import pytest\nimport vcr_openai\n@pytest.fixture(scope='session')\ndef shared(request):\n"
    "    with vcr_openai.use(request):\n        yield\n"
)


@pytest.fixture
def common(project):
    """Two modules that ask a session's cassette in turn, and a cassette that a fixture of neither test has opened."""
    project.conftest(SHARED)
    (project.path / "test_it.py").unlink()
    for path in project.folder.iterdir():
        path.unlink()
    folder = project.path / "cassettes"
    (folder / "shared.yaml").write_text(cassette(("alpha", "1"), ("beta", "2")), encoding="utf-8")
    project.pytester.makepyfile(
        test_a=ASK + "def test_a(shared):\n    ask('alpha')\n", test_b=ASK + "def test_b(shared):\n    ask('beta')\n"
    )
    return project


@pytest.mark.parametrize(
    "arguments",
    [["test_a.py"], [".", "--ignore=test_b.py"], [".", "--ignore-glob=*_b.py"], ["--setup-plan"], ["--setup-only"]],
    ids=" ".join,
)
def test_what_tests_that_were_left_out_play_stays(common, arguments):
    """A session's cassette is for all tests: nothing is removed from it by a run that did not know or run them all."""
    before = common.files()
    common.run(DELETE, *arguments)
    assert common.files() == before


@pytest.mark.parametrize(
    "hook",
    [
        "collect_ignore = ['test_b.py']\n",
        "def pytest_collection_modifyitems(items):\n    items[:] = items[:1]\n",
    ],
    ids=["collect_ignore", "items"],
)
def test_what_a_hook_leaves_out_stays(common, hook):
    """A conftest.py may leave tests out without a word to other plugins."""
    common.conftest(SHARED + hook)
    before = common.files()
    common.run(DELETE)
    assert common.files() == before


def test_a_whole_run_removes_what_is_left_of_a_sessions_cassette(common):
    """Without any of that, what no test asks of it comes out."""
    (common.path / "test_b.py").unlink()
    common.run(DELETE).stdout.fnmatch_lines(["removed: cassettes/shared.yaml: interactions[[]1]: *"])


def test_the_cassette_of_a_skipped_tests_fixture_stays(common):
    """A fixture that only a skipped test has opens nothing, and its cassette is not known by its name."""
    common.conftest(SHARED + "@pytest.fixture\ndef helper(shared):\n    pass\n")
    (common.path / "test_b.py").unlink()
    common.pytester.makepyfile(test_a="import pytest\n@pytest.mark.skip\ndef test_a(helper):\n    pass\n")
    before = common.files()
    common.run(DELETE)
    assert common.files() == before


@pytest.mark.parametrize("more", [[], TWO_WORKERS])
def test_a_recording_that_was_accepted_is_used(project, more):
    """An accepted request renames its recording, which the run has played all the same."""
    project.ini("vcr_openai_library = true")
    project.record(chat("alpha", "1", "test_it.py::test_it"))
    project.test("@pytest.mark.vcr\ndef test_it():\n    assert ask('beta') == '1'\n")
    project.run(DELETE, f"{ACCEPT}=all", *more).assert_outcomes(passed=1)
    assert len(project.recorded()) == 1
    project.run(*more).assert_outcomes(passed=1)
