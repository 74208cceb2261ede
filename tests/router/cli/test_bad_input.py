"""Bad input, generated from the declared commands: one clear line, the right exit status, nothing done."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from support.commands import leaves
from wampi.router.cli import accounts, arguments, credentials, main, make_parser, rights

ANYTHING_BAD = ("", "a\0b", "x" * 100_000)
BAD_VALUES: dict[object, tuple[str, ...]] = {
    arguments.file: ANYTHING_BAD,
    arguments.directory: (*ANYTHING_BAD, __file__),
    arguments.uri: ("", "a..b", "a.", ".", "a b", "a#b", "a\nb", "x" * 256, "\x1b[31m\n"),
    arguments.pattern: ("a b", "a#b", "a\nb", "x" * 256, "\x1b[31m\n"),
    arguments.seconds: ("", "x", "0", "-1", "nan", "inf", "1e9", "86401"),
    arguments.count: ("", "x", "0", "-1", "1.5", "1e3", "²", "9" * 100),
    arguments.number: ("", "x", "0", "-1", "1.5", "1e3", "9007199254740993", "9" * 100),
    arguments.json_value: ("", "foo", "{", "[1,]", "'a'", "[" * 100_000),
    arguments.keyword: ("", "x", "=1", "x=", "x=foo", "a b"),
    accounts.person: ("", "Anna", "a b", "a\n", "\x1b[31m", "x" * 129, "\uff41nna"),
    accounts._device: ("", "Bell", "front-door", "a b", "x" * 129),
    accounts._prefix: ("", "wamp.x", "wampi.admin.x", "Org.Example", "a..b", "a b", "x" * 256),
    credentials._account: ("", "Anna", "a b", "a\n", "\x1b[31m", "x" * 129),
    credentials._label: ("", "a\nb", "\x1b[31m", "x" * 65),
    credentials._role: ("", "device:x", "router:x", "a\nb", "x" * 129),
    credentials._days: ("", "x", "0", "-1", "1.5", "36501", "²", "9" * 100),
    credentials._public_key: ("", "ab", "zz" * 32, "ab" * 33),
    rights._prefix: ("", "wampi", "wampi.", "wamp.x", "wampi.admin.user", "a..b", "a b", "x" * 256),
    rights.moment: ("", "sunday", "2027-13-01", "1", "99999-01-01", "0000-00-00"),
    rights.end_of: ("", "sunday", "2027-13-01", "1", "99999-01-01", "2027-05-01T25:00"),
}
"""Kind of argument -> texts that are not of that kind."""

GOOD_VALUES: dict[object, str] = {
    arguments.file: "/tmp/file",
    arguments.uri: "a.b",
    arguments.pattern: "a..b",
    accounts.person: "anna",
    accounts._device: "bell",
    accounts._prefix: "org.example.bell",
    credentials._account: "anna",
    credentials._public_key: "ab" * 32,
    rights._prefix: "org.example.bell",
    arguments.number: "7",
    None: "guest",
}


@dataclass(frozen=True)
class BadLine:
    """A command line that makes no sense, and what the message about it must name."""

    problem: str
    arguments: tuple[str, ...]
    culprit: str


def required_of(parser: argparse.ArgumentParser) -> dict[str, tuple[str, ...]]:
    """The arguments that a command cannot do without: name -> how they are given."""
    given = {
        str(action.metavar): (GOOD_VALUES[action.type],)
        for action in parser._actions
        if not action.option_strings and action.nargs != "*"
    }
    for group in parser._mutually_exclusive_groups:
        if group.required:
            option = group._group_actions[0]
            given[option.option_strings[0]] = (option.option_strings[0], GOOD_VALUES[option.type])
    return given


def bad_lines() -> Iterator[BadLine]:
    for words, parser in leaves(make_parser()):
        required = required_of(parser)
        good = tuple(part for parts in required.values() for part in parts)
        yield BadLine("unknown option", (*words, *good, "--colour"), "--colour")
        for name in required:
            rest = tuple(part for other, parts in required.items() if other != name for part in parts)
            # Of several positional arguments another may be the one that is named.
            culprit = name if name.startswith("-") else "argument"
            yield BadLine(f"missing {name}", (*words, *rest), culprit)
        for action in parser._actions:
            yield from bad_values(words, parser, action, good, required)


def positionals_before(action: argparse.Action, parser: argparse.ArgumentParser) -> list[argparse.Action]:
    positionals = [other for other in parser._actions if not other.option_strings]
    return positionals[: positionals.index(action)]


def bad_values(
    words: tuple[str, ...],
    parser: argparse.ArgumentParser,
    action: argparse.Action,
    good: tuple[str, ...],
    required: dict[str, tuple[str, ...]],
) -> Iterator[BadLine]:
    if action.option_strings and action.nargs != 0:
        option = action.option_strings[0]
        others = good if option not in required else ()
        positional = tuple(p for n, parts in required.items() if not n.startswith("-") for p in parts)
        yield BadLine(f"{option} without its value", (*words, *positional, option), option)
        values = ("no such choice",) if action.choices else BAD_VALUES.get(action.type, ())
        for value in values:
            yield BadLine(f"{option} {value[:20]!a}", (*words, *(others or positional), f"{option}={value}"), option)
    elif not action.option_strings:
        options = tuple(p for n, parts in required.items() if n.startswith("-") for p in parts)
        before = [GOOD_VALUES[other.type] for other in positionals_before(action, parser)]
        for value in BAD_VALUES.get(action.type, ()):
            # Behind "--" a word is never taken for an option.
            line = (*words, *options, "--", *before, value)
            yield BadLine(f"{action.metavar} {value[:20]!a}", line, str(action.metavar))


LINES = list(bad_lines())


def test_every_command_is_in_here() -> None:
    words = {" ".join(words) for words, _ in leaves(make_parser())}
    assert words == {
        "up", "check", "user add", "user list", "user passwd", "user remove", "user totp", "device add", "device list",
        "device renew", "device remove", "token add", "token list", "token revoke", "key add", "key list", "key remove",
        "key hub", "ca show", "ca renew", "call", "publish", "subscribe",
        "passkey list", "passkey remove", "identity list", "identity link", "identity unlink",
        "user role", "user disable", "user enable", "device disable", "device enable", "grant add", "grant list",
        "grant revoke", "role list", "role reload", "role review", "session list", "session kick", "audit",
    }  # fmt: skip
    assert len(LINES) > 150


def test_every_kind_of_argument_is_tried() -> None:
    kinds = {action.type for _, parser in leaves(make_parser()) for action in parser._actions if action.type}
    assert kinds == set(BAD_VALUES)


@pytest.mark.parametrize("line", LINES, ids=lambda line: f"{' '.join(line.arguments[:2])[:30]!a}: {line.problem}")
def test_bad_input_is_one_clear_line_and_status_2(
    line: BadLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WAMPI_DATA", str(tmp_path / "data"))
    with pytest.raises(SystemExit) as ended:
        main(line.arguments)
    output = capsys.readouterr()
    assert ended.value.code == 2
    assert output.out == ""
    message = output.err.removesuffix("\n")
    assert message.isprintable() and len(message) < 1100
    assert message.startswith("wampi")
    assert line.culprit in message
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("words", [(), ("user",), ("device",), ("nonsense",), ("user", "nonsense")])
def test_a_missing_or_unknown_command_is_one_line(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize("words", [words for words, _ in leaves(make_parser())])
def test_every_command_explains_itself(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*words, "--help"])
    assert ended.value.code == 0
    assert "--data" in capsys.readouterr().out
