"""The page of ``vcr-openai report`` in a browser."""

import json

import pytest
from cassette_texts import write_cassette
from chats import answer, interaction, question
from report_browser import CHROMIUM, DRIVER, PHONE, Page, chromium

from vcr_openai._cli import main

pytest.importorskip("selenium", reason="tox -e browser installs it")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not (CHROMIUM and DRIVER), reason="there is no Chromium"),
]
HOSTILE = """<script>window.hacked = 1</script><img src=x onerror="window.hacked = 1"></script><!--<script>"""
LINK = "javascript:window.hacked=1"


@pytest.fixture(scope="module")
def driver(tmp_path_factory):
    with chromium(tmp_path_factory.mktemp("profile")) as found:
        yield found


def chunk(number, **delta):
    return {"id": "chatcmpl-1", "object": "chat.completion.chunk", "model": "gpt-4o",
            "choices": [{"index": 0, "delta": delta, "finish_reason": None}], "created": number}  # fmt: skip


def stream(values, sent):
    """The interaction of a streamed chat."""
    text = "".join(f"data: {json.dumps(value)}\n\n" for value in values) + "data: [DONE]\n\n"
    return interaction(text, "text/event-stream", sent=sent)


def call_of(name, arguments):
    return {"id": "call_1", "type": "function", "function": {"name": name, "arguments": arguments}}


WORDS = ["One", " two", " three", " four", " five"]
STREAMED = stream([chunk(n, content=word) for n, word in enumerate(WORDS)], question("count", stream=True))
CALLED = interaction(
    {
        "choices": [
            {"index": 0, "message": {"role": "assistant", "tool_calls": [call_of("weather", '{"city":"Rome"}')]}}
        ]
    },
    sent=question("the weather", "gpt-5"),
)
FAILED = interaction(
    {"error": {"message": "slow down"}}, sent=question("again"), status={"code": 429, "message": "Too Many Requests"}
)
EMBEDDED = interaction(
    {"data": [{"object": "embedding", "embedding": [0.5, 0.25], "index": 0}]},
    uri="https://api.openai.com/v1/embeddings",
    sent={"model": "text-embedding-3-small", "input": "a word"},
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with four cassettes."""
    found = tmp_path_factory.mktemp("tree")
    for name, interactions in (
        ("a_stream", [STREAMED]),
        ("b_call", [CALLED, interaction(answer("Sunny."), sent=question("and now"))]),
        ("c_failure", [FAILED]),
        ("d_embedding", [EMBEDDED]),
    ):
        (found / f"{name}.yaml").write_text(write_cassette(interactions, "yaml"))
    return found


@pytest.fixture(scope="module")
def report(folder):
    path = folder / "report.html"
    assert main(["report", str(folder), "-o", str(path)]) == 0
    return path


@pytest.fixture
def page(driver, report):
    """The report, open; nothing may have gone wrong in the end."""
    opened = Page(driver, report)
    yield opened
    assert opened.console == []
    assert [url for url in opened.requests if not url.startswith("data:,")] == [report.as_uri()]


ALL = ["a_stream.yaml", "b_call.yaml", "c_failure.yaml", "d_embedding.yaml"]


def test_the_tests_are_listed(page):
    """And the first one is shown."""
    assert (page.tests, page.selected) == (ALL, "a_stream.yaml")
    assert "One two three four five" in page.detail


@pytest.mark.parametrize(
    "text, expected",
    [("sunny", ["b_call.yaml"]), ("ROME", ["b_call.yaml"]), ("two three", ["a_stream.yaml"]),
     ("d_emb", ["d_embedding.yaml"]), ("<b>", []), ("yaml", ALL)],
)  # fmt: skip
def test_texts_and_names_are_searched(page, text, expected):
    """Words in any case, in streams as they were put together, in tool calls and in names."""
    page.search(text)
    page.until(f"return document.querySelectorAll('.row').length === {len(expected)}")
    assert page.tests == expected


@pytest.mark.parametrize(
    "name, value, expected",
    [("model", "gpt-5", ["b_call.yaml"]), ("endpoint", "/embeddings", ["d_embedding.yaml"]),
     ("tool", "weather", ["b_call.yaml"])],
)  # fmt: skip
def test_tests_are_filtered(page, name, value, expected):
    """By model, endpoint and tool; Clear shows all of them."""
    page.choose(name, value)
    assert page.tests == expected
    page.run("document.getElementById('clear').click()")
    assert page.tests == ALL


def test_failures_are_filtered(page):
    """With the box, and with the key f."""
    page.press("f")
    assert page.tests == ["c_failure.yaml"] and "slow down" in page.detail
    page.run("document.getElementById('failed').click()")
    assert page.tests == ALL


SLIDE = """const range = document.querySelector('input[type=range]');
range.value = arguments[0]; range.dispatchEvent(new Event('input'));
return [...document.querySelectorAll('.answer .text')].map((one) => one.textContent).join('|')"""


@pytest.mark.parametrize(
    "chunks, expected", [(0, ""), (1, "One"), (3, "One two three"), (5, "One two three four five")]
)
def test_the_slider_shows_a_stream_as_it_arrived(page, chunks, expected):
    """The text after some of the chunks, and the last of them as JSON."""
    assert page.run(SLIDE, chunks) == expected
    assert f"chunk {chunks} of 6" in page.detail
    page.open_all()
    assert (f"created: {chunks - 1}" in page.detail) or not chunks


def test_a_stream_plays(page):
    """From the beginning to the end, then the button plays again."""
    page.press("p")
    page.until("return document.querySelector('.player button').textContent === '■ Stop'")
    page.until("return document.querySelector('.player button').textContent === '▶ Play'")
    assert "chunk 6 of 6" in page.detail


def test_the_arrows_step_through_a_stream(page):
    """Left is the chunk before, right the next one."""
    page.press("\ue012", "\ue012", "\ue012")
    assert "chunk 3 of 6" in page.detail
    page.press("\ue014")
    assert "chunk 4 of 6" in page.detail


@pytest.mark.parametrize(
    "keys, expected",
    [("j", 1), ("jj", 2), ("jjk", 1), ("\ue015", 1), ("\ue015\ue015\ue013", 1), ("\ue010", 3), ("\ue010\ue011", 0),
     ("kk", 0), ("jjjjjjj", 3)],
)  # fmt: skip
def test_the_keys_go_through_the_list(page, keys, expected):
    """j and k, the arrows, Home and End; at both ends nothing happens."""
    page.press(*keys)
    assert page.selected == ALL[expected]


def test_the_keys_search(page):
    """The slash goes to the search; what is typed there are no commands; Escape leaves it."""
    page.press("/", "j", "k", "?")
    assert page.run("return document.getElementById('search').value") == "jk?"
    page.run("document.getElementById('search').value = ''")
    page.press("\ue00c", "j")
    page.until("return document.querySelectorAll('.row').length === 4")
    assert page.run("return document.activeElement.id") == "list"


def test_the_question_mark_explains_the_keys(page):
    """In a dialog, which Escape closes."""
    page.press("?")
    assert page.run("return document.getElementById('keys').open")
    page.press("\ue00c")
    assert not page.run("return document.getElementById('keys').open")


def test_request_and_response_are_trees(page):
    """Members as JSON, closed at first, drawn when they are opened."""
    page.press("j")
    assert "finish_reason" not in page.detail and "tool_calls: [1]" not in page.detail
    page.open_all()
    assert "tool_calls: [1]" in page.detail and 'content: "the weather"' in page.detail


BACK = "return getComputedStyle(document.body).backgroundColor"


@pytest.mark.parametrize("is_dark", [False, True])
def test_the_page_is_light_or_dark(driver, report, is_dark):
    """As the system is; the switch changes it, and the page remembers."""
    opened = Page(driver, report, dark=is_dark)
    colours = {False: "rgb(255, 255, 255)", True: "rgb(21, 24, 28)"}
    assert opened.run(BACK) == colours[is_dark]
    opened.press("t")
    assert opened.run(BACK) == colours[False]
    opened.press("t")
    assert Page(driver, report, dark=is_dark).run(BACK) == colours[True]
    opened.press("t")
    assert opened.run(BACK) == colours[is_dark]


def test_a_phone_shows_the_list_or_a_conversation(driver, report):
    """Nothing is wider than the screen."""
    opened = Page(driver, report, size=PHONE)
    shown = "return [...document.querySelectorAll('nav, #detail')].map((one) => one.offsetWidth)"
    assert opened.run(shown) == [390, 0]
    opened.run("document.querySelectorAll('.row')[1].click()")
    assert opened.run(shown) == [0, 390]
    opened.open_all()
    assert opened.run("return document.documentElement.scrollWidth") == 390
    assert opened.run("const d = document.getElementById('detail'); return d.scrollWidth <= d.clientWidth")
    opened.run("document.querySelector('.back').click()")
    assert opened.run(shown) == [390, 0]
    assert opened.console == []


def test_a_long_test_is_drawn_when_it_is_looked_at(driver, tmp_path):
    """The last of its conversations is empty until one scrolls there."""
    interactions = [interaction(answer(f"answer {n}\n" * 40), sent=question(f"question {n}")) for n in range(60)]
    (tmp_path / "a.yaml").write_text(write_cassette(interactions, "yaml"))
    path = tmp_path / "r.html"
    assert main(["report", str(tmp_path), "-o", str(path)]) == 0
    opened = Page(driver, path)
    assert "question 1" in opened.detail and "question 59" not in opened.detail
    opened.run("document.querySelector('.call:last-child').scrollIntoView()")
    opened.until("return document.getElementById('detail').textContent.includes('question 59')")


def test_what_could_not_be_read_is_listed(driver, tmp_path):
    """By its file, with the reason."""
    for n in range(30):
        (tmp_path / f"{n}.json").write_text("{")
    (tmp_path / "a.yaml").write_text(write_cassette([STREAMED], "yaml"))
    path = tmp_path / "r.html"
    assert main(["report", str(tmp_path), "-o", str(path)]) == 1
    opened = Page(driver, path)
    opened.open_all()
    shown = opened.run("return document.querySelector('header').textContent")
    assert "30 problems" in shown and "29.json: " in shown
    assert opened.tests == ["a.yaml"]


def test_an_address_names_a_test(driver, report):
    """A link to a test opens it."""
    opened = Page(driver, report)
    opened.press("j", "j")
    address = opened.until("return location.hash.includes('c_failure') && location.hash")
    opened.driver.get("about:blank")
    opened.driver.get(report.as_uri() + address)
    opened.until("return 'ready' in document.documentElement.dataset")
    assert opened.selected == "c_failure.yaml"


@pytest.fixture(scope="module")
def changed(folder, tmp_path_factory):
    """A report of what changed: an answer, a request, a test that is new, one that is gone, noise."""
    now = tmp_path_factory.mktemp("now")
    noise = stream([{**chunk(0, content="".join(WORDS)), "id": "chatcmpl-2"}], question("count", stream=True))
    long = "\n".join(f"line {n}" for n in range(40))
    for name, interactions in (
        ("a_stream", [noise]),
        ("b_call", [CALLED, interaction(answer(f"{long}\nRainy."), sent=question("and later"))]),
        ("d_embedding", [EMBEDDED]),
        ("e_new", [interaction(answer("hello"), sent=question("hi"))]),
    ):
        (now / f"{name}.yaml").write_text(write_cassette(interactions, "yaml"))
    path = now / "report.html"
    assert main(["report", str(now), "--against", str(folder), "-o", str(path)]) == 0
    return path


def test_what_changed_is_filtered(driver, changed):
    """Every state has its filter, and the key c shows all but the same and noise."""
    opened = Page(driver, changed)
    expected = {
        "changed": ["b_call.yaml"], "added": ["e_new.yaml"], "removed": ["c_failure.yaml"],
        "noise only": ["a_stream.yaml"], "*": ["b_call.yaml", "e_new.yaml", "c_failure.yaml"],
    }  # fmt: skip
    for value, tests in expected.items():
        opened.choose("state", value)
        assert opened.tests == tests
    opened.choose("state", "")
    opened.press("c")
    assert opened.tests == expected["*"]
    assert opened.console == []


def test_differences_are_side_by_side(driver, changed):
    """Before to the left, after to the right; the words that differ are marked."""
    opened = Page(driver, changed)
    opened.choose("state", "changed")
    cells = opened.run("return [...document.querySelectorAll('td.old, td.new')].map((one) => one.textContent)")
    assert {"Sunny.", "Rainy.", "and now", "and later"} <= set(cells)
    marked = opened.run("return [...document.querySelectorAll('td b')].map((one) => one.textContent)")
    assert {"now", "later"} <= set(marked)


def hostile_cassette():
    """Interactions with markup and a script's address wherever a text can be."""
    texts = [HOSTILE, LINK]
    parts = [{"type": "text", "text": HOSTILE}, {"type": "image_url", "image_url": {"url": LINK}},
             {"type": HOSTILE, LINK: HOSTILE}]  # fmt: skip
    messages = [
        {"role": HOSTILE, "content": texts},
        {"role": "user", "content": parts, "name": LINK},
        {"role": "assistant", "tool_calls": [call_of(HOSTILE, json.dumps({HOSTILE: LINK}))]},
        {"role": "tool", "tool_call_id": HOSTILE, "content": HOSTILE},
    ]
    sent = {
        "model": HOSTILE,
        "messages": messages,
        "metadata": {HOSTILE: LINK, "__proto__": LINK, "@": HOSTILE, LINK: 1},
    }
    said = {"role": LINK, "content": HOSTILE, "refusal": HOSTILE, "reasoning_content": LINK,
            "tool_calls": [call_of(LINK, HOSTILE)]}  # fmt: skip
    headers = {HOSTILE: [LINK], "content-type": ["application/json"], "location": [LINK]}
    uri = f"https://api.openai.com/v1/chat/completions?{LINK}#{HOSTILE}"
    return [
        interaction({"choices": [{"message": said}], HOSTILE: texts}, sent=sent, uri=uri, headers=headers),
        interaction({"error": {"message": HOSTILE, "code": LINK}}, sent=sent, status={"code": 500, "message": HOSTILE}),
        interaction(HOSTILE, "text/html", uri=LINK, sent=HOSTILE),
        stream([chunk(0, content=HOSTILE, role=HOSTILE), chunk(1, tool_calls=[{"index": 0, **call_of(LINK, HOSTILE)}])],
               sent),
        interaction(f"data: {HOSTILE}\n\n", "text/event-stream", sent=sent),
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["yaml", "json", "openai.yaml"])
def test_hostile_texts_are_texts(driver, tmp_path, name):
    """No script of a recording runs, none of its texts is an element or an address, in a comparison neither."""
    old, new = tmp_path / "old", tmp_path / "new"
    for folder in (old, new):
        folder.mkdir()
    (new / f"{LINK}'\" onload=x.{name}").write_text(write_cassette(hostile_cassette(), name))
    text = write_cassette(hostile_cassette(), name).replace("window.hacked = 1", "window.hacked = 2")
    (old / f"{LINK}'\" onload=x.{name}").write_text(text)
    path = tmp_path / "report.html"
    main(["report", str(new), "--against", str(old), "-o", str(path), "--title", HOSTILE])
    opened = Page(driver, path)
    opened.open_all()
    for key in "pjkfcf":
        opened.press(key)
    opened.search(HOSTILE)
    opened.until("return document.getElementById('clear').hidden === false")
    opened.open_all()
    assert HOSTILE in opened.detail and LINK in opened.detail
    assert opened.run("return window.hacked") is None
    elements = (
        "return document.querySelectorAll('a, img, iframe, object, embed, svg, base, [onload], [onerror]').length"
    )
    assert opened.run(elements) == 0
    assert opened.run("return [...document.scripts].length") == 1
    assert opened.run("return ({}).constructor === Object && Object.keys(Object.prototype).length") == 0
    assert opened.console == []
    assert [url for url in opened.requests if not url.startswith("data:,")] == [path.as_uri()]


def test_odd_values_are_shown_exactly(driver, tmp_path):
    """Integers beyond JavaScript's, half of a surrogate pair, an emoji, a member ``@``."""
    odd = r'"big": 12345678901234567890, "half": "\ud83d!", "@": 3, "again": {"@": [["a", "b"]]}, "smile": "😀"'
    body = f'{{"choices": [{{"message": {{"content": "x"}}}}], {odd}}}'
    (tmp_path / "a.json").write_text(write_cassette([interaction(body, sent=question("a"))], "json"))
    path = tmp_path / "report.html"
    assert main(["report", str(tmp_path / "a.json"), "-o", str(path)]) == 0
    opened = Page(driver, path)
    opened.open_all()
    for text in ("big: 12345678901234567890", 'half: "\\ud83d!"', "@: 3", 'smile: "😀"', "@: [1]", '1: "b"'):
        assert text in opened.detail


def test_three_thousand_recordings_are_usable_within_a_second(driver, tmp_path):
    """The list and the first conversation are there, and the list has no more rows than the screen needs."""
    for n in range(3000):
        body = stream([chunk(n, content=f"{word} {n}") for word in WORDS * 4], question(f"count from {n}", stream=True))
        (tmp_path / f"t{n:04}.json").write_text(write_cassette([body], "json"))
    path = tmp_path / "report.html"
    assert main(["report", str(tmp_path), "-o", str(path)]) == 0
    opened = Page(driver, path)
    took = opened.run("return performance.now()")
    assert took < 5000  # on a machine that does other things, too; measured: 0.5 s
    assert 10 < len(opened.tests) < 60
    opened.press("\ue010")
    assert opened.selected == "t2999.json"
    opened.search("two 1234 three")
    opened.until("return document.querySelectorAll('.row').length === 1")
    assert opened.tests == ["t1234.json"]
