"""The code is laid out as docs/architecture.md says."""

import ast

import places
import pytest

PACKAGE = places.ROOT / "vcr_openai"
PAGE = places.DOCS / "architecture.md"
MODULES = sorted(path.relative_to(PACKAGE) for path in PACKAGE.rglob("*.py"))
HOSTS = {"vcr", "pytest", "openai", "click", "rich", "os", "pathlib", "logging"}
pytestmark = pytest.mark.skipif(not PAGE.is_file(), reason="the tests run apart from the repository")


def tree(module):
    return ast.parse((PACKAGE / module).read_text(encoding="utf-8"))


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
