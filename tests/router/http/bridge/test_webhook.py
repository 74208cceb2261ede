import pytest
from support.bridge import Bridge
from support.core import Client

TEXT = {"Content-Type": "text/plain", "X-Github-Event": "ping"}


@pytest.fixture
def bridge() -> Bridge:
    return Bridge()


def subscriber(bridge: Bridge) -> Client:
    client = bridge.router.client()
    client.subscribe("com.example.hook")
    return client


def test_headers_and_body_go_out_as_they_came(bridge: Bridge) -> None:
    client = subscriber(bridge)
    answer = bridge.post("/hook", "fräsh".encode(), fields=TEXT).answer
    assert (answer.code, answer.body, answer.fields["content-type"]) == (202, b"OK", "text/plain; charset=utf-8")
    [[*_, args]] = client.take()
    assert args == [
        {
            "headers": {
                "Host": ["hub.test"], "Content-Type": ["text/plain"],
                "X-Github-Event": ["ping"], "Content-Length": ["6"],
            },
            "body": "fräsh",
        }
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["Authorization", "cookie", "Proxy-Authorization"])
def test_what_lets_somebody_in_elsewhere_does_not_go_out(bridge: Bridge, name: str) -> None:
    client = subscriber(bridge)
    bridge.post("/hook", b"", fields={name: "Basic c2VjcmV0"})
    assert "c2VjcmV0" not in str(client.take())


@pytest.mark.parametrize(
    "media_type", ["", "application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]
)
def test_the_type_of_the_body_is_the_senders_affair(bridge: Bridge, media_type: str) -> None:
    client = subscriber(bridge)
    assert bridge.post("/hook", b"--x\r\na=b&c", fields={"Content-Type": media_type}).answer.code == 202
    assert client.take()[0][4][0]["body"] == "--x\r\na=b&c"


@pytest.mark.parametrize("body", [b"\xff\xfe", b"\0", b"\0AQI="])
def test_a_body_that_is_no_text_is_refused(bridge: Bridge, body: bytes) -> None:
    assert bridge.post("/hook", body, fields=TEXT).answer.code == 400


def test_each_path_says_what_its_sender_is_told(bridge: Bridge) -> None:
    answer = bridge.post("/closed", b"x", fields=TEXT).answer
    assert (answer.code, answer.body) == (500, b"alas")
    [line] = [fields for event, fields in bridge.log.lines if event == "webhook not published"]
    assert line == {"path": "/closed", "topic": "com.example.forbidden", "reason": "wamp.error.not_authorized"}
