"""The page in a browser, used as a person uses it: by what it says and by its stable names (`data-testid`)."""

from __future__ import annotations

from base64 import b64decode
from io import BytesIO
from typing import TYPE_CHECKING

from PIL import Image
from playwright.sync_api import expect

if TYPE_CHECKING:
    from e2e.house import Account
    from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Page

_AS_PNG = """element => {
  const canvas = document.createElement('canvas')
  canvas.width = element.naturalWidth ?? element.width
  canvas.height = element.naturalHeight ?? element.height
  canvas.getContext('2d').drawImage(element, 0, 0)
  return canvas.toDataURL('image/png').split(',')[1]
}"""

_NOTE = """testId => {
  const noted = (window.noted ??= {})[testId] = []
  const note = () => {
    const text = document.querySelector(`[data-testid="${testId}"]`)?.textContent
    if (text != null && text !== noted.at(-1)) noted.push(text)
  }
  new MutationObserver(note).observe(document, {subtree: true, childList: true, characterData: true})
  note()
}"""


class HousePage:
    """One tab with the page of a house."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.page: Page = context.new_page()
        self.errors: list[str] = []
        self.page.on("console", self._note)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.goto(url)

    def get(self, test_id: str) -> Locator:
        """Everything with this stable name."""
        return self.page.get_by_test_id(test_id)

    def log_in(self, account: Account) -> None:
        """Fill in the form; returns when the devices of the house are there."""
        self.submit(account.name, account.password)
        expect(self.get("whoami")).to_contain_text(account.name)
        for device in ("camera-entrance", "lighting", "frame-hall", "sprinkler-garden"):
            expect(self.get(device)).to_have_attribute("data-available", "true")

    def submit(self, name: str, password: str, *, stay: bool = False) -> None:
        """Fill in the form and send it."""
        self.page.get_by_label("Name").fill(name)
        self.page.get_by_label("Password", exact=True).fill(password)
        if stay:
            self.page.get_by_label("Stay logged in").check()
        self.get("log-in").click()

    def give_code(self, code: str) -> None:
        """Fill in the form for a code and send it."""
        self.get("login-code").locator("input").fill(code)
        self.get("give-code").click()

    def light(self, light: str) -> Locator:
        """The row of a light; its `data-on` and `data-brightness` say how it stands."""
        return self.get(f"light-{light}")

    def zone(self, zone: str) -> Locator:
        """The row of a zone; its `data-open` says how its valve stands."""
        return self.get(f"zone-{zone}")

    def pixels(self, picture: Locator) -> Image.Image:
        """What an image or a canvas shows, in its own resolution."""
        return Image.open(BytesIO(b64decode(picture.evaluate(_AS_PNG)))).convert("RGB")

    def sequence(self) -> int:
        """The number of the camera's frame that is shown, 0 before the first."""
        return int(self.get("camera-picture").get_attribute("data-sequence") or 0)

    def note(self, test_id: str) -> None:
        """Begin to note what this says: whoever looks from outside may look too late for what is soon gone."""
        self.page.evaluate(_NOTE, test_id)

    def noted(self, test_id: str) -> list[str]:
        """What it has said since, one after the other."""
        said: list[str] = self.page.evaluate("testId => window.noted[testId]", test_id)
        return said

    def close(self) -> None:
        """Close the tab, which ends its session."""
        self.page.close()

    def _note(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.errors.append(message.text)
