"""Procedures and their declared parameters.

A procedure is a method whose signature is its declaration: every parameter after `caller` is annotated with
a type that msgspec can check, bounds included. The arguments of a call are checked against it before the
method runs, the sentences that a caller reads are made from it, and tests generate bad input from it.

    @procedure
    def set_brightness(self, caller: Caller, brightness: Annotated[float, Meta(ge=0, le=1)]) -> State: ...
"""

import inspect
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, get_type_hints, overload

import msgspec
from msgspec.inspect import (
    BoolType,
    BytesType,
    FloatType,
    IntType,
    LiteralType,
    Metadata,
    NoneType,
    StrType,
    Type,
    UnionType,
    type_info,
)

from .errors import InvalidArgumentError

_MARK = "__wampi_procedure__"
_SHOWN_CHARACTERS = 40

F = TypeVar("F", bound=Callable[..., Any])


@overload
def procedure(declared: F) -> F: ...


@overload
def procedure(declared: str) -> Callable[[F], F]: ...


def procedure(declared: F | str) -> F | Callable[[F], F]:
    """Declare a method to be a procedure that controllers can call, under its own name or the given one."""

    def mark(function: F) -> F:
        setattr(function, _MARK, declared if isinstance(declared, str) else function.__name__)
        return function

    return mark if isinstance(declared, str) else mark(declared)


@dataclass(frozen=True, slots=True)
class Parameter:
    """One declared argument: its name, the type that msgspec checks, and whether it may be left out."""

    name: str
    type: Any
    required: bool
    default: object = None

    @property
    def info(self) -> Type:
        """The type as msgspec sees it, without "or null" and without its description."""
        return _bare(type_info(self.type))

    @property
    def expected(self) -> str:
        """What the argument must be, to be read after "must be"."""
        return _describe(type_info(self.type))

    def check(self, value: object) -> object:
        """Return `value` as the declared type.

        Raises:
            InvalidArgumentError: with a sentence that says what is allowed.
        """
        if value is None and not self.required:
            return self.default
        try:
            checked = msgspec.convert(value, self.type)
        except (msgspec.ValidationError, OverflowError):
            raise InvalidArgumentError(f"{self.name} must be {self.expected}, not {_shown(value)}") from None
        if isinstance(checked, float) and not math.isfinite(checked):
            raise InvalidArgumentError(f"{self.name} must be {self.expected}, not {_shown(value)}")
        return checked


@dataclass(frozen=True, slots=True)
class Procedure:
    """A declared procedure.

    Attributes:
        name: the last component of its URI.
        method: the name of the method behind it.
        parameters: in the order in which positional arguments are taken.
        description: what it does, in one sentence.
    """

    name: str
    method: str
    parameters: tuple[Parameter, ...]
    description: str = ""

    @classmethod
    def of(cls, function: Callable[..., object]) -> "Procedure":
        """Read the declaration of a method that `procedure` marks."""
        hints = get_type_hints(function, include_extras=True)
        declared = list(inspect.signature(function).parameters.values())[2:]
        parameters = tuple(_parameter(one, hints[one.name]) for one in declared)
        description = (function.__doc__ or "").partition("\n")[0]
        return cls(getattr(function, _MARK), function.__name__, parameters, description)

    def describe(self) -> dict[str, object]:
        """What a controller has to know to call it (docs/protocol.md, "Reflection")."""
        schemas, _ = msgspec.json.schema_components([one.type for one in self.parameters])
        properties = {one.name: schema for one, schema in zip(self.parameters, schemas, strict=True)}
        for one in self.parameters:
            if not one.required:
                properties[one.name]["default"] = one.default
        return {
            "type": "procedure",
            "description": self.description,
            "args": list(properties),
            "kwargs": {
                "type": "object",
                "properties": properties,
                "required": [one.name for one in self.parameters if one.required],
                "additionalProperties": False,
            },
        }

    def bind(self, args: Sequence[object], kwargs: Mapping[str, object]) -> dict[str, object]:
        """Check the arguments of a call and return them by name, the ones left out with their defaults.

        Raises:
            InvalidArgumentError: one is missing, unknown, given twice, of the wrong type or out of range.
        """
        given = self._named(args, kwargs)
        bound: dict[str, object] = {}
        for one in self.parameters:
            if one.name in given:
                bound[one.name] = one.check(given[one.name])
            elif one.required:
                raise InvalidArgumentError(f"{one.name} is missing; it must be {one.expected}")
            else:
                bound[one.name] = one.default
        return bound

    def _named(self, args: Sequence[object], kwargs: Mapping[str, object]) -> dict[str, object]:
        names = [one.name for one in self.parameters]
        if len(args) > len(names):
            raise InvalidArgumentError(f"{self.name} takes {_listed(names)}, not {len(args)} positional arguments")
        given = dict(zip(names, args, strict=False))
        for name, value in kwargs.items():
            if name not in names:
                takes = _listed(names)
                raise InvalidArgumentError(f"{self.name} knows no argument {_shown(name)}; it takes {takes}")
            if name in given:
                raise InvalidArgumentError(f"{name} is given twice, by position and by name")
            given[name] = value
        return given


def procedures_of(cls: type) -> dict[str, Procedure]:
    """The declared procedures of a class, inherited ones included, by name."""
    functions = (function for _, function in inspect.getmembers(cls, inspect.isfunction))
    declared = [Procedure.of(function) for function in functions if hasattr(function, _MARK)]
    return {one.name: one for one in declared}


def _parameter(declared: inspect.Parameter, hint: object) -> Parameter:
    if declared.default is inspect.Parameter.empty:
        return Parameter(declared.name, hint, required=True)
    return Parameter(declared.name, hint, required=False, default=declared.default)


def _bare(info: Type) -> Type:
    if isinstance(info, Metadata):
        return _bare(info.type)
    if isinstance(info, UnionType):
        kinds = [_bare(one) for one in info.types if not isinstance(_bare(one), NoneType)]
        if len(kinds) == 1:
            return kinds[0]
    return info


def _describe(info: Type) -> str:
    """A type in words: `a number from 0 to 1`, `text of 1 to 100 characters`."""
    if isinstance(info, UnionType):
        return " or ".join(_describe(one) for one in info.types if not isinstance(one, NoneType))
    if isinstance(info, Metadata):
        description = (info.extra_json_schema or {}).get("description")
        return str(description) if description else _describe(info.type)
    if isinstance(info, IntType | FloatType):
        return _describe_number(info)
    if isinstance(info, StrType | BytesType):
        unit = "text of {} characters" if isinstance(info, StrType) else "{} bytes"
        return unit.format(_span(info.min_length or 0, info.max_length))
    if isinstance(info, LiteralType):
        return " or ".join(_shown(value) for value in info.values)
    return "true or false" if isinstance(info, BoolType) else "as docs/protocol.md says"


def _describe_number(info: IntType | FloatType) -> str:
    noun = "a whole number" if isinstance(info, IntType) else "a number"
    if info.multiple_of == 2:
        noun = "an even number"
    return f"{noun} from {_number(info.ge)} to {_number(info.le)}"


def _span(low: int, high: int | None) -> str:
    return f"at least {low}" if high is None else f"{low} to {high}"


def _number(value: float | None) -> str:
    return "any" if value is None else f"{value:,.10g}".replace(",", " ")


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) if names else "no arguments"


def _shown(value: object) -> str:
    """A value as a caller may read it back: short, one line, nothing that a terminal would obey."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, bytes | bytearray | memoryview):
        return f"{len(value)} bytes"
    if isinstance(value, str):
        return ascii(value if len(value) <= _SHOWN_CHARACTERS else value[:_SHOWN_CHARACTERS] + "...")
    if isinstance(value, float):
        return f"{value:.10g}"
    if isinstance(value, int):
        return str(value) if abs(value) < 2**64 else "a number past 64 bits"
    return "a list" if isinstance(value, list | tuple) else "a map"
