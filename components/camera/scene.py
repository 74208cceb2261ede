"""The picture that the simulated camera sees: a garden with house and hills, sun and clouds, a cat, and a clock.

What does not move is painted once at twice the size and scaled down, which smooths every edge; a frame pastes that
and what moves on top, in about two milliseconds at 640 x 480.
"""

import math
import time
from functools import cache

from PIL import Image, ImageDraw, ImageFilter, ImageFont

Colour = tuple[int, int, int]

SKY_TOP: Colour = (70, 130, 196)
SKY_LOW: Colour = (252, 222, 190)
FAR_HILL: Colour = (122, 152, 150)
NEAR_HILL: Colour = (92, 134, 96)
LAWN: Colour = (112, 160, 82)
LAWN_LOW: Colour = (72, 116, 60)
WALL: Colour = (240, 228, 206)
ROOF: Colour = (164, 76, 60)
WOOD: Colour = (116, 78, 52)
CAT: Colour = (46, 42, 48)
SUN_SECONDS = 40.0
CAT_SECONDS = 16.0


class Scene:
    """The garden at one size in pixels."""

    def __init__(self, width: int, height: int) -> None:
        self._width = width
        self._height = height
        self._background = _paint_background(width * 2, height * 2).resize((width, height), Image.Resampling.BOX)
        self._sun = _paint_sun(max(8, height // 4))
        self._cloud = _paint_cloud(max(16, width // 5), max(8, height // 10))
        self._font = _font(max(8, height // 16))
        self._small_font = _font(max(7, height // 28))

    def draw(self, moment: float, sequence: int) -> Image.Image:
        """The scene at `moment` (seconds since 1970), with the local time and the frame's number in it."""
        frame = self._background.copy()
        self._draw_sky(frame, moment)
        self._draw_cat(frame, moment)
        self._draw_clock(frame, moment, sequence)
        return frame

    def _draw_sky(self, frame: Image.Image, moment: float) -> None:
        """Sun and clouds, above the hills."""
        turn = moment % SUN_SECONDS / SUN_SECONDS
        size = self._sun.width
        x = round(turn * (self._width + size)) - size
        y = round(self._height * (0.16 - 0.12 * math.sin(math.pi * turn)))
        frame.paste(self._sun, (x, y), self._sun)
        for part, row in ((0.0, 0.06), (0.45, 0.16)):
            drift = (moment / 60 + part) % 1
            x = round(drift * (self._width + self._cloud.width)) - self._cloud.width
            frame.paste(self._cloud, (x, round(row * self._height)), self._cloud)

    def _draw_cat(self, frame: Image.Image, moment: float) -> None:
        """A cat that walks along the lawn and back."""
        turn = moment % CAT_SECONDS / CAT_SECONDS
        forward = turn < 0.5
        along = turn * 2 if forward else 2 - turn * 2
        unit = self._height / 60
        x = self._width * (0.08 + 0.76 * along)
        y = self._height * 0.80
        way = 1 if forward else -1
        draw = ImageDraw.Draw(frame)
        for leg, phase in ((-3, 0.0), (-1.6, 2.0), (1.6, 4.0), (3, 1.0)):
            swing = unit * 0.9 * math.sin(moment * 9 + phase)
            draw.line((x + way * leg * unit, y, x + way * leg * unit + swing, y + 3.4 * unit), CAT, max(1, round(unit)))
        draw.ellipse((x - 4.4 * unit, y - 2.2 * unit, x + 4.4 * unit, y + 1.4 * unit), fill=CAT)
        head = x + way * 4.8 * unit
        draw.ellipse((head - 1.9 * unit, y - 4.4 * unit, head + 1.9 * unit, y - 0.8 * unit), fill=CAT)
        for ear in (-1, 1):
            tip = head + ear * 1.3 * unit
            draw.polygon([(tip - unit, y - 3.6 * unit), (tip + unit, y - 3.6 * unit), (tip, y - 5.6 * unit)], fill=CAT)
        self._draw_tail(draw, (x - way * 4.2 * unit, y - unit), -way, moment)

    def _draw_tail(self, draw: ImageDraw.ImageDraw, root: tuple[float, float], way: int, moment: float) -> None:
        unit = self._height / 60
        x, y = root
        wave = math.sin(moment * 3)
        points = [(x + way * unit * step, y - unit * (step * 0.9 + wave * step * 0.25)) for step in range(5)]
        draw.line(points, CAT, max(1, round(unit)), joint="curve")

    def _draw_clock(self, frame: Image.Image, moment: float, sequence: int) -> None:
        """The time to a tenth of a second, on a dark bar at the lower edge."""
        shown = time.strftime("%H:%M:%S", time.localtime(moment)) + f".{int(moment * 10) % 10}"
        draw = ImageDraw.Draw(frame)
        top = self._height - self._height // 9
        draw.rectangle((0, top, self._width, self._height), fill=(18, 22, 28))
        middle = (top + self._height) // 2
        margin = self._width // 40
        draw.text((margin, middle), shown, fill=(255, 255, 255), font=self._font, anchor="lm")
        label = f"{time.strftime('%Y-%m-%d', time.localtime(moment))}   #{sequence}"
        draw.text((self._width - margin, middle), label, fill=(170, 182, 196), font=self._small_font, anchor="rm")


@cache
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Pillow's own font, so that no font has to be installed."""
    return ImageFont.load_default(size)


def _paint_background(width: int, height: int) -> Image.Image:
    """What does not move."""
    picture = _gradient(width, height, SKY_TOP, SKY_LOW, 0.62)
    draw = ImageDraw.Draw(picture)
    _paint_hill(draw, width, height, 0.50, 0.07, 1.3, FAR_HILL)
    _paint_hill(draw, width, height, 0.56, 0.05, 2.1, NEAR_HILL)
    lawn = _gradient(width, height - int(height * 0.62), LAWN, LAWN_LOW, 1.0)
    picture.paste(lawn, (0, int(height * 0.62)))
    draw = ImageDraw.Draw(picture)
    _paint_house(draw, width, height)
    _paint_tree(draw, width, height)
    _paint_fence(draw, width, height)
    return picture


def _gradient(width: int, height: int, top: Colour, low: Colour, until: float) -> Image.Image:
    """A picture that goes from `top` to `low`, which it reaches at the share `until` of its height."""
    column = Image.new("RGB", (1, height))
    for y in range(height):
        share = min(1.0, y / (height * until))
        column.putpixel((0, y), _mix(top, low, share))
    return column.resize((width, height))


def _mix(a: Colour, b: Colour, share: float) -> Colour:
    red, green, blue = (round(x + (y - x) * share) for x, y in zip(a, b, strict=True))
    return red, green, blue


def _paint_hill(
    draw: ImageDraw.ImageDraw, width: int, height: int, top: float, swing: float, waves: float, colour: Colour
) -> None:
    points = [(0.0, float(height))]
    for step in range(65):
        share = step / 64
        points.append((share * width, height * (top - swing * math.sin(waves * math.tau * share + waves))))
    draw.polygon([*points, (float(width), float(height))], fill=colour)


def _paint_house(draw: ImageDraw.ImageDraw, width: int, height: int) -> None:
    left, right = width * 0.56, width * 0.84
    top, floor = height * 0.44, height * 0.70
    draw.rectangle((left, top, right, floor), fill=WALL)
    eaves = width * 0.03
    draw.polygon([(left - eaves, top), (right + eaves, top), ((left + right) / 2, height * 0.28)], fill=ROOF)
    chimney = right - width * 0.06
    draw.rectangle((chimney, height * 0.30, chimney + width * 0.025, height * 0.39), fill=_mix(ROOF, WOOD, 0.5))
    door = (left + right) / 2
    draw.rectangle((door - width * 0.025, height * 0.56, door + width * 0.025, floor), fill=WOOD)
    for side in (-1, 1):
        middle = door + side * width * 0.085
        box = (middle - width * 0.03, height * 0.50, middle + width * 0.03, height * 0.59)
        draw.rectangle(box, fill=(252, 226, 150), outline=WOOD, width=max(2, width // 240))
        draw.line((middle, box[1], middle, box[3]), fill=WOOD, width=max(1, width // 400))


def _paint_tree(draw: ImageDraw.ImageDraw, width: int, height: int) -> None:
    x, floor = width * 0.22, height * 0.72
    draw.rectangle((x - width * 0.012, height * 0.52, x + width * 0.012, floor), fill=WOOD)
    leaves = ((0, 0.42, 0.085), (-0.06, 0.48, 0.065), (0.06, 0.48, 0.065), (0.0, 0.34, 0.06))
    for number, (shift, row, radius) in enumerate(leaves):
        centre, r = x + shift * width, radius * width
        colour = _mix((58, 110, 64), (92, 150, 78), number / len(leaves))
        draw.ellipse((centre - r, row * height - r, centre + r, row * height + r), fill=colour)


def _paint_fence(draw: ImageDraw.ImageDraw, width: int, height: int) -> None:
    top, low = height * 0.665, height * 0.735
    rail = max(2, height // 130)
    for share in (0.3, 0.75):
        y = top + (low - top) * share
        draw.rectangle((0, y, width * 0.54, y + rail), fill=(236, 232, 222))
    for post in range(15):
        x = width * 0.54 * post / 15
        draw.rectangle((x, top, x + width * 0.012, low), fill=(246, 243, 236))


def _paint_sun(size: int) -> Image.Image:
    """A disc with a glow, on a transparent ground."""
    big = Image.new("RGBA", (size * 2, size * 2), (255, 236, 160, 0))
    draw = ImageDraw.Draw(big)
    inset = size * 0.3
    draw.ellipse((inset, inset, size * 2 - inset, size * 2 - inset), fill=(255, 228, 140, 130))
    big = big.filter(ImageFilter.GaussianBlur(size * 0.12))
    inset = size * 0.55
    ImageDraw.Draw(big).ellipse((inset, inset, size * 2 - inset, size * 2 - inset), fill=(255, 244, 200, 255))
    return big.resize((size, size), Image.Resampling.BOX)


def _paint_cloud(width: int, height: int) -> Image.Image:
    """A soft white cloud, on a transparent ground."""
    big = Image.new("RGBA", (width * 2, height * 2), (255, 255, 255, 0))
    draw = ImageDraw.Draw(big)
    puffs = ((0.08, 0.5, 0.36), (0.28, 0.25, 0.42), (0.5, 0.12, 0.5), (0.7, 0.42, 0.3))
    for left, top, size in puffs:
        box = (left * width * 2, top * height * 2, (left + size * 0.55) * width * 2, (top + size) * height * 2)
        draw.ellipse(box, fill=(255, 255, 255, 225))
    big = big.filter(ImageFilter.GaussianBlur(max(1, height // 12)))
    return big.resize((width, height), Image.Resampling.BOX)
