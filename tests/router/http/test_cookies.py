import pytest
from wampi.router.http.cookies import clear_cookie, read, set_cookie


def test_the_cookie_is_for_this_host_alone_and_for_no_script() -> None:
    assert set_cookie("wampi", "v", 60) == ("__Host-wampi=v; Max-Age=60; Path=/; Secure; HttpOnly; SameSite=Strict")
    assert clear_cookie("wampi").startswith("__Host-wampi=; Max-Age=0; Path=/; Secure")


@pytest.mark.parametrize(
    ("fields", "value"),
    [
        (["__Host-wampi=abc"], "abc"),
        (["a=b; __Host-wampi=abc; c=d"], "abc"),
        (["a=b", "__Host-wampi=a_b-9"], "a_b-9"),
        ([], None),
        (["__Host-wampi="], None),
        (["wampi=abc"], None),
        (["__host-wampi=abc"], None),
        (["__Host-wampi=a b"], None),
        (["__Host-wampi=" + "a" * 300], None),
        (["__Host-wampi=abc; __Host-wampi=def"], None),
        (["__Host-wampi=abc", "__Host-wampi=abc"], None),
    ],
)
def test_a_cookie_is_read_when_it_is_there_once(fields: list[str], value: str | None) -> None:
    assert read(fields, "__Host-wampi") == value


@pytest.mark.parametrize("before", ["\xa0", " \xa0", "\x85", "\u2000", "\x1c", "\v"])
def test_a_cookie_that_browsers_take_for_another_is_another(before: str) -> None:
    assert read([f"a=b;{before}__Host-wampi=planted"], "__Host-wampi") is None
    assert read([f"__Host-wampi=own; {before}__Host-wampi=planted"], "__Host-wampi") == "own"
