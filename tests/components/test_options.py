"""The command line and the component that it names."""

import pytest
from wampi.components import SetupError
from wampi.components.camera import Camera
from wampi.components.options import load_component, parse_options

GOOD = ["a:B", "--router", "unix:/r", "--authid", "me", "--key-file", "k", "--data-dir", "d"]


def test_what_is_not_given_has_its_default() -> None:
    options = parse_options(GOOD)
    assert (options.realm, options.extra, options.supervised, options.ca_file) == ("home", "{}", False, None)


@pytest.mark.parametrize(
    ("arguments", "part"),
    [([], "the following arguments are required"), ([*GOOD, "--loud"], "unrecognized arguments: --loud")],
)
def test_a_wrong_command_line_is_one_line_and_status_two(
    arguments: list[str], part: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        parse_options(arguments)
    assert ended.value.code == 2
    shown = capsys.readouterr().err
    assert part in shown
    assert shown.count("\n") == 1


def test_a_component_is_found_by_module_and_class() -> None:
    assert load_component("wampi.components.camera:Camera") is Camera


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("camera", "'camera' must be MODULE:CLASS"),
        ("nowhere.at_all:Camera", "cannot import nowhere.at_all: No module named 'nowhere'"),
        ("wampi.components.camera:Toaster", "wampi.components.camera has no component class 'Toaster'"),
        ("pathlib:Path", "pathlib has no component class 'Path'"),
    ],
)
def test_a_name_that_leads_nowhere_is_refused(name: str, part: str) -> None:
    with pytest.raises(SetupError, match=part):
        load_component(name)
