from support.transport import FakeTransport
from twisted.internet.task import Clock
from wampi.router.http.page import Page
from wampi.router.http.site import make_site


def answer(request: bytes) -> tuple[bytes, FakeTransport]:
    """Return what a site without a page says to a request."""
    site = make_site(Page({}), Clock())
    channel, transport = site.buildProtocol(None), FakeTransport()
    channel.makeConnection(transport)
    channel.dataReceived(request)
    return transport.value(), transport


def test_a_connection_is_closed_behind_its_first_response() -> None:
    data, transport = answer(b"GET / HTTP/1.1\r\nHost: hub.test\r\nConnection: keep-alive\r\n\r\n" * 2)
    assert data.startswith(b"HTTP/1.1 503 Service Unavailable\r\n")
    assert data.count(b"HTTP/1.1") == 1
    assert b"connection: close\r\n" in data.lower()
    assert transport.disconnecting


def test_no_header_names_the_server() -> None:
    for method in (b"GET", b"HEAD", b"POST", b"TRACE", b"BREW"):
        data, _ = answer(method + b" / HTTP/1.1\r\nHost: hub.test\r\n\r\n")
        assert b"\r\nserver:" not in data.lower()
        assert b"twisted" not in data.lower()


def test_the_policy_of_the_page_is_on_the_wire() -> None:
    data, _ = answer(b"GET / HTTP/1.1\r\nHost: hub.test\r\n\r\n")
    assert b"content-security-policy: default-src 'none'; script-src 'self';" in data.lower()
