"""``vcr-openai stats``: what there is in recordings and cassettes."""

import csv
import io
import json
import sys

import pytest
from cassette_texts import FORMATS, write_cassette
from chats import answer, interaction, question
from recordings import recording, reply

from vcr_openai._cli import main

CHAT = "https://api.openai.com/v1/chat/completions"


def chat(word, said="yes", model="gpt-4o", *, uri=CHAT, **usage):
    """The interaction of a question to a model, whose answer has a usage."""
    return interaction({**answer(said), "usage": usage}, uri=uri, sent=question(word, model))


USAGE = {
    "prompt_tokens": 10,
    "completion_tokens": 5,
    "total_tokens": 15,
    "prompt_tokens_details": {"cached_tokens": 4},
    "completion_tokens_details": {"reasoning_tokens": 2},
}


@pytest.fixture
def tree(tmp_path, monkeypatch):
    """A folder with two cassettes: a duplicate, a failure, three models, two providers."""
    monkeypatch.chdir(tmp_path)
    failure = interaction({"error": {"message": "no"}}, sent=question("c"), status={"code": 500, "message": "no"})
    other = chat("d", model="llama", uri="https://my.openai.azure.com/openai/deployments/x/chat/completions")
    (tmp_path / "a.yaml").write_text(write_cassette([chat("a", **USAGE), chat("a", **USAGE), failure], "yaml"))
    (tmp_path / "b.json").write_text(write_cassette([other, chat("e", model="unheard-of", **USAGE)], "json"))
    (tmp_path / "package.json").write_text("{}")
    return tmp_path


def counted(capsys, *arguments):
    """The JSON that the command prints."""
    assert main(["stats", *arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_everything_is_counted(tree, capsys):
    """Files, tests, requests, failures, duplicates, and tokens by their kind; other files do not count."""
    found = counted(capsys, ".")
    names = ("files", "tests", "requests", "failures", "duplicates", "opaque")
    assert [found[name] for name in names] == [2, 2, 5, 1, 1, 0]
    tokens = [found[f"{name}_tokens"] for name in ("input", "output", "cached", "reasoning")]
    assert tokens == [30, 15, 12, 6]
    assert found["bytes"] == {"json": (tree / "b.json").stat().st_size, "yaml": (tree / "a.yaml").stat().st_size}
    assert {one["file"] for one in found["largest"]} == {"a.yaml", "b.json"}


@pytest.mark.usefixtures("tree")
def test_requests_are_grouped(capsys):
    """By provider, model or endpoint, the largest group first."""
    by = counted(capsys, ".", "--by", "provider,model")["by"]
    assert [(one["provider"], one["model"], one["requests"]) for one in by] == [
        ("openai", "gpt-4o", 3),
        ("azure", "llama", 1),
        ("openai", "unheard-of", 1),
    ]


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_is_counted_alike(name, tmp_path, capsys):
    """The same interactions have the same counts in every format."""
    path = tmp_path / f"a.{name}"
    path.write_text(write_cassette([chat("a", **USAGE), chat("b", **USAGE)], name))
    found = counted(capsys, str(path))
    assert [found["requests"], found["input_tokens"], found["reasoning_tokens"]] == [2, 20, 4]


@pytest.mark.parametrize(
    "usage, expected",
    [
        ({"input_tokens": 10, "cache_read_input_tokens": 5, "output_tokens": 3}, [15, 3, 5, 0]),  # Anthropic
        ({"input_tokens": 10, "input_tokens_details": {"cached_tokens": 5}, "output_tokens": 3}, [10, 3, 5, 0]),
        ({"prompt_tokens": True, "completion_tokens": "7"}, [0, 0, 0, 0]),
    ],
)
def test_each_api_counts_in_its_own_words(usage, expected, tmp_path, capsys):
    """Tokens of a cache are part of those of the request, whichever way a server counts them."""
    path = tmp_path / "a.json"
    path.write_text(write_cassette([chat("a", **usage)], "json"))
    found = counted(capsys, str(path))
    assert [found[f"{name}_tokens"] for name in ("input", "output", "cached", "reasoning")] == expected


def test_a_model_in_the_path_is_a_model(tmp_path, capsys):
    """Gemini's; its endpoint is the path without it."""
    uri = "https://generativelanguage.googleapis.com/v1beta/models/gemini-2.5-flash:generateContent"
    usage = {"promptTokenCount": 3, "candidatesTokenCount": 4, "thoughtsTokenCount": 5}
    body = {"candidates": [{"content": {"parts": [{"text": "yes"}]}}], "usageMetadata": usage}
    (tmp_path / "a.json").write_text(write_cassette([interaction(body, uri=uri, sent={"contents": []})], "json"))
    (group,) = counted(capsys, str(tmp_path), "--by", "provider,model,endpoint")["by"]
    assert (group["provider"], group["model"]) == ("gemini", "gemini-2.5-flash")
    assert group["endpoint"] == "/v1beta/models/{model}:generateContent"
    assert (group["input_tokens"], group["output_tokens"], group["reasoning_tokens"]) == (3, 9, 5)


API = "https://api.openai.com/v1"


@pytest.mark.parametrize(
    "uris, endpoint",
    [
        (
            [f"{API}/files/file-1", f"{API}/files/file-2", f"{API}/files/file-AbC0123456789dEf0123?limit=1"],
            "/files/{file_id}",
        ),
        ([f"{API}/files/file-1/content", f"{API}/files/file-2/content"], "/files/{file_id}/content"),
        ([f"{API}/threads/thread_{n}/runs/run_{n}/cancel" for n in "ab"], "/threads/{thread_id}/runs/{run_id}/cancel"),
        ([f"{API}/responses/compact"], "/responses/compact"),
        ([f"{API}/chat/completions"], "/chat/completions"),
        ([f"https://a.com/v2/jobs/{n}1b4e28ba-2fa1-11d2-883f-0016d3cca427" for n in ("", "x_")], "/v2/jobs/{id}"),
        (["https://a.com/v2/jobs/latest"], "/v2/jobs/latest"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_id_in_a_path_makes_no_endpoint_of_its_own(uris, endpoint, tmp_path, capsys):
    """An endpoint is a path as docs/endpoints.md has it; in other paths, what looks generated is an id."""
    calls = [interaction({"id": uri}, uri=uri, method="GET", sent=None) for uri in uris]
    (tmp_path / "a.yaml").write_text(write_cassette(calls, "yaml"))
    (group,) = counted(capsys, str(tmp_path), "--by", "endpoint")["by"]
    assert (group["endpoint"], group["requests"]) == (endpoint, len(uris))


@pytest.mark.parametrize("model", ["gpt-4o", "ft:gpt-4o:acme::x1", "meta/llama-3"])
def test_a_look_up_of_a_model_counts_for_it(model, tmp_path, capsys):
    """Whatever the model's name has in it."""
    call = interaction({"id": model, "object": "model"}, uri=f"{API}/models/{model}", method="GET", sent=None)
    (tmp_path / "a.json").write_text(write_cassette([call], "json"))
    (group,) = counted(capsys, str(tmp_path))["by"]
    assert (group["model"], group["endpoint"]) == (model, "/models/{model}")


@pytest.mark.usefixtures("tree")
def test_prices_are_those_of_genai_prices(capsys):
    """A model without a known price is counted, and not guessed."""
    prices = pytest.importorskip("genai_prices")
    usage = prices.Usage(input_tokens=10, output_tokens=5, cache_read_tokens=4)
    price = prices.calc_price(usage, "gpt-4o", provider_api_url=CHAT).total_price
    found = counted(capsys, ".")
    assert found["dollars"] == pytest.approx(float(2 * price), abs=1e-6)
    assert found["unpriced"] == 1


@pytest.mark.usefixtures("tree")
def test_without_genai_prices_nothing_has_a_price(monkeypatch, capsys):
    """And the line that installs it is on standard error."""
    monkeypatch.setitem(sys.modules, "genai_prices", None)
    assert main(["stats", ".", "--json"]) == 0
    captured = capsys.readouterr()
    assert "dollars" not in json.loads(captured.out)
    assert "pip install 'vcr-openai[review]'" in captured.err


@pytest.mark.usefixtures("tree")
def test_people_read_a_table(capsys):
    """A summary, the tokens, the groups, the largest files."""
    assert main(["stats", "."]) == 0
    lines = capsys.readouterr().out.split("\n")
    assert lines[0] == "2 tests, 5 requests in 2 files, 1 failure, 1 duplicate"
    assert lines[1] == "30 tokens in (12 of them cached), 15 out (6 of them reasoning)"
    assert any(line.startswith("gpt-4o") and "/chat/completions" in line for line in lines)


def test_groups_are_csv(tmp_path, capsys):
    """A name that begins like a formula is text for a spreadsheet."""
    (tmp_path / "a.json").write_text(write_cassette([chat("a", model="=1+1", **USAGE)], "json"))
    assert main(["stats", str(tmp_path), "--csv", "--by", "model"]) == 0
    (row,) = csv.DictReader(io.StringIO(capsys.readouterr().out))
    assert (row["model"], row["requests"], row["input_tokens"]) == ("'=1+1", "1", "10")


@pytest.mark.usefixtures("tree")
def test_an_unknown_group_is_wrong_usage(capsys):
    """With those that there are."""
    assert main(["stats", ".", "--by", "colour"]) == 2
    assert "provider, model, endpoint" in capsys.readouterr().err


def test_a_broken_file_is_named(tree, capsys):
    """The others are counted, and the status is 1; so it is where nothing was found."""
    (tree / "c.json").write_text("{")
    assert main(["stats", "."]) == 1
    captured = capsys.readouterr()
    assert captured.out.startswith("2 tests") and "c.json: " in captured.err
    assert main(["stats", "c.json"]) == 1
    assert "no recording or cassette was found" not in capsys.readouterr().err
    (tree / "empty").mkdir()
    assert main(["stats", "empty"]) == 1
    assert "no recording or cassette was found" in capsys.readouterr().err


def test_what_is_no_exchange_is_counted_apart(tmp_path, capsys):
    """A tool's recording is none of the calls."""
    found = reply({"content": "c"}, "ogx_api.tools.ToolInvocationResult")
    tool = recording({"tool_name": "search", "kwargs": {"q": "x"}}, found)
    (tmp_path / "tool.json").write_text(json.dumps(tool), encoding="utf-8")
    (tmp_path / "a.yaml").write_text(write_cassette([chat("a")], "yaml"), encoding="utf-8")
    assert main(["stats", str(tmp_path)]) == 0
    assert "2 tests, 1 request in 2 files, 1 opaque" in capsys.readouterr().out
