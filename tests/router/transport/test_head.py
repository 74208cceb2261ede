import pytest
from wampi.router.transport.head import (
    BadRequest,
    RequestHead,
    check_body,
    check_host,
    check_origin,
    check_query,
    parse_head,
)


def head(*lines: str, request: str = "GET /ws?x=1 HTTP/1.1", host: str | None = "Host: hub.test:8443") -> RequestHead:
    fields = [*([host] if host is not None else []), *lines]
    return parse_head("\r\n".join([request, *fields, "", ""]).encode("iso-8859-1"))


def code_of(action: object, *arguments: object) -> int:
    with pytest.raises(BadRequest) as refusal:
        action(*arguments)  # type: ignore[operator]
    assert "\n" not in refusal.value.message
    return refusal.value.code


def test_a_head_is_a_request_line_and_fields() -> None:
    parsed = head("Accept: a", "accept:b", "X-Empty:", "X-Spaces: \t v \t")
    assert (parsed.method, parsed.target, parsed.path, parsed.host) == ("GET", "/ws?x=1", "/ws", "hub.test:8443")
    assert parsed.fields["accept"] == ["a", "b"]
    assert (parsed.fields["x-empty"], parsed.fields["x-spaces"]) == ([""], ["v"])


@pytest.mark.parametrize(
    "request_line",
    [
        "",
        "GET /",
        "GET  / HTTP/1.1",
        "get / HTTP/1.1",
        "GET / HTTP/2.0",
        "GET / HTTP/1.1 ",
        "GET http://hub.test/ HTTP/1.1",
        "OPTIONS * HTTP/1.1",
        "GET /\x01 HTTP/1.1",
        "GET /\xe9 HTTP/1.1",
        "CONNECT hub.test:80 HTTP/1.1",
    ],
)
def test_a_malformed_request_line_is_refused(request_line: str) -> None:
    assert code_of(lambda: head(request=request_line)) == 400


@pytest.mark.parametrize(
    "line",
    [
        "no colon",
        ": no name",
        "Space : before colon",
        " Folded: line",
        "Control: \x00",
        "Return: a\rb",
        "Line: a\nOrigin: https://hub.test",
        "Next-Line: a\x85Origin: https://hub.test",
        "Form-Feed: a\x0cb",
        "Näme: x",
    ],
)
def test_a_malformed_field_is_refused(line: str) -> None:
    assert code_of(lambda: head(line)) == 400


@pytest.mark.parametrize(
    "lines",
    [
        ("Host: hub.test:8443",),
        ("Origin: https://a", "Origin: https://b"),
        ("Content-Length: 1", "content-length: 2"),
        ("Content-Length: 1", "Transfer-Encoding: chunked"),
        ("Sec-WebSocket-Key: a", "Sec-WebSocket-Key: b"),
    ],
)
def test_fields_that_could_be_read_in_two_ways_are_refused(lines: tuple[str, ...]) -> None:
    assert code_of(lambda: head(*lines)) == 400


def test_a_head_without_a_host_is_refused() -> None:
    assert code_of(lambda: head(host=None)) == 400


@pytest.mark.parametrize("value", ["websocket", "WebSocket", "h2c, websocket"])
def test_an_upgrade_to_websocket_is_recognised(value: str) -> None:
    assert head(f"Upgrade: {value}").wants_websocket


@pytest.mark.parametrize("value", ["", "h2c", "websockets"])
def test_other_upgrades_are_not_websocket(value: str) -> None:
    assert not head(f"Upgrade: {value}").wants_websocket


HOSTS = frozenset({"hub.test", "192.0.2.1", "2001:db8::1"})


@pytest.mark.parametrize("host", ["hub.test", "hub.test:8443", "HUB.test", "192.0.2.1:80", "[2001:DB8:0::1]:443"])
def test_a_host_of_the_list_is_admitted(host: str) -> None:
    check_host(head(host=f"Host: {host}"), HOSTS)


@pytest.mark.parametrize("host", ["evil.example", "hub.test.evil.example", "xhub.test", "192.0.2.2", "[::1]", "hub"])
def test_a_host_that_is_not_on_the_list_is_misdirected(host: str) -> None:
    assert code_of(check_host, head(host=f"Host: {host}"), HOSTS) == 421


@pytest.mark.parametrize("host", ["", "hub.test:", "hub.test:x", "a b", "user@hub.test", "hub.test;", "[::1", "'x'"])
def test_a_malformed_host_is_refused_even_where_any_is_admitted(host: str) -> None:
    assert code_of(check_host, head(host=f"Host: {host}"), None) == 400


def test_without_a_list_any_host_is_admitted() -> None:
    check_host(head(host="Host: anything"), None)


def test_a_request_that_is_not_from_a_browser_has_no_origin() -> None:
    check_origin(head(), "https")


def test_the_pages_own_origin_is_admitted() -> None:
    check_origin(head("Origin: https://hub.test:8443"), "https")
    check_origin(head("Origin: http://hub.test:8443"), "http")
    check_origin(head("Origin: https://hub.test", host="Host: Hub.test"), "https")


@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "",
        "http://hub.test:8443",
        "https://hub.test",
        "https://hub.test:443",
        "https://hub.test:8443.evil.example",
        "https://hub.test:8443/",
        "https://evil.example",
        "https://sub.hub.test:8443",
        "file://",
    ],
)
def test_any_other_origin_is_refused(origin: str) -> None:
    assert code_of(check_origin, head(f"Origin: {origin}"), "https") == 403


def test_a_body_may_be_as_large_as_is_allowed() -> None:
    check_body(head(), 0)
    check_body(head("Content-Length: 0"), 0)
    check_body(head("Content-Length: 100"), 100)


@pytest.mark.parametrize(
    ("field", "code"),
    [
        ("Content-Length: 101", 413),
        ("Content-Length: 99999999999999999999", 413),
        ("Content-Length: -1", 400),
        ("Content-Length: ", 400),
        ("Content-Length: 1 2", 400),
        ("Content-Length: ²", 400),
        ("Transfer-Encoding: chunked", 411),
    ],
)
def test_a_larger_or_unknown_body_is_refused(field: str, code: int) -> None:
    assert code_of(check_body, head(field), 100) == code


def test_a_query_of_more_than_a_hundred_names_is_refused() -> None:
    assert len(head(request=f"GET /ws?{'a&' * 99}a HTTP/1.1").query) == 100
    assert code_of(check_query, head(request=f"GET /ws?{'a&' * 100}a HTTP/1.1")) == 400
