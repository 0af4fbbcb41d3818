"""The code is laid out as docs/architecture.md says."""

import ast

import places
import pytest

PACKAGE = places.ROOT / "vcr_openai"
PAGE = places.DOCS / "architecture.md"
MODULES = sorted(path.relative_to(PACKAGE) for path in PACKAGE.rglob("*.py"))
# From the bottom: what a folder (or a module of the package itself) may import stands before it.
LAYERS = (
    "_docs", "_secrets", "_errors", "_findings", "_json", "_yaml", "_http", "_api", "_streams", "_recording",
    "_redaction", "_matching", "_formats", "_review", "_files", "_page", "_library", "_trees", "_checks", "_vcrpy",
    "plugin", "_cli",
)  # fmt: skip
HOSTS = {
    "vcr": "_vcrpy",
    "pytest": "plugin",
    "click": "_cli",
    "openai": "_api",
    "jinja2": "_page",
}  # each in one folder
FILE_SYSTEM = {"os", "pathlib", "shutil", "tempfile", "logging"}
WITHOUT_FILES = LAYERS[: LAYERS.index("_files")]
pytestmark = pytest.mark.skipif(not PAGE.is_file(), reason="the tests run apart from the repository")


def tree(module):
    return ast.parse((PACKAGE / module).read_text(encoding="utf-8"))


def layer(module):
    return module.parts[0].removesuffix(".py")


def imported(module):
    """The modules that one imports, anywhere in its text, by their whole names."""
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module == "vcr_openai":
            yield from (f"vcr_openai.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_the_page_gives_each_modules_purpose(module):
    """docs/architecture.md says of a module, or of a package, what the first sentence of its docstring says."""
    purpose = ast.get_docstring(tree(module)).split("\n\n")[0].replace("\n", " ")
    text = PAGE.read_text(encoding="utf-8")
    if module.name == "__init__.py" and len(module.parts) > 1:
        assert f"### `{module.parts[0]}`\n\n{purpose}\n" in text
    else:
        assert f"| `{module.stem}` | {purpose} |\n" in text


def test_the_page_names_no_module_that_is_gone():
    """Every row of docs/architecture.md stands for a module."""
    rows = [line.split("`")[1] for line in PAGE.read_text(encoding="utf-8").split("\n") if line.startswith("| `")]
    named = [row for row in rows if "." not in row and row not in {"yaml", "json"}]
    assert sorted(named) == sorted(path.stem for path in MODULES if path.name != "__init__.py" or len(path.parts) == 1)


@pytest.mark.parametrize("module", [module for module in MODULES if layer(module) in LAYERS], ids=str)
def test_imports_point_one_way(module):
    """A module imports its own folder and those below it, and a host only in the host's folder."""
    own = layer(module)
    names = set(imported(module))
    folders = {name.split(".")[1] for name in names if name.startswith("vcr_openai.")}
    assert folders <= set(LAYERS[: LAYERS.index(own) + 1])
    assert not {name for name in names if HOSTS.get(name.partition(".")[0], own) != own}


@pytest.mark.parametrize("module", [module for module in MODULES if layer(module) in WITHOUT_FILES], ids=str)
def test_the_core_does_not_know_the_file_system(module):
    """Below ``_files`` nothing reads or writes a file."""
    assert not {name.partition(".")[0] for name in imported(module)} & FILE_SYSTEM
