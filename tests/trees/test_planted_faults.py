"""``vcr-openai doctor`` on real recordings: it finds the faults that were planted, nothing else, and repairs them."""

from __future__ import annotations

import hashlib
import random
import shutil
from collections import defaultdict
from pathlib import Path

import pytest
from places import SAMPLES, needs_samples

from vcr_openai import Recording
from vcr_openai._checks.check_files import CheckSettings, check
from vcr_openai._recording.key import key_by, recording_name
from vcr_openai._recording.key_rules import KEY_RULES
from vcr_openai._recording.recorder import normal_form
from vcr_openai._trees.doctor import diagnose

EACH = 6  # faults of each of the five kinds
# What the doctor repairs; the samples have findings of other kinds.
REPAIRED = CheckSettings(frozenset({"wrong-key", "duplicate", "unreadable"}))
pytestmark = [pytest.mark.slow, needs_samples]


def no_progress(steps, _what, _total):
    return steps


def diagnosed(tree, tests, *, write=False):
    return diagnose(tree, set(tests), write=write, progress=no_progress)


def contents(tree):
    return {path.relative_to(tree).as_posix(): path.read_bytes() for path in tree.rglob("*.json")}


def read(octets):
    return Recording.parse(octets.decode())


@pytest.fixture(scope="module")
def clean(tmp_path_factory):
    """A copy of the samples, which the doctor's own plan has cleaned."""
    tree = tmp_path_factory.mktemp("samples") / "recordings"
    shutil.copytree(SAMPLES / "recordings", tree)
    tests = {read(octets).test_id for octets in contents(tree).values()} - {None}
    assert diagnosed(tree, tests, write=True).refused == []
    assert diagnosed(tree, tests).steps == []
    return tree


class Planted:
    """Faults in a tree: the kind of step that each file needs, the tests that are left, and what should come of it."""

    def __init__(self, tree, seed):
        self.tree = tree
        self.random = random.Random(seed)  # noqa: S311 - not for a secret
        self.before = contents(tree)
        self.expected = dict(self.before)
        self.kinds = {}
        by_test = defaultdict(list)
        for place, octets in self.before.items():
            by_test[read(octets).test_id].append(place)
        self.tests = set(by_test) - {None}
        alone = sorted(test_id for test_id in self.tests if len(by_test[test_id]) == 1)
        self.random.shuffle(alone)  # so that a fault is a file
        alone = [(test_id, by_test[test_id][0]) for test_id in alone if self.has_plain_name(by_test[test_id][0])]
        for number in range(EACH):
            self.rename(*alone[number], number)
            self.orphan(*alone[EACH + number])
        used = {place for _, place in alone[: 2 * EACH]}
        rest = [place for place in sorted(self.before) if place not in used and self.has_plain_name(place)]
        self.random.shuffle(rest)
        for number in range(EACH):
            self.duplicate(rest[number], number)
            self.old_key(rest[EACH + number], number)
        edited = [place for place in rest[2 * EACH :] if b'"model": "' in self.before[place]]
        edited = [place for place in edited if read(self.before[place]).request.get("body", {}).get("model")]
        for number in range(EACH):
            self.edit(edited[number])

    def has_plain_name(self, place):
        """Whether a file has the name of its key alone."""
        recording = read(self.before[place])
        try:
            return recording_name(recording) == place.rpartition("/")[2] and "models-" not in place
        except ValueError:  # a file processor's
            return False

    def write(self, place, octets):
        path = self.tree / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(octets)

    def rename(self, test_id, place, number):
        file, _, name = test_id.partition("::")
        folder = place
        if number % 3 == 0:
            new = test_id.replace("::test_", "::test_the_", 1)
        elif number % 3 == 1:
            new = f"{file.replace('.py', '_moved.py')}::{name}"
        else:
            start, _, module = file.rpartition("/")
            new = f"{start}/moved/{module}::{name}"
            folder = place.replace("/recordings/", "/moved/recordings/")
        self.tests = self.tests - {test_id} | {new}
        recording = read(self.before[place])
        document = {**recording.document, "test_id": new}
        if "test_id" in recording.request:
            document["request"] = {**recording.request, "test_id": new}
        made = normal_form(Recording(document))[0]
        del self.expected[place]
        self.expected[f"{folder.rpartition('/')[0]}/{recording_name(made)}"] = made.dump().encode()
        self.kinds[place] = "renamed-test"

    def orphan(self, test_id, place):
        self.tests.discard(test_id)
        del self.expected[place]
        self.kinds[place] = "orphan"

    def duplicate(self, place, number):
        folder, _, name = place.rpartition("/")
        key = name.removesuffix(".json")
        copy = f"{folder}/{f'{key}-0123abc' if number % 2 else hashlib.sha256(key.encode()).hexdigest()}.json"
        octets = self.before[place]
        if number % 3 == 2:
            octets = octets.replace(b'"created": 0', b'"created": 1700000000').replace(b'"rec-', b'"chatcmpl-')
        self.write(copy, octets)
        self.kinds[copy] = "duplicate"

    def old_key(self, place, number):
        folder, _, name = place.rpartition("/")
        recording = read(self.before[place])
        old = {f"{key_by(rule, recording)[: rule.digits]}.json" for rule in KEY_RULES} - {name}
        unknown = f"{hashlib.sha256(place.encode()).hexdigest()[:12]}.json"
        chosen = sorted(old)[number % len(old)] if number % 2 else unknown
        (self.tree / place).rename(self.tree / folder / chosen)
        self.kinds[f"{folder}/{chosen}"] = "rekey"

    def edit(self, place):
        """Replace the model wherever it stands in the file, also in the test's id."""
        recording = read(self.before[place])
        model = recording.request["body"]["model"]
        text = self.before[place].decode().replace(model, f"{model}-new")
        self.write(place, text.encode())
        document = Recording.parse(text).document
        edited = Recording({**document, "test_id": recording.test_id} if recording.test_id else document)
        made = normal_form(edited)[0]
        del self.expected[place]
        self.expected[f"{place.rpartition('/')[0]}/{recording_name(made)}"] = made.dump().encode()
        self.kinds[place] = "rekey"


@pytest.mark.parametrize("seed", range(4))
def test_planted_faults_are_found_and_repaired(clean, tmp_path, seed):
    """The doctor finds 30 planted faults and nothing else; its plan leaves a sound tree and every other byte."""
    tree = tmp_path / "recordings"
    shutil.copytree(clean, tree)
    planted = Planted(tree, seed)
    found = diagnosed(tree, planted.tests)
    steps = defaultdict(set)
    for kind, path, _ in found.steps:
        steps[Path(path).relative_to(tree).as_posix()].add("rekey" if kind == "rename" else kind)
    assert len(planted.kinds) == 5 * EACH == len(steps)
    assert steps.keys() == planted.kinds.keys()
    assert {place: kind for place, kind in planted.kinds.items() if kind not in steps[place]} == {}
    assert (found.refused, found.notes) == ([], [])
    assert diagnosed(tree, planted.tests, write=True).refused == []
    assert diagnosed(tree, planted.tests).steps == []
    assert [finding for one in check([tree], REPAIRED) for finding in one.findings] == []
    assert contents(tree) == planted.expected
