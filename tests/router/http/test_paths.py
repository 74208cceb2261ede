from support.transport import FakeTransport
from twisted.internet.task import Clock
from twisted.web.resource import Resource
from wampi.router.http.page import Page, PageFile
from wampi.router.http.paths import Paths
from wampi.router.http.site import make_site


class Answering(Resource):
    """Answers with one word, also below its path."""

    isLeaf = True  # noqa: N815 -- Twisted's name

    def __init__(self, word: bytes) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._word = word

    def render(self, request: object) -> bytes:
        return self._word


def ask(root: Paths, target: str) -> tuple[int, bytes]:
    """The status and the body of the answer of a site."""
    channel, transport = make_site(root, Clock()).buildProtocol(None), FakeTransport()
    channel.makeConnection(transport)
    channel.dataReceived(f"GET {target} HTTP/1.0\r\nHost: hub.test\r\n\r\n".encode())
    head, _, body = transport.value().partition(b"\r\n\r\n")
    return int(head.split(b" ")[1]), body


def test_a_request_goes_to_the_resource_at_its_path_and_others_to_the_page() -> None:
    page = Page({"/": PageFile(b"the page", None, "text/html", "1", is_immutable=False)})
    root = Paths({"/publish": Answering(b"publish"), "/call": Answering(b"call")}, page)
    assert ask(root, "/publish?key=1") == (200, b"publish")
    assert ask(root, "/call/below") == (200, b"call")
    assert ask(root, "/") == (200, b"the page")
    assert ask(root, "/publishes")[0] == 404
    assert ask(root, "//publish")[0] == 404


def test_the_root_may_be_a_resource_too() -> None:
    root = Paths({"/": Answering(b"root")})
    assert ask(root, "/") == (200, b"root")
    assert ask(root, "/other") == (404, b"there is nothing here\n")
