"""The code is laid out as docs/architecture.md says."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "vcr_openai"
PAGE = ROOT / "docs" / "architecture.md"
MODULES = sorted(path.relative_to(PACKAGE) for path in PACKAGE.rglob("*.py"))
ENGINE_ROOM = (
    "_syntax", "_recording", "_endpoints", "_exchange", "_translation", "_matching", "_redaction", "_readable",
    "_foreign", "_trees", "_reports",
)  # fmt: skip  # from the bottom
HOSTS = {"vcr", "pytest", "openai", "click", "rich", "os", "pathlib", "logging"}


def tree(module):
    return ast.parse((PACKAGE / module).read_text(encoding="utf-8"))


def imported(module):
    """The modules that one imports, wherever in its text, by their whole names."""
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module


def of_the_engine_room():
    return [module for module in MODULES if module.parts[0] in ENGINE_ROOM]


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


@pytest.mark.parametrize("module", of_the_engine_room(), ids=str)
def test_the_engine_room_knows_no_host(module):
    """A module of the engine room imports no host, no file system and no terminal."""
    assert not {name.partition(".")[0] for name in imported(module)} & HOSTS


@pytest.mark.parametrize("module", of_the_engine_room(), ids=str)
def test_imports_point_one_way(module):
    """A package of the engine room imports itself and those below it, and no door but the errors."""
    own = ENGINE_ROOM.index(module.parts[0])
    packages = {name.split(".")[1] for name in imported(module) if name.startswith("vcr_openai.")}
    assert packages <= {*ENGINE_ROOM[: own + 1], "errors"}
