"""A recording without its answer: enough to list many files, at a part of the cost of reading them.

``skim`` leaves the answer out where a file is laid out as recorders write it. It is not for a recording that is kept.
"""

from __future__ import annotations

from typing import Any

from vcr_openai._json import json_text

_ANSWER, _END = b'\n  "response": {\n', b"\n  }"  # lines that no text in JSON can have
_LEFT_OUT = b'\n  "response": {"body": null, "is_streaming": false}'
_NOTHING = {"body": None, "is_streaming": False}


def skim(content: bytes) -> Any:
    """The value of a file's JSON text, with a response that has no body where it has the recorder's layout.

    Raises ValueError for what is not JSON; what is wrong with the answer that was left out is not found. As
    ``json_text.skim`` it does not see that a key occurs twice.
    """
    start = content.find(_ANSWER)
    end = content.find(_END, start + len(_ANSWER)) if start >= 0 else -1
    if end >= 0:
        try:
            value = json_text.skim(b"".join([content[:start], _LEFT_OUT, content[end + len(_END) :]]))
        except ValueError:  # those lines are elsewhere in another layout
            pass
        else:
            if isinstance(value, dict) and value.get("response") == _NOTHING:
                return value
    return json_text.skim(content)
