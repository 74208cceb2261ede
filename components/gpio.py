"""The module `RPi.GPIO`, which the drivers of lights and valves use.

It comes from RPi.GPIO, or on a Pi 5 from rpi-lgpio, which is the same module on the kernel's GPIO interface. It is
imported when a driver is opened, never before. Few imports: the valve keeper loads this module.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from .errors import SetupError


def load_gpio() -> Any:
    """Import `RPi.GPIO`.

    Raises:
        SetupError: it is not installed, or this is no Raspberry Pi.
    """
    try:
        return import_module("RPi.GPIO")
    except ImportError:
        raise SetupError(
            "the driver rpi_gpio needs the module RPi.GPIO: pip install 'wampi[pi]' (on a Pi 5 'wampi[pi5]')"
        ) from None
    except RuntimeError as error:
        raise SetupError(f"the driver rpi_gpio cannot work here: {error}") from None


@contextmanager
def gpio_errors() -> Iterator[None]:
    """Turn whatever the module raises into OSError: rpi-lgpio passes on `lgpio.error`, a plain Exception."""
    try:
        yield
    except Exception as error:
        raise OSError(str(error) or type(error).__name__) from error
