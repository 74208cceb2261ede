"""Binding the arguments of a call to a Python function, checked by its annotations."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, get_type_hints

import msgspec

from ..codec.errors import hint
from ..codec.javascript import with_whole_numbers
from . import errors
from .errors import RequestError

_NONE = inspect.Parameter.empty


class Procedure:
    """A function as a procedure: arguments are bound by position or name and converted strictly.

    An id may be a float, since that is how JavaScript writes it in binary serializers. ``has_result`` says
    whether the function returns anything.

    The first ``given`` parameters are not the caller's to give (the caller's session and the like).
    """

    def __init__(self, function: Callable[..., Any], given: int) -> None:
        self.function = function
        parameters = list(inspect.signature(function).parameters.values())[given:]
        self._signature = inspect.Signature(parameters)
        hints = get_type_hints(function, include_extras=True)
        # parameter name -> type
        self._types = {parameter.name: hints[parameter.name] for parameter in parameters}
        self.has_result = hints.get("return") is not type(None)

    def describe(self) -> dict[str, Any]:
        """Return what a caller has to know: ``args``, the names by position, and ``kwargs``, their JSON Schema."""
        schemas, shared = msgspec.json.schema_components(self._types.values(), ref_template="#/$defs/{name}")
        parameters = self._signature.parameters
        properties = dict(zip(parameters, schemas, strict=True))
        optional = {name: parameter.default for name, parameter in parameters.items() if parameter.default is not _NONE}
        for name, default in optional.items():
            properties[name]["default"] = default
        return {
            "description": (self.function.__doc__ or "").partition("\n")[0],
            "args": list(parameters),
            "kwargs": {
                "type": "object",
                "properties": properties,
                "required": [name for name in parameters if name not in optional],
                "additionalProperties": False,
                **({"$defs": shared} if shared else {}),
            },
        }

    def __call__(self, given: tuple[Any, ...], args: list[Any], kwargs: dict[str, Any]) -> Any:
        """Call the function; raises ``wamp.error.invalid_argument`` for arguments that do not fit."""
        return self.function(*given, **self.bind(args, kwargs))

    def bind(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> dict[str, Any]:
        """Return the arguments by name, converted; raises ``wamp.error.invalid_argument``."""
        try:
            bound = self._signature.bind(*args, **kwargs)
        except TypeError as error:
            raise RequestError(errors.INVALID_ARGUMENT, hint(error)) from None
        return {name: self._convert(name, value) for name, value in bound.arguments.items()}

    def _convert(self, name: str, value: Any) -> Any:
        kind = self._types[name]
        try:
            return msgspec.convert(value, kind)
        except msgspec.ValidationError as error:
            with suppress(msgspec.ValidationError):
                return msgspec.convert(with_whole_numbers(value), kind)
            raise RequestError(errors.INVALID_ARGUMENT, f"argument {name!r}: {hint(error)}") from None
