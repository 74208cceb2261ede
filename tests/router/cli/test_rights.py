"""`wampi grant`, `role`, `session`, `audit`, and the accounts of a hub that runs: what changes takes effect at once."""

from __future__ import annotations

import json
import re
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from support.controller import CallRefused, Controller, controller
from support.node import WAMPI, RunningNode, environment, house_configuration, wampi
from support.waiting import PATIENCE_SECONDS

PASSWORD, OTHER_PASSWORD = "five green bottles on the wall", "six green bottles on the wall"
GARDEN = "wampi.sprinkler.garden"


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningNode]:
    with RunningNode(tmp_path_factory.mktemp("hub"), house_configuration()) as node:
        node.start("listening path=")
        yield node


@pytest.fixture(scope="module")
def password_file(node: RunningNode) -> Path:
    """Makes anna, a guest; the file has her password."""
    assert done(node, "user", "add", "anna", "--role", "guest", stdin=PASSWORD).startswith("anna can log in now")
    file = node.data.parent / "anna.txt"
    file.touch(mode=0o600)
    file.write_text(f"{PASSWORD}\n")
    return file


def done(node: RunningNode, *command: str, stdin: str = "") -> str:
    ran = node.run(*command, stdin=f"{stdin}\n")
    assert (ran.returncode, ran.stderr) == (0, ""), ran.stderr
    return ran.stdout


@contextmanager
def watching(node: RunningNode, password_file: Path) -> Iterator[subprocess.Popen[str]]:
    """Anna, who watches until something ends that."""
    known = node.log.count("session joined realm=home")
    arguments = ["wampi...state", "--match", "wildcard", "--user", "anna", "--password-file", str(password_file)]
    command = [*WAMPI, "subscribe", *arguments, "--data", str(node.data)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment()) as process:
        try:
            node.wait_for("session joined realm=home", times=known + 1)
            yield process
        finally:
            process.kill()


def has_left(node: RunningNode, authid: str, since: int) -> bool:
    return re.search(rf"session left realm=home session=\d+ authid={authid} reason=wampi", node.log[since:]) is not None


@pytest.mark.parametrize(
    ("command", "stdin", "undo"),
    [
        (("user", "disable", "anna"), "", ("user", "enable", "anna")),
        (("user", "role", "anna", "resident"), "", ("user", "role", "anna", "guest")),
        (("user", "passwd", "anna"), OTHER_PASSWORD, None),
    ],
)
def test_what_takes_a_login_away_has_ended_the_session_when_the_command_is_done(
    node: RunningNode, password_file: Path, command: tuple[str, ...], stdin: str, undo: tuple[str, ...] | None
) -> None:
    since = len(node.log)
    with watching(node, password_file) as anna:
        done(node, *command, stdin=stdin)
        assert has_left(node, "anna", since)
        assert anna.wait(PATIENCE_SECONDS) == 1
        assert anna.stderr is not None and "wampi.close.revoked" in anna.stderr.read()
    if undo is not None:
        done(node, *undo)
    else:
        done(node, "user", "passwd", "anna", stdin=PASSWORD)


def test_somebody_who_is_kicked_goes_and_may_come_again(node: RunningNode, password_file: Path) -> None:
    with watching(node, password_file) as anna:
        assert "anna  guest" in re.sub(" +", "  ", done(node, "session", "list"))
        assert done(node, "session", "kick", "--user", "anna") == "1 session ended.\n"
        assert anna.wait(PATIENCE_SECONDS) == 1
    with watching(node, password_file):
        line = next(line for line in done(node, "session", "list").splitlines() if " anna " in line)
        assert done(node, "session", "kick", "--session", line.split()[0]) == "The session is ended.\n"


def test_a_device_that_is_disabled_is_gone_and_gets_its_key_anew(node: RunningNode) -> None:
    done(node, "device", "add", "bell", "--prefix", "org.example.bell")
    key = node.data / "keys" / "bell.key"
    since = len(node.log)
    with controller(node.data / "router.sock", "bell", key.read_text().strip()) as bell:
        bell.call("wamp.subscription.match", "org.example.bell.state")
        done(node, "device", "disable", "bell")
        assert has_left(node, "bell", since)
    with pytest.raises(AssertionError, match="the router refused"):
        joined(node, "bell", key)
    done(node, "device", "enable", "bell")
    joined(node, "bell", key)
    before = key.read_text()
    done(node, "device", "renew", "bell")
    assert key.read_text() != before
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    joined(node, "bell", key)
    done(node, "device", "remove", "bell")
    assert not key.exists()


def joined(node: RunningNode, authid: str, key: Path) -> None:
    with controller(node.data / "router.sock", authid, key.read_text().strip()) as session:
        assert isinstance(session, Controller)


def test_a_grant_holds_at_once_and_no_longer_than_it_is_there(node: RunningNode, password_file: Path) -> None:
    call = ("call", f"{GARDEN}.stop_all", "--user", "anna", "--password-file", str(password_file))
    assert "wamp.error.not_authorized" in node.run(*call).stderr
    said = done(node, "grant", "add", "anna", GARDEN, "--until", "2100-05-02")
    assert said.startswith(f"anna may operate {GARDEN}.* until 2100-05-03 00:00:00 (grant ")
    number = re.findall(r"grant (\d+)", said)[0]
    assert "wamp.error.no_such_procedure" in node.run(*call).stderr  # allowed now; there is no sprinkler here
    assert done(node, "grant", "list").splitlines()[1].split()[:4] == [number, "anna", "operate", f"{GARDEN}."]
    assert done(node, "grant", "revoke", number) == f"anna may no longer operate {GARDEN}.* by this grant.\n"
    assert "wamp.error.not_authorized" in node.run(*call).stderr


def test_roles_are_read_again_from_the_configuration_and_a_broken_one_changes_nothing(
    node: RunningNode, password_file: Path
) -> None:
    call = ("call", "wamp.session.count", "--user", "anna", "--password-file", str(password_file))
    assert "wamp.error.not_authorized" in node.run(*call).stderr
    configuration = json.loads(node.configuration.read_text())
    before = json.dumps(configuration)
    [guest] = [role for role in configuration["workers"][0]["realms"][0]["roles"] if role["name"] == "guest"]
    guest["permissions"].append({"uri": "wamp.session.count", "allow": {"call": True}})
    try:
        node.configuration.write_text(json.dumps(configuration))
        assert "wamp.session.count" not in done(node, "role", "list")
        done(node, "role", "reload")
        assert re.search(r"guest +wamp\.session\.count +exact +call", done(node, "role", "list"))
        assert node.run(*call).stdout.strip().isdigit()
        node.configuration.write_text("{")
        failed = node.run("role", "reload")
        assert (failed.returncode, failed.stderr.count("\n")) == (1, 1)
        assert "nothing was changed" in failed.stderr
        assert node.run(*call).returncode == 0
    finally:
        node.configuration.write_text(before)
        done(node, "role", "reload")
    assert done(node, "role", "review") == "The authorizers have been asked again; 0 rights taken back.\n"
    assert "wamp.error.not_authorized" in node.run(*call).stderr


def test_the_audit_trail_has_who_did_what_by_which_way_and_no_secret(node: RunningNode, password_file: Path) -> None:
    wrong = node.data.parent / "wrong.txt"
    wrong.touch(mode=0o600)
    wrong.write_text("not the password at all\n")
    node.run("call", "a.b", "--user", "anna", "--password-file", str(wrong))
    done(node, "user", "add", "carl", stdin=OTHER_PASSWORD)
    done(node, "user", "remove", "carl")
    shown = done(node, "audit")
    assert re.search(r"refused +anna +unix +\S* *login refused +.*wrong secret", shown)
    assert re.search(r'change +\S+ +unix +console +user\.add +name="carl" role="resident"', shown)
    assert re.search(r'change +\S+ +unix +console +user\.remove +name="carl"', shown)
    assert PASSWORD not in shown and OTHER_PASSWORD not in shown
    only = done(node, "audit", "--kind", "refused", "--who", "anna", "--count", "1")
    assert len(only.splitlines()) == 2


@pytest.mark.parametrize(
    ("command", "status", "said"),
    [
        (("user", "remove", "owner"), 1, "'owner' is the last owner: make another one first"),
        (("user", "disable", "owner"), 1, "'owner' is the last owner"),
        (("user", "role", "owner", "guest"), 1, "'owner' is the last owner"),
        (("user", "role", "anna", "gest"), 2, "has no role 'gest'; did you mean 'guest'?"),
        (("user", "disable", "nobody"), 1, "there is no account 'nobody'"),
        (("grant", "add", "nobody", GARDEN), 1, "there is no account 'nobody'"),
        (("grant", "add", "anna", "wampi."), 2, "'wampi.' names no device"),
        (("grant", "add", "anna", "wampi.admin.user"), 2, "'wampi.admin.user' belongs to the router"),
        (("grant", "add", "anna", GARDEN, "--until", "sunday"), 2, "'sunday' is no time, such as 2027-05-01"),
        (("grant", "add", "anna", GARDEN, "--until", "2001-01-01"), 1, "the end of the grant has passed already"),
        (("grant", "revoke", "4711"), 1, "there is no grant 4711"),
        (("grant", "revoke", "x"), 2, "'x' is not a whole number"),
        (("session", "kick", "--session", "4711"), 1, "there is no session 4711 that you could end"),
        (("session", "kick"), 2, "one of the arguments --session --user is required"),
        (("audit", "--kind", "secrets"), 2, "invalid choice: 'secrets'"),
    ],
)
def test_what_cannot_be_done_is_one_line(
    node: RunningNode, password_file: Path, command: tuple[str, ...], status: int, said: str
) -> None:
    failed = node.run(*command)
    assert (failed.returncode, failed.stdout, failed.stderr.count("\n")) == (status, "", 1)
    assert said in failed.stderr


def test_owners_administer_from_anywhere_and_others_do_not(node: RunningNode, password_file: Path) -> None:
    done(node, "device", "add", "panel", "--role", "owner")
    key = (node.data / "keys" / "panel.key").read_text().strip()
    with controller(node.data / "router.sock", "panel", key) as owner:
        assert {account["name"] for account in owner.call("wampi.admin.user.list")} >= {"owner", "anna"}
        with pytest.raises(CallRefused, match="is the last owner"):
            owner.call("wampi.admin.user.remove", name="owner")
    denied = node.run("call", "wampi.admin.user.list", "--user", "anna", "--password-file", str(password_file))
    assert "wamp.error.not_authorized" in denied.stderr
    done(node, "device", "remove", "panel")


def test_the_console_is_a_socket_for_this_user_alone_and_survives_nonsense(node: RunningNode) -> None:
    path = node.data / "console.sock"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    for nonsense in (b"GET / HTTP/1.1\r\n\r\n", b"\x7f\x00\x00\x00", b"\x7f\xf2\x00\x00\xff\xff\xff\xff"):
        with socket.socket(socket.AF_UNIX) as stream:
            stream.settimeout(PATIENCE_SECONDS)
            stream.connect(str(path))
            stream.sendall(nonsense)
            while stream.recv(1000):
                pass
    done(node, "user", "list")


def test_a_hub_that_does_not_run_is_administered_all_the_same(tmp_path: Path) -> None:
    data = tmp_path / "data"
    assert wampi("user", "add", "olga", "--role", "owner", stdin=f"{PASSWORD}\n", data=data).returncode == 0
    assert wampi("user", "add", "anna", stdin=f"{PASSWORD}\n", data=data).returncode == 0
    assert wampi("user", "disable", "anna", data=data).stdout == "anna cannot log in any more.\n"
    assert wampi("user", "list", data=data).stdout.splitlines()[1].split()[:3] == ["anna", "resident", "no"]
    assert wampi("grant", "add", "anna", GARDEN, "--only-view", data=data).returncode == 0
    assert wampi("grant", "list", data=data).stdout.splitlines()[1].split()[2] == "view"
    shown = wampi("audit", data=data).stdout
    assert re.search(r'change +\S+ +console +command +grant\.add +name="anna"', shown)
    failed = wampi("session", "list", data=data)
    assert (failed.returncode, failed.stderr) == (1, "wampi session list: the hub does not run: start it first\n")


def test_a_command_on_a_hub_that_runs_needs_neither_the_database_nor_a_reactor(node: RunningNode) -> None:
    code = (
        "import sys; from wampi.router.cli import main;"
        f"main(['grant', 'list', '--data', {str(node.data)!r}]);"
        "print([name for name in ('twisted', 'autobahn', 'sqlalchemy') if name in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment())
    assert ran.stdout.splitlines()[-1] == "[]"
