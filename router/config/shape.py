"""Every way in which a file departs from the shape that the types of this package declare.

msgspec stops at the first error, and says less than the author of a file wants to know. So this walk over the same
types is made when, and only when, msgspec has refused a file.
"""

import types
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import msgspec

from . import crossbar
from .problems import Problem, nearest, shown, under
from .section import Section

_WORDS = {
    "`str`": "text",
    "`int`": "a whole number",
    "`float`": "a number",
    "`bool`": "true or false",
    "`null`": "null",
    "`object`": "an object",
    "`array`": "a list",
}


def shape_problems(value: object, kind: Any, path: str = "") -> Iterator[Problem]:
    """Yield all departures of ``value`` (decoded JSON) from the type ``kind``."""
    if get_origin(kind) is Annotated:
        yield from _leaf(value, kind, path)
        return
    if get_origin(kind) in (Union, types.UnionType):
        yield from _union(value, kind, path)
    elif get_origin(kind) is tuple:
        yield from _list(value, get_args(kind)[0], path)
    elif get_origin(kind) is dict:
        yield from _map(value, kind, path)
    elif isinstance(kind, type) and issubclass(kind, Section):
        yield from _section(value, kind, path)
    else:
        yield from _leaf(value, kind, path)


def _section(value: object, kind: type[Section], path: str) -> Iterator[Problem]:
    if not isinstance(value, dict):
        yield Problem(path, f"must be an object, not {_name_of(value)}")
        return
    tag_field = kind.__struct_config__.tag_field
    if tag_field is not None and value.get(tag_field, kind.__struct_config__.tag) != kind.__struct_config__.tag:
        yield from _wrong_tag(value, tag_field, [kind], path)
        return
    known = {field.encode_name: field for field in msgspec.structs.fields(kind)}
    for key, inner in value.items():
        if key in known:
            yield from shape_problems(inner, known[key].type, under(path, key))
        elif key != tag_field:
            yield Problem(under(path, key), _unknown_key(kind, key, known))
    for key, field in known.items():
        if field.required and key not in value:
            yield Problem(path, f"{shown(key)} is missing")


def _unknown_key(kind: type[Section], key: str, known: Mapping[str, object]) -> str:
    reason = crossbar.key_reason(kind, key)
    if reason is not None:
        return reason
    return f"there is no such key; {nearest(key, known)}"


def _union(value: object, kind: Any, path: str) -> Iterator[Problem]:
    choices = [choice for choice in get_args(kind) if choice is not types.NoneType]
    if value is None and types.NoneType in get_args(kind):
        return
    sections = [choice for choice in choices if isinstance(choice, type) and issubclass(choice, Section)]
    if len(choices) == 1:
        yield from shape_problems(value, choices[0], path)
    elif sections == choices:
        yield from _tagged(value, sections, path)
    else:
        yield from _leaf(value, kind, path)


def _tagged(value: object, kinds: list[type[Section]], path: str) -> Iterator[Problem]:
    """Walk the one of several kinds of section that the value's tag names."""
    if not isinstance(value, dict):
        yield Problem(path, f"must be an object, not {_name_of(value)}")
        return
    tag_field = kinds[0].__struct_config__.tag_field or "type"
    for kind in kinds:
        if value.get(tag_field) == kind.__struct_config__.tag:
            yield from _section(value, kind, path)
            return
    yield from _wrong_tag(value, tag_field, kinds, path)


def _wrong_tag(value: Mapping[str, object], tag_field: str, kinds: list[type[Section]], path: str) -> Iterator[Problem]:
    known = [str(kind.__struct_config__.tag) for kind in kinds]
    if tag_field not in value:
        yield Problem(path, f"{shown(tag_field)} is missing; it is one of {', '.join(sorted(known))}")
        return
    tag = value[tag_field]
    reason = crossbar.type_reason(kinds[0], tag) or f"there is no type {shown(tag)}; {nearest(str(tag), known)}"
    yield Problem(under(path, tag_field), reason)


def _list(value: object, item: Any, path: str) -> Iterator[Problem]:
    if not isinstance(value, list):
        yield Problem(path, f"must be a list, not {_name_of(value)}")
        return
    for index, inner in enumerate(value):
        yield from shape_problems(inner, item, under(path, index))


def _map(value: object, kind: Any, path: str) -> Iterator[Problem]:
    if not isinstance(value, dict):
        yield Problem(path, f"must be an object, not {_name_of(value)}")
        return
    key_kind, inner_kind = get_args(kind)
    for key, inner in value.items():
        yield from _leaf(key, key_kind, under(path, key))
        yield from shape_problems(inner, inner_kind, under(path, key))


def _leaf(value: object, kind: Any, path: str) -> Iterator[Problem]:
    bare = get_args(kind)[0] if get_origin(kind) is Annotated else kind
    if get_origin(bare) is Literal:
        choices = get_args(bare)
        if not any(value == choice and type(value) is type(choice) for choice in choices):
            yield Problem(path, f"must be {' or '.join(shown(choice) for choice in choices)}, not {shown(value)}")
        return
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        yield Problem(path, _described(kind, str(error)) or _in_plain_words(str(error), value))


def _described(kind: Any, message: str) -> str | None:
    """Return what a text must be that does not fit a pattern, by the description of its type."""
    meta = get_args(kind)[1:]
    descriptions = [one.description for one in meta if isinstance(one, msgspec.Meta) and one.description]
    return f"must be {descriptions[0]}" if descriptions and "matching regex" in message else None


def _in_plain_words(message: str, value: object) -> str:
    """Return msgspec's message for one value as the end of a sentence about it."""
    text = message.partition(" - at ")[0]
    for word, plain in _WORDS.items():
        text = text.replace(word, plain)
    text = text.replace("Expected ", "must be ").replace(" | ", " or ").replace(", got ", ", not ")
    text = text.replace("of length >= 1", "that is not empty").replace("of length <=", "of at most length")
    return text if ", not " in text else f"{text}, not {shown(value)}"


def _name_of(value: object) -> str:
    names = {dict: "an object", list: "a list", str: "text", bool: "true or false", type(None): "null"}
    return names.get(type(value), "a number")
