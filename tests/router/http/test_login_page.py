"""The login page looks like the hub's own page, of which it shares no file."""

import re
from pathlib import Path

from wampi.router.http.login_page import ICON, STYLE

WEB = Path(__file__).parents[3] / "web"


def colours(style: str) -> dict[str, str]:
    """The colours that a style sheet declares, by name."""
    return dict(re.findall(r"--([a-z-]+): (light-dark\([^;]*\));", style))


def test_its_colours_and_its_icon_are_those_of_the_hubs_own_page() -> None:
    own, page = colours(STYLE.decode()), colours((WEB / "src" / "styles" / "tokens.css").read_text())
    assert len(own) > 10
    assert own.items() <= page.items()
    assert (WEB / "public" / "favicon.svg").read_bytes() == ICON


def test_it_asks_for_nothing_from_elsewhere() -> None:
    assert not re.search(rb"url\(|@import|https?:", STYLE)
