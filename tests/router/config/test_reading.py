"""Reading a file: JSON, its size, and what is wrong with it as JSON."""

from pathlib import Path

import msgspec
import pytest
from wampi.router.config import ConfigurationError, Node, UnreadableFileError, parse, read


def refusal(content: bytes) -> str:
    with pytest.raises(ConfigurationError) as caught:
        parse(content, "home.json")
    return str(caught.value)


def test_the_shipped_configuration_is_read() -> None:
    node = read(Path(__file__).parents[3] / "crossbar-like.json")
    assert [type(worker).__name__ for worker in node.workers] == ["RouterWorker", *["ContainerWorker"] * 4]


def test_a_configuration_cannot_be_changed() -> None:
    node = parse(b'{"version": 2, "workers": []}', "home.json")
    with pytest.raises(AttributeError):
        node.version = 3  # type: ignore[misc, assignment]


def test_broken_json_is_named_with_line_and_column() -> None:
    assert refusal(b'{"version": 2,\n "workers": [}') == (
        "home.json: is not JSON at line 2, column 14: expecting value"
    )


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is not JSON at line 1, column 1: expecting value"),
        (b'{"version": 2, "workers": []} x', "is not JSON at line 1, column 31: extra data"),
        (b'{"version": NaN}', "is not JSON: NaN is no number of JSON"),
        (b'{"version": 2, "workers": "\xff"}', "is not UTF-8 at byte 27"),
        (b"[" * 200_000, "is nested too deeply"),
        (b'{"version": ' + b"9" * 5000 + b"}", "is not JSON: "),
    ],
)
def test_what_is_no_json_is_refused_in_one_line(content: bytes, said: str) -> None:
    message = refusal(content)
    assert message.startswith(f"home.json: {said}")
    assert "\n" not in message


def test_a_byte_order_mark_is_no_error() -> None:
    assert parse(b'\xef\xbb\xbf{"version": 2, "workers": []}', "home.json").workers == ()


def test_a_key_that_stands_twice_is_refused() -> None:
    assert refusal(b'{"version": 2, "workers": [], "workers": []}') == (
        "home.json: the key 'workers' stands twice in one object"
    )


def test_a_file_that_is_not_there_is_another_error(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError) as caught:
        read(tmp_path / "none.json")
    assert str(caught.value) == f"{tmp_path}/none.json: No such file or directory"


def test_a_huge_file_is_refused_before_it_is_parsed(tmp_path: Path) -> None:
    file = tmp_path / "huge.json"
    file.write_bytes(b" " * (1024 * 1024 + 1))
    with pytest.raises(ConfigurationError, match="larger than 1 MiB"):
        read(file)


def test_what_was_read_can_be_written_and_read_again() -> None:
    node = read(Path(__file__).parents[3] / "crossbar-like.json")
    assert msgspec.json.decode(msgspec.json.encode(node), type=Node) == node
