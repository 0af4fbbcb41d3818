"""Cassette files for tests: the text of interactions as vcrpy has them, in any format."""

from vcr_openai._formats import plain, registry
from vcr_openai._formats.interaction_layouts import read_interaction

FORMATS = tuple(registry.FORMATS)
_AS_THEY_ARE = {"yaml": plain.write_yaml, "json": plain.write_json}  # also of interactions in other layouts


def write_cassette(interactions, name):
    """The text of a cassette with these interactions in the format ``name``."""
    if name in _AS_THEY_ARE:
        return _AS_THEY_ARE[name](interactions)
    return registry.dump([read_interaction(one)[0] for one in interactions], name)
