"""What the commands print in columns."""

import pytest
from wampi.router.cli.tables import print_table


def test_columns_are_as_wide_as_what_stands_in_them(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(("name", "role"), [("anna", "resident"), ("bartholomew", "guest")])
    assert capsys.readouterr().out.splitlines() == [
        "name         role",
        "anna         resident",
        "bartholomew  guest",
    ]


def test_what_somebody_has_chosen_for_a_name_neither_steers_the_terminal_nor_makes_lines(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_table(("name", "role"), [("\x1b[2Jeve\nowner\u202e", "guest")])
    head, row = capsys.readouterr().out.splitlines()
    assert row == r"\x1b[2Jeve\nowner\u202e  guest"
    assert head.index("role") == row.index("guest")
