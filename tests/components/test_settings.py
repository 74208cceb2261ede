"""A component's settings: what is wrong with them is said in one sentence."""

import pytest
from wampi.components import SetupError
from wampi.components.lighting.settings import LightingSettings
from wampi.components.settings import decode_settings
from wampi.components.sprinkler.settings import SprinklerSettings

GOOD = '{"driver": "simulator", "lights": {"porch": {"name": "Porch", "pin": 17}}}'


def sentence(text: str) -> str:
    with pytest.raises(SetupError) as refused:
        decode_settings(text, LightingSettings)
    assert "\n" not in str(refused.value)
    return str(refused.value)


def test_good_settings_are_decoded_with_their_defaults() -> None:
    settings = decode_settings(GOOD, LightingSettings)
    assert settings.lights["porch"].gamma == 2.2
    assert settings.lights["porch"].restore == "off"


def test_an_unknown_key_is_refused_with_the_nearest_known() -> None:
    assert sentence(GOOD.replace('"pin"', '"pni"')) == (
        "extra: Object contains unknown field `pni` - at `$.lights[...]`; did you mean 'pin'?"
    )


def test_an_unknown_key_like_no_other_is_refused_with_all_known() -> None:
    assert "known keys are active_low, dimmable, driver," in sentence('{"xyz": 1}')


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("{", "extra is not JSON"),
        ("[]", "Expected `object`, got `array`"),
        (GOOD.replace("17", "99"), "Expected `int` <= 27 - at `$.lights[...].pin`"),
        (GOOD.replace("17", "true"), "Expected `int`, got `bool`"),
        (GOOD.replace("porch", "Front Porch"), "Expected `str` matching regex"),
        (GOOD.replace("simulator", "magic"), "Invalid enum value 'magic'"),
        ('{"driver": "simulator"}', "Object missing required field `lights`"),
        ('{"driver": "simulator", "lights": {}}', "Expected `object` of length >= 1"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(text: str, part: str) -> None:
    assert part in sentence(text)


def test_a_zone_has_a_longest_run_even_when_none_is_given() -> None:
    text = '{"id": "g", "name": "G", "driver": "simulator", "zones": {"a": {"name": "A", "pin": 1}}}'
    assert decode_settings(text, SprinklerSettings).zones["a"].max_seconds == 1800
