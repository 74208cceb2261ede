"""QR codes say what they were made of, to a reader of somebody else's."""

from __future__ import annotations

import pytest
from support.qr_reader import read_blocks, read_svg
from wampi.router.qr_codes import as_svg, for_terminal

KEY = "otpauth://totp/wampi:anna?secret=ABCDEFGHIJKLMNOPQRSTUVWXYZ234567&issuer=wampi"


@pytest.mark.parametrize("text", [KEY, "a", KEY + "%C3%A9" * 100])
def test_a_picture_and_a_drawing_can_be_read(text: str) -> None:
    assert read_svg(as_svg(text, "title")) == text
    assert read_blocks(for_terminal(text)) == text


def test_a_picture_needs_no_style_and_nothing_from_elsewhere() -> None:
    svg = as_svg(KEY, "A & B")
    assert svg.startswith("<svg ")
    assert "<title>A &amp; B</title>" in svg
    assert not any(word in svg for word in ("style=", "<script", "http", "xlink"))


def test_a_drawing_says_its_colours_and_takes_them_back() -> None:
    for line in for_terminal(KEY).splitlines():
        assert line.startswith("\x1b[97;40m")
        assert line.endswith("\x1b[0m")
