import gzip
from pathlib import Path
from types import SimpleNamespace

import pytest
from twisted.web.test.requesthelper import DummyRequest
from wampi.router.http.page import Page, built_page, read_page
from wampi.router.transport.sender import Sender

SCRIPT = b"console.log('a script that is long enough to be compressed');" * 50


class Answer:
    """A response of the page."""

    def __init__(self, request: DummyRequest, body: bytes) -> None:
        self.code = request.responseCode or 200
        self.body = body
        self._headers = request.responseHeaders

    def __getitem__(self, name: str) -> str | None:
        values = self._headers.getRawHeaders(name)
        return None if values is None else values[-1]  # a dummy adds where a request replaces


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_bytes(b"<!doctype html><title>wampi</title>")
    (tmp_path / "favicon.svg").write_bytes(b"<svg/>")
    (tmp_path / "assets" / "index-CjIomNDc.js").write_bytes(SCRIPT)
    (tmp_path / "assets" / "plain.css").write_bytes(b"body{}")
    (tmp_path / ".secret").write_bytes(b"hidden")
    (tmp_path / "data.bin").write_bytes(b"\0\1")
    return tmp_path


@pytest.fixture
def page(folder: Path) -> Page:
    return Page(read_page(folder))


def ask(page: Page, path: str = "/", method: str = "GET", secure: bool = True, **headers: str) -> Answer:
    request = DummyRequest([])
    request.method = method.encode()
    request.path = path.encode("iso-8859-1")
    sender = Sender("192.0.2.7", "tcp:192.0.2.7:51234", secure)
    request.channel = SimpleNamespace(sender=sender)  # type: ignore[attr-defined]
    request.responseHeaders.setRawHeaders(b"server", [b"TwistedWeb/26"])
    fields = {"host": "Hub.test:8443", **{name.replace("_", "-"): value for name, value in headers.items()}}
    for name, value in fields.items():
        request.requestHeaders.setRawHeaders(name.encode(), [value.encode()])
    return Answer(request, page.render(request))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("path", "media_type"),
    [
        ("/", "text/html; charset=utf-8"),
        ("/index.html", "text/html; charset=utf-8"),
        ("/favicon.svg", "image/svg+xml"),
        ("/assets/index-CjIomNDc.js", "text/javascript; charset=utf-8"),
        ("/assets/plain.css", "text/css; charset=utf-8"),
        ("/data.bin", "application/octet-stream"),
    ],
)
def test_each_file_is_served_with_its_type(page: Page, folder: Path, path: str, media_type: str) -> None:
    answer = ask(page, path)
    file = folder / ("index.html" if path == "/" else path[1:])
    assert (answer.code, answer["content-type"], answer.body) == (200, media_type, file.read_bytes())
    assert answer["content-length"] == str(len(answer.body))


@pytest.mark.parametrize(
    "path",
    [
        "/nothing",
        "/assets",
        "/assets/",
        "/.secret",
        "/../etc/passwd",
        "/assets/../index.html",
        "/assets/..%2findex.html",
        "/%2e%2e/etc/passwd",
        "//index.html",
        "/index.html/",
        "/index.html\0",
        "/caf\xe9",
        "",
    ],
)
def test_anything_else_does_not_exist(page: Page, path: str) -> None:
    answer = ask(page, path)
    assert answer.code == 404
    assert answer.body == b"there is no such page\n"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "TRACE", "OPTIONS", "CONNECT"])
def test_only_get_and_head_are_allowed(page: Page, method: str) -> None:
    answer = ask(page, "/", method)
    assert (answer.code, answer["allow"]) == (405, "GET, HEAD")


def test_head_has_the_headers_of_get_and_no_body(page: Page) -> None:
    head, get = ask(page, "/", "HEAD"), ask(page, "/")
    assert head.body == b""
    assert (head.code, head["content-length"], head["etag"]) == (200, get["content-length"], get["etag"])


@pytest.mark.parametrize(("path", "method"), [("/", "GET"), ("/nothing", "GET"), ("/", "POST"), ("/", "HEAD")])
def test_every_response_keeps_a_browser_safe(page: Page, path: str, method: str) -> None:
    answer = ask(page, path, method)
    assert answer["server"] is None
    assert answer["x-content-type-options"] == "nosniff"
    assert answer["x-frame-options"] == "DENY"
    assert answer["referrer-policy"] == "no-referrer"
    assert answer["cross-origin-opener-policy"] == "same-origin"
    assert answer["strict-transport-security"] is None
    policy = dict(part.strip().split(" ", 1) for part in (answer["content-security-policy"] or "").split(";"))
    assert policy["default-src"] == policy["base-uri"] == policy["frame-ancestors"] == policy["object-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["form-action"] == "'self'"
    assert policy["connect-src"] == "'self' wss://hub.test:8443"
    assert policy["img-src"] == "'self' blob: data:"


def test_on_a_plain_connection_the_socket_is_plain(page: Page) -> None:
    assert "connect-src 'self' ws://hub.test:8443" in (ask(page, secure=False)["content-security-policy"] or "")


def test_what_has_its_hash_in_its_name_is_kept_for_ever_and_the_rest_is_asked_for_again(page: Page) -> None:
    assert ask(page, "/assets/index-CjIomNDc.js")["cache-control"] == "public, max-age=31536000, immutable"
    for path in ("/", "/favicon.svg", "/assets/plain.css"):
        assert ask(page, path)["cache-control"] == "no-cache"


def test_a_file_that_has_not_changed_is_not_sent_again(page: Page, folder: Path) -> None:
    etag = ask(page)["etag"]
    assert etag is not None
    answer = ask(page, if_none_match=f'"other", {etag}')
    assert (answer.code, answer.body, answer["etag"]) == (304, b"", etag)
    (folder / "index.html").write_bytes(b"changed")
    assert ask(Page(read_page(folder)), if_none_match=etag).code == 200


def test_a_large_text_is_compressed_for_those_who_take_it(page: Page) -> None:
    path = "/assets/index-CjIomNDc.js"
    compressed, plain = ask(page, path, accept_encoding="br, gzip;q=0.8"), ask(page, path)
    assert compressed["content-encoding"] == "gzip"
    assert gzip.decompress(compressed.body) == plain.body == SCRIPT
    assert len(compressed.body) < len(plain.body)
    assert compressed["etag"] != plain["etag"]
    assert compressed["vary"] == plain["vary"] == "Accept-Encoding"


@pytest.mark.parametrize("accepted", ["", "br", "gzip;q=0", "gzip; q=0.0", "identity"])
def test_those_who_do_not_take_it_get_it_plain(page: Page, accepted: str) -> None:
    assert ask(page, "/assets/index-CjIomNDc.js", accept_encoding=accepted)["content-encoding"] is None


def test_small_and_binary_files_are_not_compressed(page: Page) -> None:
    for path in ("/", "/data.bin"):
        assert ask(page, path, accept_encoding="gzip")["content-encoding"] is None


@pytest.mark.parametrize("directory", [None, "empty"])
def test_a_page_that_has_not_been_built_says_what_to_do(tmp_path: Path, directory: str | None) -> None:
    answer = ask(Page(read_page(tmp_path if directory else None)))
    assert answer.code == 503
    assert b"make web" in answer.body
    assert answer.body.count(b"\n") == 1


def test_the_built_page_is_found_where_it_is_installed() -> None:
    directory = built_page()
    assert directory is None or directory.is_dir()
