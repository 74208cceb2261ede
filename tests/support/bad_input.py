"""Bad arguments for a procedure, made from its declaration."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from msgspec.inspect import BoolType, BytesType, FloatType, IntType, StrType, Type
from wampi.components.procedures import Parameter, Procedure


@dataclass(frozen=True)
class BadCall:
    """Keyword arguments that must be refused, and what is wrong with them."""

    problem: str
    kwargs: dict[str, Any]
    culprit: str


def good_value(parameter: Parameter) -> Any:
    """A value that the declaration allows."""
    info = parameter.info
    if isinstance(info, IntType | FloatType):
        low = info.ge if info.ge is not None else 0
        return int(low) if isinstance(info, IntType) else float(low)
    if isinstance(info, StrType):
        return "a" * max(1, info.min_length or 0)
    if isinstance(info, BytesType):
        return b"a" * max(1, info.min_length or 0)
    if isinstance(info, BoolType):
        return True
    raise AssertionError(f"no good value known for {info}")


def bad_calls(procedure: Procedure) -> Iterator[BadCall]:
    """Everything that can be wrong with a call: missing, unknown, wrong type, out of range, too long."""
    good = {one.name: good_value(one) for one in procedure.parameters if one.required}
    yield BadCall("unknown name", good | {"colour\n\x1b[31m": 1}, "colour")
    for one in procedure.parameters:
        if one.required:
            yield BadCall("missing", {k: v for k, v in good.items() if k != one.name}, one.name)
            yield BadCall("null", good | {one.name: None}, one.name)
        for problem, value in bad_values(one.info):
            yield BadCall(problem, good | {one.name: value}, one.name)


def bad_values(info: Type) -> Iterator[tuple[str, Any]]:
    """Values that a type does not allow, each with what is wrong with it."""
    yield "a list", [1]
    yield "a map", {"a": 1}
    if not isinstance(info, BoolType):
        yield "a boolean", True
    if not isinstance(info, BytesType):
        yield "bytes", b"\x00\xff"
    if not isinstance(info, StrType):
        yield "text", "1"
    if isinstance(info, IntType | FloatType):
        yield from _bad_numbers(info)
    if isinstance(info, StrType | BytesType):
        yield from _bad_lengths(info)


def _bad_numbers(info: IntType | FloatType) -> Iterator[tuple[str, Any]]:
    for value in (math.nan, math.inf, -math.inf, 10**30, -(10**30)):
        yield "not finite or far too large", value
    assert info.ge is not None and info.le is not None, "every declared number has bounds"
    yield "too small", info.ge - 1
    yield "too large", info.le + 1
    if isinstance(info, IntType):
        yield "a fraction", info.ge + 0.5
    if info.multiple_of == 2:
        yield "odd", info.ge + 1


def _bad_lengths(info: StrType | BytesType) -> Iterator[tuple[str, Any]]:
    unit: Any = "a" if isinstance(info, StrType) else b"a"
    assert info.max_length is not None, "every declared text has a longest length"
    yield "too long", unit * (info.max_length + 1)
    if info.min_length:
        yield "empty", unit * 0
    if isinstance(info, StrType):
        yield "a number", 5
        yield "a control character", "a\nb" if info.pattern else unit * (info.max_length + 2)
