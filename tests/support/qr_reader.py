"""Reading QR codes as a phone does, with a library that drew none of them."""

from __future__ import annotations

import re

import zxingcpp
from PIL import Image

_SCALE = 8
_RUN = re.compile(r"([Mmh])(-?[\d.]+)(?: (-?[\d.]+))?")


def read(picture: Image.Image) -> str:
    """What the one QR code in a picture says."""
    (found,) = zxingcpp.read_barcodes(picture)
    assert found.format == zxingcpp.BarcodeFormat.QRCode
    return str(found.text)


def read_svg(svg: str) -> str:
    """What an SVG of one path of strokes says, drawn black on white."""
    found = re.search(r'<svg viewBox="0 0 (\d+) (\d+)" class="qr"', svg)
    assert found is not None
    picture = Image.new("L", (int(found[1]), int(found[2])), 255)
    (strokes,) = re.findall(r'stroke="#000" d="([^"]*)"', svg)
    x = y = 0.0
    for command, first, second in _RUN.findall(strokes):
        if command == "M":
            x, y = float(first), float(second)
        elif command == "m":
            x, y = x + float(first), y + float(second)
        else:
            for column in range(int(x), int(x + float(first))):
                picture.putpixel((column, int(y)), 0)
            x += float(first)
    return read(_enlarged(picture))


def read_blocks(text: str) -> str:
    """What lines of half blocks say, each a light module: on a dark ground."""
    lines = [re.sub(r"\x1b\[[\d;]*m", "", line) for line in text.splitlines()]
    picture = Image.new("L", (len(lines[0]), 2 * len(lines)), 0)
    for row, line in enumerate(lines):
        for column, block in enumerate(line):
            for half, lit in enumerate((block in "█▀", block in "█▄")):
                picture.putpixel((column, 2 * row + half), 255 if lit else 0)
    return read(_enlarged(picture))


def _enlarged(picture: Image.Image) -> Image.Image:
    width, height = picture.size
    return picture.resize((width * _SCALE, height * _SCALE), Image.Resampling.NEAREST)
