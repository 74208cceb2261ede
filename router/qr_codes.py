"""QR codes (ISO/IEC 18004), as a picture for pages and as text for terminals. What they hold may be secret: none is
ever logged or kept.
"""

from __future__ import annotations

import io

import segno

_QUIET_MODULES = 4
"""The margin that the standard asks for; scanners find nothing without one."""

_LIGHT_ON_DARK, _PLAIN = "\x1b[97;40m", "\x1b[0m"


def as_svg(text: str, title: str) -> str:
    """Return a QR code as an SVG element, dark on light whatever is around it; ``title`` is what screen readers say."""
    return _code(text).svg_inline(
        border=_QUIET_MODULES, light="#fff", omitsize=True, title=title, svgclass="qr", lineclass=None
    )


def for_terminal(text: str) -> str:
    """Return a QR code as lines of half blocks, in colours that terminals with light and dark grounds both have."""
    drawn = io.StringIO()
    _code(text).terminal(drawn, border=_QUIET_MODULES // 2, compact=True)
    return "\n".join(f"{_LIGHT_ON_DARK}{line}{_PLAIN}" for line in drawn.getvalue().splitlines())


def _code(text: str) -> segno.QRCode:
    return segno.make_qr(text, error="m")
