"""Make docs/endpoints.md: run the tests, write down what passed. ``python docs/make_endpoints.py``."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from xml.etree import ElementTree as ET

ROOT = Path(__file__).parent.parent
COLUMNS = {
    "test_record": "record",
    "test_replay_sync": "replay",
    "test_replay_async": "replay async",
    "test_recording_round_trip": "`recording.json`",
    "test_readable_round_trip": "`openai.yaml`",
    "test_key": "key",
}
KINDS = ("plain", "text", "stream", "error")
MARK = "<!-- made by docs/make_endpoints.py -->\n"
TESTS = ["tests/sdk/test_resources.py", "tests/sdk/test_sessions.py"]
SESSIONS = """
## Sessions

Several calls of a client, or what one server alone says: recorded from a scripted server, replayed to both clients,
translated and read as above. What passed:

| sessions | of |
| --- | --- |
"""

Cells = dict[tuple[str, str], dict[str, bool]]


def main() -> int:
    """Write the matrix behind the mark in docs/endpoints.md; the text before it stays."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        tests = [sys.executable, "-m", "pytest", "-q", *TESTS, f"--junitxml={report}"]
        status = subprocess.run([*tests, "-o", "junit_family=xunit1"], cwd=ROOT, check=False).returncode  # noqa: S603
        found = ET.parse(report)  # noqa: S314  # our own file
    path = ROOT / "docs" / "endpoints.md"
    made = _table(_cells(found)) + SESSIONS + _sessions(found)
    path.write_text(path.read_text().partition(MARK)[0] + MARK + made)
    return status


def _cells(report: ET.ElementTree) -> Cells:
    """For each endpoint and kind of answer what each column's tests said: True where all of them passed."""
    cells: Cells = {}
    for case in report.iter("testcase"):
        name = case.get("name", "").partition("[")
        endpoint = next((one.get("value", "") for one in case.iter("property") if one.get("name") == "endpoint"), None)
        if endpoint is None or name[0] not in COLUMNS:
            continue
        passed = _passed(case)
        cell = cells.setdefault((endpoint, name[2].rstrip("]").rpartition(" ")[2]), {})
        cell[name[0]] = cell.get(name[0], True) and passed
    return cells


def _passed(case: ET.Element) -> bool:
    return all(case.find(outcome) is None for outcome in ("failure", "error", "skipped"))


def _sessions(report: ET.ElementTree) -> str:
    """For each group of sessions their names, those in bold of which a test failed."""
    passed: dict[str, bool] = {}
    for case in report.iter("testcase"):
        name = next((one.get("value", "") for one in case.iter("property") if one.get("name") == "session"), None)
        if name is not None:
            passed[name] = passed.get(name, True) and _passed(case)
    groups: dict[str, list[str]] = {}
    for name, well in passed.items():
        group, _, what = name.partition(": ")
        groups.setdefault(group, []).append(what if well else f"**{what} fails**")
    return "".join(f"| {group} | {', '.join(names)} |\n" for group, names in groups.items())


def _table(cells: Cells) -> str:
    lines = [f"| endpoint | {' | '.join(COLUMNS.values())} |", f"| --- |{' --- |' * len(COLUMNS)}"]
    for endpoint in sorted({endpoint for endpoint, _ in cells}, key=lambda one: one.split(" ")[::-1]):
        found = [(kind, cells[endpoint, kind]) for kind in KINDS if (endpoint, kind) in cells]
        columns = []
        for column in COLUMNS:
            passed = [kind for kind, cell in found if cell.get(column)]
            failed = [f"**{kind} fails**" for kind, cell in found if cell.get(column) is False]
            columns.append(", ".join([*passed, *failed]) or "–")
        lines.append(f"| `{endpoint}` | {' | '.join(columns)} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
