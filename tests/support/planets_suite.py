"""A suite with cassettes, for the pages of the docs whose reader has one already."""

from __future__ import annotations

from pathlib import Path

import openai

import vcr_openai

TESTS = """import openai
import pytest


def ask(question):
    messages = [{"role": "user", "content": question}]
    answer = openai.OpenAI().chat.completions.create(model="gpt-4o-mini", messages=messages)
    return answer.choices[0].message.content


@pytest.mark.vcr
def test_rings():
    assert "Saturn" in ask("Which planet has rings?")


@pytest.mark.vcr
def test_red():
    assert "Mars" in ask("Which planet is red?")


@pytest.mark.vcr
def test_hot():
    assert "Venus" in ask("Which planet is hot?")
"""
_QUESTIONS = {"rings": "Which planet has rings?", "red": "Which planet is red?", "hot": "Which planet is hot?"}


def write(folder: Path, base_url: str) -> None:
    """Write ``tests/test_planets.py`` into a folder, and record its cassettes."""
    cassettes = folder / "tests" / "cassettes" / "test_planets"
    cassettes.mkdir(parents=True)
    (folder / "tests" / "test_planets.py").write_text(TESTS, encoding="utf-8")
    vcr = vcr_openai.VCR(record_mode="once")
    with openai.OpenAI(api_key="sk-...", base_url=base_url) as client:
        for name, question in _QUESTIONS.items():
            with vcr.use_cassette(str(cassettes / f"test_{name}.yaml")):
                client.chat.completions.create(model="gpt-4o-mini", messages=[{"role": "user", "content": question}])
