"""Binding a call's arguments to a function: by position or name, strictly typed."""

from typing import Any, Literal

import pytest
from wampi.router.core.arguments import Procedure
from wampi.router.core.errors import RequestError


def sample(given: str, number: int, names: list[str] | None = None, mode: Literal["a", "b"] = "a") -> tuple[Any, ...]:
    return given, number, names, mode


PROCEDURE = Procedure(sample, given=1)


@pytest.mark.parametrize(
    ("args", "kwargs", "expected"),
    [
        ([1], {}, ("me", 1, None, "a")),
        ([1, ["x"]], {}, ("me", 1, ["x"], "a")),
        ([1, None, "b"], {}, ("me", 1, None, "b")),
        ([], {"number": 1, "mode": "b"}, ("me", 1, None, "b")),
        ([1], {"names": []}, ("me", 1, [], "a")),
        ([9007199254740992.0], {}, ("me", 2**53, None, "a")),
    ],
)
def test_arguments_are_taken_by_position_or_by_name(args: list[Any], kwargs: dict[str, Any], expected: Any) -> None:
    assert PROCEDURE(("me",), args, kwargs) == expected


@pytest.mark.parametrize(
    ("args", "kwargs"),
    [
        ([], {}),
        ([1, [], "a", "more"], {}),
        ([1], {"number": 1}),
        ([1], {"given": "you"}),
        ([1], {"unknown": 1}),
        ([True], {}),
        ([1.5], {}),
        ([1e16], {}),
        ([float("nan")], {}),
        ([1, [1.0]], {}),
        (["1"], {}),
        ([None], {}),
        ([1, [1]], {}),
        ([1, "x"], {}),
        ([1], {"mode": "c"}),
        ([1], {"mode": 1}),
    ],
)
def test_other_arguments_are_an_error_of_the_caller(args: list[Any], kwargs: dict[str, Any]) -> None:
    with pytest.raises(RequestError) as caught:
        PROCEDURE(("me",), args, kwargs)
    assert caught.value.uri == "wamp.error.invalid_argument"


def test_the_error_names_the_argument() -> None:
    with pytest.raises(RequestError, match="argument 'names'"):
        PROCEDURE(("me",), [1, "x"], {})
