"""Declared procedures: arguments are checked before a method runs, and refused in one clear sentence."""

from typing import Annotated

import pytest
from msgspec import Meta
from wampi.components import Caller, InvalidArgumentError, procedure
from wampi.components.procedures import Procedure, procedures_of


class Oven:
    @procedure
    def bake(
        self,
        caller: Caller,
        celsius: Annotated[float, Meta(ge=30, le=250)],
        minutes: Annotated[int, Meta(ge=1, le=600)] = 30,
        note: Annotated[str, Meta(min_length=1, max_length=10)] | None = None,
    ) -> None:
        """Bake what is in there."""

    @procedure("open")
    def open_door(self, caller: Caller) -> None: ...

    def clean(self, caller: Caller) -> None: ...


def bake() -> Procedure:
    return procedures_of(Oven)["bake"]


def sentence(*args: object, **kwargs: object) -> str:
    with pytest.raises(InvalidArgumentError) as refused:
        bake().bind(args, kwargs)
    return str(refused.value)


def test_only_marked_methods_are_procedures() -> None:
    assert set(procedures_of(Oven)) == {"bake", "open"}
    assert procedures_of(Oven)["open"].method == "open_door"


def test_a_procedure_describes_what_it_takes() -> None:
    assert bake().describe() == {
        "type": "procedure",
        "description": "Bake what is in there.",
        "args": ["celsius", "minutes", "note"],
        "kwargs": {
            "type": "object",
            "properties": {
                "celsius": {"type": "number", "minimum": 30, "maximum": 250},
                "minutes": {"type": "integer", "minimum": 1, "maximum": 600, "default": 30},
                "note": {
                    "anyOf": [{"type": "string", "minLength": 1, "maxLength": 10}, {"type": "null"}],
                    "default": None,
                },
            },
            "required": ["celsius"],
            "additionalProperties": False,
        },
    }
    assert procedures_of(Oven)["open"].describe()["args"] == []


def test_arguments_may_be_given_by_name_or_by_position() -> None:
    expected = {"celsius": 180.0, "minutes": 20, "note": None}
    assert bake().bind((), {"celsius": 180, "minutes": 20}) == expected
    assert bake().bind((180, 20), {}) == expected
    assert bake().bind((180,), {"minutes": 20}) == expected


def test_an_optional_argument_may_be_left_out_or_null() -> None:
    assert bake().bind((180,), {"minutes": None, "note": None}) == bake().bind((180,), {})


def test_a_missing_argument_is_named_with_what_it_must_be() -> None:
    assert sentence() == "celsius is missing; it must be a number from 30 to 250"


def test_a_number_out_of_range_is_refused_with_the_range() -> None:
    assert sentence(celsius=300) == "celsius must be a number from 30 to 250, not 300"


def test_a_boolean_is_not_a_number() -> None:
    assert sentence(celsius=True) == "celsius must be a number from 30 to 250, not true"
    assert sentence(100, minutes=False) == "minutes must be a whole number from 1 to 600, not false"


@pytest.mark.parametrize("number", [float("nan"), float("inf"), 10**400])
def test_a_number_is_finite(number: object) -> None:
    assert sentence(celsius=number).startswith("celsius must be a number from 30 to 250, not ")


def test_an_unknown_argument_is_refused_with_the_known_ones() -> None:
    assert sentence(100, fan=True) == "bake knows no argument 'fan'; it takes celsius, minutes, note"


def test_an_argument_given_twice_is_refused() -> None:
    assert sentence(100, celsius=100) == "celsius is given twice, by position and by name"


def test_too_many_arguments_are_refused() -> None:
    assert sentence(100, 1, "a", 4) == "bake takes celsius, minutes, note, not 4 positional arguments"
    with pytest.raises(InvalidArgumentError, match="open takes no arguments, not 1 positional arguments"):
        procedures_of(Oven)["open"].bind((1,), {})


def test_what_is_read_back_is_short_and_harmless_to_a_terminal() -> None:
    refused = sentence(100, note="\x1b[31m" + "x" * 10_000)
    assert len(refused) < 120
    assert refused.isprintable()
