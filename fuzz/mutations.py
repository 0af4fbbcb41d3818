"""Inputs: a seed, changed as transport, editors and enemies change files.

The rule of this file: an input says how it was made by hypothesis's draws alone, so that a finding shrinks and repeats.
"""

from __future__ import annotations

import gzip
import re
import zlib
from pathlib import Path

from hypothesis import strategies as st

SEEDS = tuple(path.read_bytes() for path in sorted(Path(__file__).parent.joinpath("seeds").iterdir()))
_TOKEN = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.eE+-]*|[{}\[\]:,]|\w+|\n')
_BOMB = b"&a [x,x,x,x,x,x,x,x,x]\n" + b"".join(
    b"- &%c [%s]\n" % (98 + step, b",".join([b"*%c" % (97 + step)] * 9)) for step in range(12)
)
_KEYS = (
    b"__type__", b"__data__", b"body", b"string", b"status", b"code", b"headers", b"uri", b"url", b"method", b"request",
    b"response", b"is_streaming", b"is_exception", b"exception_data", b"test_id", b"endpoint", b"payload", b"tool_name",
    b"kwargs", b"file_id", b"recording", b"tags", b"arguments", b"envelope", b"carried", b"document", b"interactions",
    b"content-encoding", b"content-type", b"content-length", b"chunk", b"chunks", b"fields", b"shapes", b"row",
    b"count", b"stream", b"events", b"json", b"lines", b"base64", b"further", b"float32", b"id", b"created", b"choices",
    b"encoding", b"base64_string", b"parsed_body", b"content", b"token", b"bytes", b"logprobs", b"authorization",
    b"data", b"object", b"error", b"event", b"embedding", b"encoding_format", b"extra_body", b"extra_query", b"model",
)  # fmt: skip
_NASTY = (
    b"1e400", b"-1e400", b"9" * 4000, b"9" * 5000, b"1." + b"0" * 400, b"1e-400", b"-0", b"-0.0", b"NaN", b"Infinity",
    b".nan", b"-.inf", b"null", b"true", b"~", b'""', b"[]", b"{}", b"0x10", b"1_000", b"0o7", b"007", b"12:30:45",
    b"2024-01-01", b"1e3", b"[" * 300, b"[" * 5000, b"[" * 50_000 + b"]" * 50_000, b'{"a":' * 150 + b"1" + b"}" * 150,
    b'{"a":' * 199 + b"1" + b"}" * 199, b"[" * 150 + b"]" * 150, b"- " * 500, b'{"a": 1, "a": 2}', b'"\\ud800"',
    b'"\\u0000"', b"\\", b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"\xc2\x85", b"\xe2\x80\xa8", b"\r",
    b"\r\n", b"\n\n", b"\t", b": ", b":", b"#", b"!!python/object/apply:os.system [x]", b"!!binary |\n  %%%", b"&a ",
    b"*a", b"<<: *a\n", b"---\n", b"...\n", b"%YAML 9.9\n", b"? ", b"!!int ''", b"!!float x", b"!!bool 3", b"| \n",
    b">-\n",
    b"data: {}\n\n", b"data:", b"data\n", b"event: x\n", b": comment\n", b"retry: 1e9\n", b"id: \x00\n",
    b"data: [DONE]\n\n",
    b"data: " + b"x" * 20_000 + b"\n\n", b'{"error": {}}', b'["a", "b"]', b'{"__type__": 1}', b'{"__type__": "x.Y"}',
    b"gzip", b"deflate, br", b"zstd", b"identity", b"text/event-stream", b"multipart/form-data; boundary=x",
    b"http://[::1", b"http://[x]/", b"https://u:p@h:99999999/v1/chat/completions?api-key=%ff", b"vertexai://",
    b"http://h:x/v1/responses", b"/v1/models", b"/api/chat", b"sk-proj-" + b"aB3dE5gH7jK9mN1pQ3sT5vX7zC2fG4", b"sk-",
    b"-----BEGIN PRIVATE KEY-----", b"-----END PRIVATE KEY-----", b"eyJhbGciOiJIUzI1NiJ9.eyJhIjoxfQ.abcdefghijklmnop",
    b"Bearer ", b"=" * 3000, b"a" * 3000, b"A" * 3000 + b"@", b"://" * 500, b"-" * 2000, b"password=" * 300,
    b"\\u00" * 300,
    b"\\" * 2001, b'\\"' * 1000, b"&" * 2000, b"a=b&" * 1000, b"key: " * 500, b".0001" * 500, b"score: " * 300,
    b", attributes: {" * 300, b"<|" * 500, b"choices[0].delta.content",
    b"choices[99999999999]", b"http://[::1/v1/chat/completions", b"a[0][0][0]", b"[-1]",
    b"chatcmpl-abcdefghijklmnopqrstuvwx", b"call_" * 200, _BOMB, b"AAAAAAAA", b"200", b"'200'", b"-1", b"99999",
)  # fmt: skip


@st.composite
def inputs(draw: st.DrawFn) -> bytes:
    """Bytes: a seed with a few changes, sometimes compressed; seldom nothing but noise."""
    if draw(st.integers(0, 30)) == 0:
        data = draw(st.binary(max_size=200) | st.sampled_from(_NASTY))
    else:
        data = draw(st.sampled_from(SEEDS))
        for _ in range(draw(st.integers(1, 4))):
            data = draw(_changed(data))
    packed = draw(st.integers(0, 20))
    if packed == 0:
        return gzip.compress(data, mtime=0)
    return zlib.compress(data) if packed == 1 else data


@st.composite
def _changed(draw: st.DrawFn, data: bytes) -> bytes:
    """One change: of a token where there are any, else of a stretch of bytes."""
    tokens = [match.span() for match in _TOKEN.finditer(data)]
    kind = draw(
        st.sampled_from(["replace", "replace", "quote", "quote", "rename", "insert", "delete", "double", "swap", "cut"])
    )
    if not tokens or draw(st.integers(0, 9)) == 0:
        start = draw(st.integers(0, len(data)))
        end = min(len(data), start + draw(st.integers(0, 40)))
    else:
        start, end = tokens[draw(st.integers(0, len(tokens) - 1))]
    nasty = draw(st.sampled_from(_NASTY))
    if kind == "cut":
        return data[:end]
    if kind == "rename":
        return data[:start] + b'"' + draw(st.sampled_from(_KEYS)) + b'"' + data[end:]
    if kind == "quote":
        return data[:start] + b'"' + nasty + b'"' + data[end:]
    if kind == "swap" and tokens:
        other, until = tokens[draw(st.integers(0, len(tokens) - 1))]
        return data[:start] + data[other:until] + data[end:]
    if kind == "double":
        end = min(len(data), end + draw(st.integers(0, 400)))
        return data[:end] + data[start:end] * draw(st.integers(1, 3)) + data[end:]
    middle = {"insert": data[start:end] + nasty, "replace": nasty}.get(kind, b"")
    return data[:start] + middle + data[end:]
