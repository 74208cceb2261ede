"""The login page looks like the hub's own page, of which it shares no file."""

import re
from pathlib import Path

from wampi.router.http import login_page
from wampi.router.http.login_page import ICON, STYLE

WEB = Path(__file__).parents[3] / "web"
PAGES = Path(login_page.__file__).with_name("pages")


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


def test_passwords_may_be_pasted_and_are_known_to_password_managers_here_and_on_the_hubs_own_page() -> None:
    sources = [path for path in (WEB / "src").rglob("*") if path.suffix in (".ts", ".tsx", ".html")]
    pages = [*PAGES.glob("*.html"), *PAGES.glob("*.js"), *sources]
    assert len(pages) > 20
    assert [path.name for path in pages if re.search("paste|oncopy|beforeinput", path.read_text(), re.IGNORECASE)] == []
    fields = [
        part for path in pages for part in path.read_text().split("<input")[1:] if 'name="password"' in part[:200]
    ]
    assert len(fields) == 2
    assert all('autocomplete="current-password"' in field[:300] for field in fields)
    assert all("maxlength" not in field[:300].lower() for field in fields)
