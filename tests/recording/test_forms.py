"""Forms and contents: what is uploaded and downloaded is exact in a recording, and readable where it is text."""

import copy

import openai
import pytest
import recordings
from hypothesis import example, given
from hypothesis import strategies as st
from vcr.serializers import yamlserializer

import vcr_openai
from vcr_openai import MalformedInteraction, MalformedRecording, Recording, from_interaction, to_interaction
from vcr_openai._http.body import Body
from vcr_openai._recording.translate import exchange_of, opaque_reason
from vcr_openai._recording.uploads import is_form, read_content, read_form, write_content, write_form

NAMES = st.text(st.characters(exclude_characters='"\r\n', exclude_categories=["Cs"]), min_size=1, max_size=9).filter(
    "__parts__".__ne__  # which stands for the parts in their order
)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
FILES = st.builds(
    lambda octets, about: {"__file__": {**about, **write_content(octets)}},
    st.binary() | TEXTS.map(str.encode),
    st.fixed_dictionaries(
        {"filename": NAMES}, optional={"content_type": st.sampled_from(["image/png", "text/x; a=b"])}
    ),
)
# A field that is no readable text is written as a part without a file's name.
FIELDS = TEXTS.map(lambda text: text if "text" in write_content(text.encode()) else "a")
ARGUMENTS = st.dictionaries(NAMES, FIELDS | FILES | st.lists(FIELDS | FILES, min_size=2, max_size=3), max_size=4)
PART = 'Content-Disposition: form-data; name="a"'


@given(st.binary())
@example(b"")
@example(b"\r\n")
@example(b"\xff")
@example("\u2028\x85".encode())
def test_bytes_come_back(octets):
    """Whatever bytes there are, their members say them."""
    assert read_content(write_content(octets), "here") == octets


@pytest.mark.parametrize("octets, keys", [(b"a\r\n\tb", ["text"]), (b"a\0", ["size", "sha256", "base64"])])
def test_text_is_readable(octets, keys):
    """Text stands as text; what an editor cannot show stands as base64 with its size and digest."""
    assert list(write_content(octets)) == keys


@pytest.mark.parametrize(
    "value, where",
    [
        ({}, "x"),
        ({"base64": 3}, "x"),
        ({"base64": "%"}, "x.base64"),
        ({"base64": "AAE=", "size": 3}, "x.size"),
        ({"base64": "AAE=", "sha256": "0"}, "x.sha256"),
    ],
)
def test_content_that_was_spoilt_is_refused(value, where):
    """Bytes that are not those of their digest are named by their place."""
    with pytest.raises(MalformedRecording) as caught:
        read_content(value, "x")
    assert caught.value.where == where


@given(ARGUMENTS)
def test_a_form_comes_back(arguments):
    """The parts of a form say the arguments that it was made of, in their order."""
    body, boundary = write_form(arguments)
    assert read_form(body, boundary) == arguments
    assert list(read_form(body, boundary)) == list(arguments)


@given(ARGUMENTS)
def test_equal_forms_have_equal_bodies(arguments):
    """The boundary hangs on nothing but the parts."""
    assert write_form(copy.deepcopy(arguments)) == write_form(arguments)


@pytest.mark.parametrize(
    "parts, arguments",
    [
        ([f"{PART}\r\n\r\n1", f"{PART}\r\n\r\n2"], {"a": ["1", "2"]}),
        (
            [f"{PART}\r\n\r\n1", 'Content-Disposition: form-data; name="b"\r\n\r\n', f"{PART}\r\n\r\n2"],
            {"__parts__": [["a", "1"], ["b", ""], ["a", "2"]]},
        ),
        (
            ['Content-Disposition: form-data; name="__parts__"\r\n\r\n1'],
            {"__parts__": [["__parts__", "1"]]},
        ),
        (
            ["content-disposition: form-data; name=a\r\nX-Y: z\r\n\r\n1"],
            {"a": {"__file__": {"headers": "content-disposition: form-data; name=a\r\nX-Y: z", "text": "1"}}},
        ),
        (
            [f"{PART}\r\nContent-Type: text/plain\r\n\r\n1"],
            {"a": {"__file__": {"content_type": "text/plain", "text": "1"}}},
        ),
        ([], {}),
    ],
)
def test_the_parts_of_others_are_kept(parts, arguments):
    """Order, repeated names and unusual headers of a form are in the arguments, and come back."""
    body = "".join(f"--b\r\n{part}\r\n" for part in parts) + "--b--\r\n"
    assert read_form(body.encode(), "b") == arguments
    written, boundary = write_form(arguments)
    assert written.decode().replace(boundary, "b") == body


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"--c--\r\n",
        b"--b\r\nx",
        b"--b\r\nx\r\n--b--\r\n",
        f"--b\r\n{PART}\r\n--b--\r\n".encode(),
        b"--b\r\n\xff\r\n--b--\r\n",
    ],
)
def test_what_is_no_form_is_refused(body):
    """A body without its parts, or a part without a name, is malformed."""
    with pytest.raises(MalformedInteraction):
        read_form(body, "b")


@pytest.mark.parametrize("parts", [3, [3], [["a"]], [[1, 2]]])
def test_parts_that_were_spoilt_are_refused(parts):
    """A list of parts that somebody edited into nonsense is named."""
    with pytest.raises(MalformedRecording):
        write_form({"__parts__": parts})


def test_a_boundary_is_in_no_part():
    """A file that holds the boundary which its form would have gets another one."""
    _, boundary = write_form({"a": "b"})
    part = {"__file__": {"filename": "x", "text": boundary}}
    body, other = write_form({"a": part})
    assert body.decode().count(other) == 2


def test_values_are_written_as_the_sdk_writes_them():
    """Numbers, truths and nothing become the texts that a form has."""
    body, boundary = write_form({"a": 0.2, "b": True, "c": None, "d": [1, 2]})
    assert read_form(body, boundary) == {"a": "0.2", "b": "true", "c": "", "d": ["1", "2"]}


@pytest.mark.parametrize(
    "content_type, boundary",
    [
        ("multipart/form-data; boundary=abc", "abc"),
        ('Multipart/Form-Data;charset=x; boundary="a b"', "a b"),
        ("multipart/form-data", None),
        ("application/json; boundary=abc", None),
    ],
)
def test_a_boundary_is_announced(content_type, boundary):
    """Only a form's content type has a boundary."""
    assert Body(b"", content_type).boundary == boundary


def test_arguments_with_a_file_are_a_form():
    """A file, alone or in a list, can be sent in a form only."""
    file = {"__file__": {"text": ""}}
    assert [is_form(one) for one in ({"a": file}, {"a": [file]}, {"__parts__": []}, {"a": {}})] == [True] * 3 + [False]


UPLOAD = {"purpose": "batch", "file": {"__file__": {"filename": "a.jsonl", "content_type": "text/x", "text": "{}\n"}}}
CONTENT = {"__content__": {"content_type": "audio/mpeg", **write_content(b"\xff\x00")}}
DOCUMENTS = [
    recordings.recording(recordings.sdk_call(UPLOAD, "/v1/files"), recordings.reply({"id": "file-1"})),
    recordings.recording(
        recordings.sdk_call(UPLOAD | {"extra_query": {"a": "b"}, "timeout": 3}, "/v1/files"), recordings.reply({})
    ),
    recordings.recording(
        recordings.sdk_call({"n": 2, "extra_body": {"x": "y"}, "image": [UPLOAD["file"]]}, "/v1/images/edits"),
        recordings.reply({}),
    ),
    recordings.recording(
        recordings.sdk_call({"input": "a"}, "/v1/audio/speech"), {"body": CONTENT, "is_streaming": False}
    ),
    recordings.recording(
        recordings.sdk_call({}, "/v1/audio/translations"),
        {"body": {"__content__": {"content_type": None, "text": "a\r\n"}}, "is_streaming": False},
    ),
    recordings.recording(
        recordings.sdk_call({}, "/v1/threads/runs"),
        recordings.stream(
            {"data": {"id": "run_1"}, "event": "thread.run.created"}, {"a": 1}, {"data": 1, "event": "x"}
        ),
    ),
    recordings.recording(
        recordings.sdk_call({}, "/v1/threads/runs"),
        recordings.stream({"data": {"code": "x"}, "event": "error"}, {"data": {"error": 1}, "event": "thread.x"}),
    ),
    recordings.recording(
        recordings.sdk_call({}, "/v1/responses"),
        recordings.stream(
            {"type": "a\r\n\r\ndata: b"}, {"type": "\ud83e"}, {"type": "\u2028"}, {"type": " a"}, {"type": ""}
        ),
    ),
]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_a_recording_comes_back(document):
    """A form and a content that somebody wrote into a recording is an exchange, and comes back to the letter."""
    recording = Recording(document)
    interaction = to_interaction(recording)
    assert opaque_reason(exchange_of(recording)) is None
    (loaded,) = yamlserializer.deserialize(yamlserializer.serialize({"version": 1, "interactions": [interaction]}))[
        "interactions"
    ]
    assert from_interaction(loaded).dump() == recording.dump()


def test_a_spoilt_content_is_told():
    """A recording whose bytes were edited without their digest is refused, not replayed."""
    document = copy.deepcopy(DOCUMENTS[3])
    document["response"]["body"]["__content__"]["base64"] = "AAE="
    with pytest.raises(MalformedRecording, match="sha256"):
        to_interaction(Recording(document))


def test_an_upload_replays_from_a_recording_written_by_hand(tmp_path):
    """What a person writes as an upload answers the client's upload, whatever boundary it has."""
    path = tmp_path / "a.recording.json"
    path.write_text(Recording(DOCUMENTS[0]).dump())
    client = openai.OpenAI(api_key="none", base_url="https://api.openai.com/v1", max_retries=0)
    with vcr_openai.VCR(serializer="recording.json", record_mode="none").use_cassette(str(path)):
        answer = client.files.create(file=("a.jsonl", b"{}\n", "text/x"), purpose="batch")
    assert answer.id == "file-1"


def test_ids_of_later_requests_are_kept():
    """A response's id is as the server sent it, so that previous_response_id finds it."""
    interaction = to_interaction(
        Recording(
            recordings.recording(
                recordings.sdk_call({"model": "m", "input": "a"}, "/v1/responses"),
                recordings.reply({"id": "resp_67ccd2bed1ec8190", "object": "response"}),
            )
        )
    )
    del interaction["response"]["recording"]
    data = from_interaction(interaction).response["body"]["__data__"]
    assert data["id"] == "resp_67ccd2bed1ec8190"


@pytest.mark.parametrize("method", ["GET", "DELETE", "POST"])
def test_the_method_is_the_wires(method):
    """Where one path has several methods, the recording says which."""
    request = {"method": method, "uri": "https://api.openai.com/v1/evals/eval_1", "headers": {}, "body": ""}
    headers = {"content-type": ["application/json"]}
    response = {"status": {"code": 200, "message": "OK"}, "headers": headers, "body": {"string": "{}"}}
    recording = from_interaction({"request": request, "response": response})
    assert (recording.request["method"], recording.request["endpoint"]) == (method, "/v1/evals/eval_1")
    assert to_interaction(recording)["request"]["method"] == method
