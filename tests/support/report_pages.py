"""The data of a report's page, as its script reads it."""

import base64
import gzip
import json
import re


def unpacked(text):
    """The value of packed data, references followed."""
    value, pool = json.loads(gzip.decompress(base64.b85decode(text.replace(",", "<"))))

    def whole(one):
        if isinstance(one, list):
            return [whole(inner) for inner in one]
        if not isinstance(one, dict):
            return one
        mark = one.get("@")
        if isinstance(mark, int):
            return whole(pool[mark])
        if isinstance(mark, str):
            return int(mark)
        return {name: whole(inner) for name, inner in (mark if isinstance(mark, list) else one.items())}

    return whole(value)


def data_of(path):
    """The data of a page."""
    return unpacked(re.search(r'id="data">([^<]*)<', path.read_text())[1])


def calls_of(path):
    """The calls of a page by the names of their tests, those of earlier versions left out."""
    data = data_of(path)
    names = data["calls"]
    rows = [dict(zip(names, values, strict=True)) for values in zip(*names.values(), strict=True)]
    return {test: rows[start : start + length] for test, start, length in data["tests"]}
