"""`wampi user` and `wampi device`, on a hub that does not run."""

from __future__ import annotations

import codecs
import os
import re
import stat
import subprocess
import time
from pathlib import Path

import pytest
from support.authenticator_app import AuthenticatorApp
from support.node import WAMPI, environment, wampi
from support.qr_reader import read_blocks

PASSWORD = "five green bottles on the wall"


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with an owner, anna, and a device, bell."""
    data = tmp_path_factory.mktemp("hub") / "data"
    assert wampi("user", "add", "anna", "--role", "owner", stdin=f"{PASSWORD}\n", data=data).returncode == 0
    assert wampi("device", "add", "bell", "--prefix", "org.example.bell", data=data).returncode == 0
    return data


def test_accounts_are_listed_with_their_rights(hub: Path) -> None:
    head, anna = wampi("user", "list", data=hub).stdout.splitlines()
    assert head.split("  ")[0] == "name"
    assert anna.split()[:3] == ["anna", "owner", "yes"]
    _, bell = wampi("device", "list", data=hub).stdout.splitlines()
    assert bell.split()[:3] == ["bell", "org.example.bell.", "yes"]


def test_the_key_of_a_device_is_in_a_file_that_only_its_owner_reads_and_nowhere_else(hub: Path) -> None:
    key = hub / "keys" / "bell.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert len(key.read_text().strip()) >= 43  # 256 bits
    renewed = wampi("device", "renew", "bell", data=hub)
    assert key.read_text().strip() not in renewed.stdout + renewed.stderr


def test_a_key_can_be_put_elsewhere(hub: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "usb" / "gate.key"
    done = wampi("device", "add", "gate", "--prefix", "org.example.gate", "--key-file", str(elsewhere), data=hub)
    assert done.stdout == f"gate can log in with the key in {elsewhere}\n"
    assert elsewhere.exists()
    assert wampi("device", "remove", "gate", "--key-file", str(elsewhere), data=hub).returncode == 0
    assert not elsewhere.exists()


@pytest.mark.parametrize(
    ("command", "stdin", "status", "said"),
    [
        (("user", "add", "anna"), PASSWORD, 1, "there is an account 'anna' already: choose another name"),
        (("user", "add", "ben"), "short", 1, "the password has 5 characters and needs 15 at least"),
        (("user", "add", "ben"), "", 1, "the password has 0 characters"),
        (("user", "add", "ben"), "password1234567", 1, "the password is among the first that anyone would try"),
        (("user", "add", "ben", "--role", "residnt"), PASSWORD, 2, "has no role 'residnt'; did you mean 'resident'?"),
        (("user", "add", "ben", "--config", "/none.json"), PASSWORD, 1, "/none.json: No such file or directory"),
        (("user", "passwd", "nobody"), PASSWORD, 1, "there is no account 'nobody'"),
        (("user", "passwd", "bell"), PASSWORD, 1, "'bell' is a device: see wampi device --help"),
        (("user", "passwd", "anna"), "short", 1, "the password has 5 characters"),
        (("user", "remove", "bell"), "", 1, "'bell' is a device"),
        (("device", "add", "bell", "--role", "camera"), "", 1, "there is an account 'bell' already"),
        (("device", "add", "knob", "--prefix", "org.example.bell.knob"), "", 1, "overlaps with org.example.bell."),
        (("device", "remove", "anna"), "", 1, "'anna' is a person: see wampi user --help"),
        (("device", "renew", "nobody"), "", 1, "there is no account 'nobody'"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_changes_nothing(
    hub: Path, command: tuple[str, ...], stdin: str, status: int, said: str
) -> None:
    before = wampi("user", "list", data=hub).stdout + wampi("device", "list", data=hub).stdout
    failed = wampi(*command, stdin=f"{stdin}\n", data=hub)
    assert failed.returncode == status
    assert failed.stderr.startswith(f"wampi {command[0]} {command[1]}: ")
    assert failed.stderr.count("\n") == 1
    assert said in failed.stderr
    assert wampi("user", "list", data=hub).stdout + wampi("device", "list", data=hub).stdout == before


@pytest.mark.parametrize("command", [("user", "list"), ("user", "passwd", "anna"), ("device", "remove", "bell")])
def test_a_directory_without_accounts_is_not_made_into_one(tmp_path: Path, command: tuple[str, ...]) -> None:
    failed = wampi(*command, data=tmp_path / "none")
    assert failed.returncode == 1
    assert "there are no accounts in" in failed.stderr
    assert not (tmp_path / "none").exists()


def test_a_password_that_is_no_text_is_one_line(hub: Path) -> None:
    import subprocess

    failed = subprocess.run(
        [*WAMPI, "user", "passwd", "anna", "--data", str(hub)],
        input=b"\xff\xfe" * 20 + b"\n",
        capture_output=True,
        check=False,
        env=environment(),
    )
    assert failed.returncode == 1
    assert failed.stderr == b"wampi user passwd: the password on standard input is not UTF-8 text\n"


def typed(hub: Path, command: tuple[str, ...], *lines: str, **variables: str) -> tuple[int, str]:
    """Run a command on a terminal and type; returns the exit status and what the terminal showed."""
    import pty

    pid, terminal = pty.fork()
    if pid == 0:
        os.execve(WAMPI[0], [*WAMPI, *command, "--data", str(hub)], environment(**variables))
    shown, decode = "", codecs.getincrementaldecoder("utf-8")().decode
    for line in lines:
        while not shown.endswith(": "):
            shown += decode(os.read(terminal, 1000))
        os.write(terminal, f"{line}\n".encode())
        shown += "\n"
    try:
        while data := os.read(terminal, 1000):
            shown += decode(data)
    except OSError:
        pass  # the terminal's other side is closed (pty(7))
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), shown


def test_on_a_terminal_a_password_is_asked_for_twice_and_not_shown(hub: Path) -> None:
    new = "a rather quiet afternoon tea"
    status, shown = typed(hub, ("user", "passwd", "anna"), new, new)
    assert status == 0
    assert "New password for anna: " in shown and "The same again: " in shown
    assert new not in shown
    assert "anna has a new password." in shown


def test_two_different_passwords_change_nothing(hub: Path) -> None:
    status, shown = typed(
        hub, ("user", "passwd", "anna"), "a rather quiet afternoon tea", "a rather loud afternoon tea"
    )
    assert status == 1
    assert "the two passwords differ: nothing was changed" in shown


def test_a_weak_password_is_refused_before_it_is_asked_for_again(hub: Path) -> None:
    status, shown = typed(hub, ("user", "passwd", "anna"), "short")
    assert status == 1
    assert "The same again" not in shown


def test_a_second_factor_is_set_once_its_code_is_right(tmp_path: Path) -> None:
    data = tmp_path / "data"
    wampi("user", "add", "anna", "--role", "owner", stdin=f"{PASSWORD}\n", data=data)
    with subprocess.Popen(
        [*WAMPI, "user", "totp", "anna", "--data", str(data)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment(),
    ) as command:
        assert command.stdin is not None
        assert command.stdout is not None
        shown = [command.stdout.readline() for _ in range(4)]
        app = AuthenticatorApp(shown[2].strip())
        command.stdin.write(f"{app.code(time.time())}\n")
        command.stdin.close()
        rest = command.stdout.read()
    assert command.returncode == 0
    assert len(re.findall(r"    \w{4}-\w{4}-\w{4}-\w{4}\n", rest)) == 10
    short = wampi("user", "passwd", "anna", stdin="plum7kite\n", data=data)
    assert short.returncode == 0, short.stderr
    kept = wampi("user", "totp", "anna", "--off", data=data)
    assert "too short without a second factor" in kept.stderr
    wampi("user", "passwd", "anna", stdin=f"{PASSWORD}\n", data=data)
    assert wampi("user", "totp", "anna", "--off", data=data).stdout == "anna logs in with the password alone now.\n"


def test_on_a_terminal_the_key_can_be_scanned(hub: Path) -> None:
    status, shown = typed(hub, ("user", "totp", "anna"), "000000", TERM="xterm-256color")
    assert status == 1
    drawn = [line for line in shown.splitlines() if "\x1b[" in line]
    uri = re.search(r"otpauth://\S+", shown)
    assert uri is not None
    assert read_blocks("\n".join(drawn)) == uri[0]


@pytest.mark.parametrize("variables", [{"TERM": "dumb"}, {"TERM": "xterm", "PYTHONIOENCODING": "ascii"}])
def test_a_terminal_that_cannot_show_it_shows_the_key_alone(hub: Path, variables: dict[str, str]) -> None:
    _, shown = typed(hub, ("user", "totp", "anna"), "000000", **variables)
    assert "otpauth://totp/" in shown
    assert "\x1b[" not in shown


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (("anna",), "the code is not right"),
        (("anna", "--off"), "'anna' has no second factor"),
        (("bell",), "has a random key, which needs no second factor"),
        (("nobody",), "there is no account 'nobody'"),
    ],
)
def test_a_second_factor_that_can_not_be_changed_is_one_line(hub: Path, command: tuple[str, ...], said: str) -> None:
    failed = wampi("user", "totp", *command, stdin="no code\n", data=hub)
    assert (failed.returncode, failed.stderr.count("\n")) == (1, 1)
    assert said in failed.stderr
