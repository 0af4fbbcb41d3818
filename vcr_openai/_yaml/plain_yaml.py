"""YAML as PyYAML and vcrpy write it, in fewer steps for values of the usual types; nothing else is written here.

PyYAML finds the type of each value by several tables, and the tag of each text twice. The text itself is libyaml's in
both ways. What anybody registered for these types with PyYAML is not passed over: then there is no text from here.
"""

from __future__ import annotations

import base64
from functools import lru_cache
from io import StringIO
from typing import Any

import yaml
from yaml.representer import SafeRepresenter
from yaml.resolver import Resolver

_TAG = "tag:yaml.org,2002:"
_STR, _INT, _BOOL, _NULL, _BINARY, _MAP, _SEQ = (
    _TAG + name for name in ("str", "int", "bool", "null", "binary", "map", "seq")
)
_USUAL = {
    str: SafeRepresenter.represent_str,
    int: SafeRepresenter.represent_int,
    bool: SafeRepresenter.represent_bool,
    type(None): SafeRepresenter.represent_none,
    bytes: SafeRepresenter.represent_binary,
    dict: SafeRepresenter.represent_dict,
    list: SafeRepresenter.represent_list,
}
_HOME = SafeRepresenter.__module__
_METHODS = {
    name: getattr(SafeRepresenter, name)
    for name in ("ignore_aliases", "represent_scalar", "represent_sequence", "represent_mapping")
}
_DUMPER: Any = getattr(yaml, "CDumper", None)  # PyYAML can be built without libyaml


class _Unusual(Exception):
    """A value of another type."""


def write(value: Any, dumper: Any) -> str | None:
    """The text that ``yaml.dump(value, Dumper=dumper)`` gives; None where only that can tell."""
    if _DUMPER is None or not _is_usual(dumper):
        return None
    stream = StringIO()
    try:
        node = _node(value, {})
        writer = _writer()(stream, default_flow_style=False)
        try:
            writer.open()
            writer.serialize(node)
            writer.close()
        finally:
            writer.dispose()
    except (_Unusual, yaml.YAMLError, UnicodeError, RecursionError):
        return None
    return stream.getvalue()


def _is_usual(dumper: Any) -> bool:
    """Whether a dumper writes values of the usual types as PyYAML does."""
    if not issubclass(dumper, _DUMPER) or dumper.yaml_path_resolvers or None in dumper.yaml_implicit_resolvers:
        return False
    if dumper.yaml_implicit_resolvers is not Resolver.yaml_implicit_resolvers:
        return False
    if any(getattr(dumper, name) is not usual or usual.__module__ != _HOME for name, usual in _METHODS.items()):
        return False
    return all(dumper.yaml_representers.get(kind) is usual for kind, usual in _USUAL.items())


def _node(value: Any, known: dict[int, yaml.Node]) -> yaml.Node:
    """The node of a value; ``known`` are those of objects and lists by identity: one that occurs twice is an alias."""
    kind = type(value)
    if kind is str:
        return yaml.ScalarNode(_STR, value)
    if kind is dict or kind is list:
        node = known.get(id(value))
        if node is None:
            node = known[id(value)] = _container(kind)
            if kind is list:
                node.value.extend([_node(item, known) for item in value])
            else:
                node.value.extend([(yaml.ScalarNode(_STR, key), _node(value[key], known)) for key in _keys(value)])
        return node
    return _scalar(value, kind)


def _container(kind: type[Any]) -> yaml.Node:
    if kind is dict:
        return yaml.MappingNode(_MAP, [], flow_style=False)
    return yaml.SequenceNode(_SEQ, [], flow_style=False)


def _keys(value: dict[Any, Any]) -> list[str]:
    if not all(type(key) is str for key in value):
        raise _Unusual
    return sorted(value)


def _scalar(value: Any, kind: type[Any]) -> yaml.ScalarNode:
    if kind is int:
        return yaml.ScalarNode(_INT, str(value))
    if kind is bool:
        return yaml.ScalarNode(_BOOL, "true" if value else "false")
    if value is None:
        return yaml.ScalarNode(_NULL, "null")
    if kind is bytes:
        return yaml.ScalarNode(_BINARY, base64.encodebytes(value).decode("ascii"), style="|")
    raise _Unusual


class _Tags:
    """What finds the tag that a reader would give a node, as ``yaml.resolver.Resolver`` does without its paths."""

    yaml_implicit_resolvers: dict[Any, Any]

    def resolve(self, kind: type[Any], value: Any, implicit: Any) -> str:
        """The tag for a node of this kind and value; ``implicit``: whether without quotes, and whether with them."""
        if kind is not yaml.ScalarNode:
            return _MAP if kind is yaml.MappingNode else _SEQ
        if implicit[0]:
            for tag, pattern in self.yaml_implicit_resolvers.get(value[:1], ()):
                if pattern.match(value):
                    return str(tag)
        return _STR


@lru_cache(maxsize=1)
def _writer() -> Any:
    return type("_Writer", (_Tags, _DUMPER), {})
