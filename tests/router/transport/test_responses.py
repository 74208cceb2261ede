from wampi.router.transport.responses import response


def test_a_response_is_whole_and_closes_the_connection() -> None:
    head, _, body = response(400, "what was wrong").partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    assert lines[0] == "HTTP/1.1 400 Bad Request"
    assert body == b"what was wrong\n"
    assert {"Connection: close", "Content-Length: 15", "X-Content-Type-Options: nosniff"} <= set(lines)


def test_what_a_client_sent_cannot_break_out_of_its_line() -> None:
    body = response(400, "a\r\nSet-Cookie: x\x1b[2J é " + "z" * 1000).partition(b"\r\n\r\n")[2]
    assert body.count(b"\n") == 1
    assert len(body) == 201


def test_headers_can_be_added_and_an_unknown_code_has_a_phrase() -> None:
    head = response(599, "x", {"Allow": "GET"}).partition(b"\r\n\r\n")[0]
    assert head.startswith(b"HTTP/1.1 599 Error\r\n")
    assert b"Allow: GET" in head
