"""Content codings: what is decoded, what stays, and that nothing grows beyond its limit."""

import gzip
import json
import zlib

import brotli
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from vcr_openai import Unsupported, from_interaction
from vcr_openai._formats.plain import exchange_from_dict
from vcr_openai._http import content_coding
from vcr_openai._http.body import Body
from vcr_openai._http.content_coding import LIMIT, CodingProblem, Decoded, Undecodable, decode, decompress
from vcr_openai._http.exchange import Exchange, HttpRequest, HttpResponse


def raw_deflate(data):
    """What some servers send as deflate: without the zlib format around it."""
    compressor = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return compressor.compress(data) + compressor.flush()


ENCODERS = [
    ("gzip", gzip.compress),
    ("x-gzip", gzip.compress),
    ("deflate", zlib.compress),
    ("deflate", raw_deflate),
    ("br", brotli.compress),
    ("zstd", zstandard.compress),
]
BODY = b'{"object":"list","data":[]}'


def decoding(headers, content, limit=LIMIT):
    """How a body with these headers is decoded."""
    return decode(Body.of(content, headers).codings, content, limit)


def decoded(content, headers):
    """The response with this body and these headers, decoded."""
    response = HttpResponse(200, headers, Body.of(content, headers))
    return Exchange(HttpRequest("GET", "https://h/"), response).decoded()[0].response


@pytest.mark.parametrize("coding, encode", ENCODERS)
@given(body=st.binary(max_size=5000), spelling=st.sampled_from([str.lower, str.upper, str.title, " {} ".format]))
def test_decoding_undoes_encoding(coding, encode, body, spelling):
    """Every coding, in any case, gives back the bytes that it was applied to."""
    assert decoding({"Content-Encoding": [spelling(coding)]}, encode(body)) == Decoded(body, header_removed=True)


@given(chain=st.lists(st.sampled_from(ENCODERS), max_size=5), one_header=st.booleans())
def test_codings_in_a_row_are_undone_from_the_last(chain, one_header):
    """Several codings, in one header or in several, are undone in reverse order."""
    body = BODY
    for _, encode in chain:
        body = encode(body)
    names = [coding for coding, _ in chain]
    assert decoding({"content-encoding": [", ".join(names)] if one_header else names}, body).content == BODY


@given(
    coding=st.sampled_from(["gzip", "deflate", "br", "zstd", "compress", "aws-chunked"]), body=st.binary(max_size=300)
)
def test_any_bytes_decode_or_stay_with_a_reason(coding, body):
    """Any bytes stay with a reason, or are decoded, or are text whose header goes; nothing raises."""
    found = decode([coding], body)
    assert found.failure is None or (found.content, found.header_removed) == (body, False)


@pytest.mark.parametrize("coding, encode", ENCODERS)
def test_a_body_that_ends_too_early_stays(coding, encode):
    """A body that was cut off is not decoded in part."""
    body = encode(bytes(range(256)) * 20)[:-3]
    found = decode([coding], body)
    assert (found.content, found.failure.reason) == (body, CodingProblem.DAMAGED)


@pytest.mark.parametrize("encode", [zlib.compress, raw_deflate, brotli.compress])
def test_data_behind_the_end_is_damage(encode):
    """A coding that has one frame only is not decoded where something follows it."""
    coding = "br" if encode is brotli.compress else "deflate"
    assert decode([coding], encode(BODY * 50) + b"\0\xff" * 20).failure.reason is CodingProblem.DAMAGED


@pytest.mark.parametrize("coding, encode", [("gzip", gzip.compress), ("zstd", zstandard.compress)])
def test_members_and_frames_are_joined(coding, encode):
    """A body of several gzip members, or zstd frames, is all of them."""
    assert decompress(coding, encode(b"one ") + encode(b"two"), 100) == b"one two"


@pytest.mark.parametrize("coding, encode", ENCODERS)
def test_a_bomb_is_not_unpacked(coding, encode):
    """A small body that would become a long one stays as it is."""
    found = decode([coding], encode(bytes(3_000_000)), limit=1_000_000)
    assert found.failure == Undecodable(CodingProblem.TOO_LONG, "it would be more than 1000000 bytes long")


def test_identity_changes_nothing():
    """The coding ``identity`` leaves the bytes, and its header goes."""
    assert decode(["identity"], b"\xff") == Decoded(b"\xff", header_removed=True)


def test_many_codings_are_refused():
    """A chain longer than clients accept is not followed."""
    assert str(decode(["gzip"] * 6, b"\xff").failure) == "it has 6 content-encodings, more than 5"


@pytest.mark.parametrize("body", [BODY, b"data: {}\n\ndata: [DONE]\n\n", b"<html>Bad Gateway</html>", b""])
@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd", "compress"])
def test_a_body_that_is_text_already_loses_the_header(coding, body):
    """Whoever stored the decoded body left the header: the body stays, the header goes."""
    assert decode([coding], body) == Decoded(body, header_removed=True)
    assert decoded(body, {"content-encoding": [coding], "a": ["b"]}).headers == {"a": ["b"]}


def test_an_unknown_coding_is_named():
    """The reason names the unknown coding."""
    found = decode(["compress"], b"\x1f\x9d\x90").failure
    assert found == Undecodable(CodingProblem.UNKNOWN, "the content-encoding 'compress' is unknown")


@pytest.mark.parametrize("coding, extra", [("br", "brotli"), ("zstd", "zstd")])
def test_a_missing_library_is_named(coding, extra, monkeypatch):
    """Where the decoder is not installed, the reason names what to install."""

    def not_installed(name):
        raise ImportError(name)

    monkeypatch.setattr(content_coding, "import_module", not_installed)
    with pytest.raises(Undecodable, match=rf"vcr-openai\[{extra}\]"):
        decompress(coding, b"\xff", 10)


def test_content_length_is_corrected_in_its_own_case():
    """The content-length becomes that of the decoded body, under the name that it had."""
    headers = {"Content-Length": ["9"], "CONTENT-ENCODING": ["GZip"]}
    assert decoded(gzip.compress(BODY), headers).headers == {"Content-Length": [str(len(BODY))]}


def test_content_length_is_not_added_beside_transfer_encoding():
    """A chunked response has no content-length before decoding, nor after it."""
    headers = {"transfer-encoding": ["chunked"], "content-encoding": ["gzip"]}
    assert decoded(gzip.compress(BODY), headers).headers == {"transfer-encoding": ["chunked"]}


def test_a_body_without_a_coding_is_not_touched():
    """Without content-encoding the headers stay as they are, a wrong content-length included."""
    headers = {"content-length": ["1"]}
    assert decoded(BODY, headers).headers is headers


def interaction(body, coding):
    """An exchange with a list of models whose response has the given coding, as has the request."""
    return {
        "request": {"method": "POST", "uri": "https://h/v1/chat/completions", "body": body,
                    "headers": {"content-encoding": [coding]}},
        "response": {"status": {"code": 200, "message": "OK"}, "body": {"string": body},
                     "headers": {"content-type": ["application/json"], "content-encoding": [coding]}},
    }  # fmt: skip


def test_requests_and_responses_are_decoded():
    """Both bodies of an exchange are decoded, and the exchange that was handed in stays as it was."""
    given_one = exchange_from_dict(interaction(gzip.compress(BODY), "gzip"))
    found, findings = given_one.decoded()
    assert (found.request.body.text, found.response.body.text, findings) == (BODY.decode(), BODY.decode(), [])
    assert given_one == exchange_from_dict(interaction(given_one.request.body.content, "gzip"))


def test_what_stays_encoded_is_a_finding():
    """A body that cannot be decoded stays, and a finding has its place and the reason."""
    given_one = exchange_from_dict(interaction(b"\xff", "br"))
    found, findings = given_one.decoded()
    assert found == given_one
    assert [(finding.code, finding.where) for finding in findings] == [
        ("unread-body", "request.body"),
        ("unread-body", "response.body"),
    ]


@given(codings=st.lists(st.sampled_from(ENCODERS), min_size=1, max_size=3))
def test_a_compressed_interaction_becomes_a_recording(codings):
    """A recording is made of the decoded body."""
    answer = body = json.dumps({"id": "x", "object": "chat.completion", "choices": []}).encode()
    for _, encode in codings:
        body = encode(body)
    compressed = interaction(body, ", ".join(name for name, _ in codings))
    compressed["request"]["body"], compressed["request"]["headers"] = b'{"model":"m"}', {}
    plain = interaction(answer, "")
    plain["request"]["body"], plain["request"]["headers"] = b'{"model":"m"}', {}
    assert from_interaction(compressed) == from_interaction(plain)


def test_a_body_that_stays_encoded_is_no_recording():
    """The refusal gives the reason for which the body could not be decoded."""
    damaged = interaction(gzip.compress(BODY)[:-5], "gzip")
    damaged["request"]["body"] = b"{}"
    with pytest.raises(Unsupported, match="damaged gzip"):
        from_interaction(damaged)


def test_equal_reasons_count_once():
    """Two bodies that stay encoded for one reason have equal errors, in a set, too."""
    found = set()
    for _ in range(2):
        with pytest.raises(Undecodable) as raised:
            decompress("gzip", b"no", 9)
        found.add(raised.value)
    assert len(found) == 1
