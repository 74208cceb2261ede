"""What the simulated camera sees."""

import pytest
from PIL import Image, ImageChops
from wampi.components.camera.scene import Scene


def clock_part(image: Image.Image) -> Image.Image:
    return image.crop((0, image.height * 8 // 9, image.width // 2, image.height))


@pytest.mark.parametrize(("width", "height"), [(64, 64), (640, 480), (1920, 1080)])
def test_the_scene_has_the_size_that_was_asked_for(width: int, height: int) -> None:
    assert Scene(width, height).draw(1_750_000_000.0, 1).size == (width, height)


def test_the_clock_shows_tenths_of_a_second() -> None:
    scene = Scene(640, 480)
    first, second = (clock_part(scene.draw(moment, 1)) for moment in (1_750_000_000.0, 1_750_000_000.1))
    assert ImageChops.difference(first, second).getbbox() is not None


def test_the_same_moment_is_the_same_picture() -> None:
    frames = [Scene(320, 240).draw(1_750_000_000.0, 7).tobytes() for _ in range(2)]
    assert frames[0] == frames[1]


def test_the_garden_stays_while_sun_and_cat_move() -> None:
    scene = Scene(640, 480)
    first, second = scene.draw(1_750_000_000.0, 1), scene.draw(1_750_000_004.0, 2)
    changed = ImageChops.difference(first, second).convert("L").point(lambda value: 255 if value > 24 else 0)
    share = sum(1 for value in changed.tobytes() if value) / (640 * 480)
    assert 0.005 < share < 0.3
