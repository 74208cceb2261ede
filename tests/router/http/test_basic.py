from base64 import b64encode

import pytest
from wampi.router.http.basic import read


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Aladdin:open sesame", ("Aladdin", "open sesame")),
        ("test:123£", ("test", "123£")),
        ("anna:a:b:", ("anna", "a:b:")),
        (":", ("", "")),
    ],
)
def test_name_and_password_are_parted_by_the_first_colon_and_are_utf_8(text: str, expected: tuple[str, str]) -> None:
    assert read(b64encode(text.encode()).decode()) == expected


def test_the_examples_of_rfc_7617() -> None:
    assert read("QWxhZGRpbjpvcGVuIHNlc2FtZQ==") == ("Aladdin", "open sesame")
    assert read("dGVzdDoxMjPCow==") == ("test", "123£")


@pytest.mark.parametrize(
    "carried", ["", "no colon", b64encode(b"anna").decode(), b64encode(b"\xff:a").decode(), "YTpi\n"]
)
def test_anything_else_is_nothing(carried: str) -> None:
    assert read(carried) is None
