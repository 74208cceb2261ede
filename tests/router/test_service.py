"""The node as a whole, in a process of its own, as people run it."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import signal
import socket
import ssl
import stat
import subprocess
import sys
from base64 import b64encode
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest
from support.live import client_at
from support.node import (
    FOREGROUND,
    WAMPI,
    RunningNode,
    children,
    environment,
    house_configuration,
    router_configuration,
)
from support.waiting import PATIENCE_SECONDS, eventually

MakeNode = Callable[..., RunningNode]
TWISTD = [*FOREGROUND, sys.executable, "-c", "from twisted.scripts.twistd import run; run()"]


@pytest.fixture
def make_node(tmp_path: Path) -> Iterator[MakeNode]:
    made: list[RunningNode] = []

    def make(configuration: dict[str, object]) -> RunningNode:
        made.append(RunningNode(tmp_path, configuration))
        return made[-1]

    yield make
    for node in made:
        node.__exit__()


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


# ---- a plain router ----------------------------------------------------------------------------------------------


def test_a_plain_router_serves_and_makes_nothing_that_it_does_not_need(make_node: MakeNode) -> None:
    node = make_node(router_configuration()).start()
    called = node.run("call", "wamp.session.count")
    assert (called.returncode, called.stdout, called.stderr) == (0, "1\n", "")
    assert sorted(path.name for path in node.data.iterdir()) == ["lock", "router.sock"]
    assert mode(node.data) == 0o700
    assert mode(node.data / "router.sock") == 0o600


def test_a_name_that_json_has_no_form_for_harms_nobody(make_node: MakeNode) -> None:
    node = make_node(router_configuration()).start()
    at = node.data / "router.sock"
    with client_at(at, "msgpack") as watcher, client_at(at) as plain, client_at(at, "msgpack") as odd:
        for client in (watcher, plain):
            assert client.ask(32, {}, "wamp.subscription.on_create")[0] == 33
        code, _, subscription = odd.ask(32, {}, "\0AAAA")  # bytes, if it were JSON
        assert code == 33
        assert watcher.receive()[4][1]["uri"] == "\0AAAA"
        assert plain.ask(48, {}, "wamp.session.count")[3] == [3]  # no event came before
        assert plain.ask(48, {}, "wamp.subscription.get", [subscription])[0] == 8
    assert "Traceback" not in node.log


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_the_node_with_status_0(make_node: MakeNode, number: signal.Signals) -> None:
    node = make_node(router_configuration()).start()
    assert node.stop(number) == 0
    assert not (node.data / "router.sock").exists()
    assert "Traceback" not in node.log


def test_a_signal_during_the_start_stops_the_node_in_order(make_node: MakeNode) -> None:
    node = make_node(house_configuration("lighting")).start("certificate made")
    assert node.stop() == 0
    assert "stopping" in node.log
    assert "Traceback" not in node.log


def test_sessions_are_told_that_the_router_stops(make_node: MakeNode) -> None:
    node = make_node(router_configuration()).start()
    watching = subprocess.Popen(
        [*WAMPI, "subscribe", "a.b", "--data", str(node.data)], stderr=subprocess.PIPE, text=True, env=environment()
    )
    node.wait_for("session joined")
    assert node.stop() == 0
    _, said = watching.communicate(timeout=PATIENCE_SECONDS)
    assert said == "wampi subscribe: wamp.close.system_shutdown: the router is stopping\n"
    assert watching.returncode == 1


def test_a_node_that_was_killed_starts_again(make_node: MakeNode) -> None:
    node = make_node(router_configuration()).start()
    node.stop(signal.SIGKILL)
    assert (node.data / "router.sock").exists()
    node.log_file.unlink()
    node.start()
    assert node.run("call", "wamp.session.count").returncode == 0


def test_two_nodes_cannot_have_one_data_directory(make_node: MakeNode) -> None:
    node = make_node(router_configuration()).start()
    second = subprocess.run(node.command, capture_output=True, text=True, check=False, env=environment())
    assert second.returncode == 1
    assert second.stderr == (
        f"wampi up: {node.data} is in use by process {node.pid}: stop it first, or give another directory with --data\n"
    )


def test_a_port_that_is_taken_is_one_line(make_node: MakeNode) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        configuration = router_configuration()
        transport = configuration["workers"][0]["transports"][0]
        transport["endpoint"] = {"type": "tcp", "port": port, "interface": "127.0.0.1"}
        node = make_node(configuration)
        failed = subprocess.run(node.command, capture_output=True, text=True, check=False, env=environment())
    assert failed.returncode == 1
    assert failed.stderr == (
        f"wampi up: can't listen at port {port}: Address already in use; "
        "stop what listens there, or choose another port in the configuration\n"
    )


def test_a_socket_where_another_program_listens_is_left_alone(make_node: MakeNode) -> None:
    node = make_node(router_configuration())
    node.data.mkdir(mode=0o700)
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(node.data / "router.sock"))
        other.listen()
        failed = subprocess.run(node.command, capture_output=True, text=True, check=False, env=environment())
    assert failed.returncode == 1
    assert failed.stderr == f"wampi up: can't listen at {node.data}/router.sock: somebody listens there already\n"


def test_a_data_directory_that_cannot_be_made_is_one_line(make_node: MakeNode, tmp_path: Path) -> None:
    node = make_node(router_configuration())
    (tmp_path / "file").write_text("")
    node.data = tmp_path / "file" / "data"
    failed = subprocess.run(node.command, capture_output=True, text=True, check=False, env=environment())
    assert failed.returncode == 1
    assert failed.stderr.count("\n") == 1
    assert "Not a directory" in failed.stderr


def test_a_disk_that_takes_nothing_is_one_line_that_says_where(make_node: MakeNode) -> None:
    node = make_node(router_configuration())
    command = ["prlimit", "--fsize=0", *node.command]
    failed = subprocess.run(command, capture_output=True, text=True, check=False, env=environment())
    assert failed.returncode == 1
    assert re.fullmatch(f"wampi up: {node.data}\\S*: File too large", failed.stderr.splitlines()[-1])
    assert "Traceback" not in failed.stderr


def test_a_data_directory_that_others_can_enter_is_refused(make_node: MakeNode) -> None:
    node = make_node(router_configuration())
    node.data.mkdir(mode=0o755)
    failed = subprocess.run(node.command, capture_output=True, text=True, check=False, env=environment())
    assert failed.returncode == 1
    assert failed.stderr == (
        f"wampi up: {node.data} can be entered by others, and holds keys: run chmod 700 {node.data}\n"
    )
    assert list(node.data.iterdir()) == []


def test_systemd_hears_that_the_node_is_ready_alive_and_stopping(make_node: MakeNode, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(PATIENCE_SECONDS)
        node = make_node(router_configuration())
        node.start(NOTIFY_SOCKET=str(tmp_path / "notify"), WATCHDOG_USEC="200000")
        heard = [manager.recv(1000) for _ in range(4)]
        assert heard == [b"READY=1\nSTATUS=serving", b"WATCHDOG=1", b"WATCHDOG=1", b"WATCHDOG=1"]
        node.stop()
        while (last := manager.recv(1000)) == b"WATCHDOG=1":
            pass
        assert last == b"STOPPING=1"


# ---- the first start, and others ---------------------------------------------------------------------------------


def test_the_first_start_makes_all_that_is_needed_and_others_leave_it_as_it_is(make_node: MakeNode) -> None:
    node = make_node(house_configuration("lighting")).start("joined the router")
    secrets = [node.data / name for name in ("owner-password.txt", "hub.key", "accounts.sqlite", "keys/lighting.key")]
    assert [mode(path) for path in secrets] == [0o600] * 4
    assert mode(node.data / "tls" / "authority.key") == 0o600
    before = {path: path.read_bytes() for path in (*secrets[:2], secrets[3], node.data / "tls" / "server.pem")}
    password = before[secrets[0]].decode().strip()
    assert password not in node.log
    assert before[secrets[3]].decode().strip() not in node.log
    assert node.stop() == 0
    node.log_file.unlink()
    node.start("joined the router")
    assert {path: path.read_bytes() for path in before} == before
    assert "made" not in node.log


def test_the_page_comes_over_tls_that_only_the_hubs_own_authority_vouches_for(make_node: MakeNode) -> None:
    node = make_node(house_configuration()).start("browsers trust the page")
    (line,) = [line for line in node.log.splitlines() if "tls=True" in line]
    port = line.partition("port=")[2].split()[0]
    context = ssl.create_default_context(cafile=node.data / "ca.pem")
    with urlopen(f"https://localhost:{port}/", context=context, timeout=PATIENCE_SECONDS) as answer:
        assert answer.status == 200
        assert b"<title>" in answer.read()
    assert f"https://localhost:{port}/" in node.log


def test_the_owner_logs_in_with_the_password_of_the_first_start(make_node: MakeNode) -> None:
    node = make_node(house_configuration()).start()
    login = ("--user", "owner", "--password-file", str(node.data / "owner-password.txt"))
    called = node.run("call", "wamp.session.list", *login)
    assert called.returncode == 0, called.stderr
    assert len(json.loads(called.stdout)) == 1


def test_on_a_terminal_the_first_password_is_shown_and_kept_nowhere(make_node: MakeNode) -> None:
    node = make_node(house_configuration())
    terminal, inside = pty.openpty()
    with node.log_file.open("wb") as log:
        node.process = subprocess.Popen(node.command, stdin=inside, stdout=inside, stderr=log, env=environment())
    os.close(inside)
    node.wait_for("router.sock")
    shown = os.read(terminal, 10_000).decode()
    while "wampi user passwd owner" not in shown:
        shown += os.read(terminal, 10_000).decode()
    os.close(terminal)
    password = shown.partition("Password:")[2].split()[0]
    assert len(password) >= 20
    assert not (node.data / "owner-password.txt").exists()
    assert password not in node.log
    password_file = node.data / "typed"
    password_file.touch(mode=0o600)
    password_file.write_text(password)
    login = ("--user", "owner", "--password-file", str(password_file))
    assert node.run("call", "wamp.session.count", *login).returncode == 0


def test_a_hub_that_has_an_owner_gets_no_second_one(make_node: MakeNode) -> None:
    node = make_node(house_configuration())
    added = node.run("user", "add", "anna", "--role", "owner", stdin="five green bottles on the wall\n")
    assert added.returncode == 0, added.stderr
    node.start()
    assert node.run("user", "list").stdout.splitlines()[1:][0].split()[:2] == ["anna", "owner"]
    assert not (node.data / "owner-password.txt").exists()


def test_a_key_file_that_is_gone_is_made_anew(make_node: MakeNode) -> None:
    node = make_node(house_configuration("lighting")).start("joined the router")
    node.stop()
    key = node.data / "keys" / "lighting.key"
    old = key.read_text()
    key.unlink()
    node.log_file.unlink()
    node.start("joined the router")
    assert key.read_text() != old
    assert "device key made anew" in node.log


def test_a_key_file_of_another_hub_is_one_line(make_node: MakeNode) -> None:
    node = make_node(house_configuration())
    assert node.run("device", "add", "bell", "--prefix", "org.example.bell").returncode == 0
    (node.data / "hub.key").write_bytes(b64encode(bytes(32)))
    failed = subprocess.run(node.command, capture_output=True, text=True, check=False, env=environment())
    assert failed.returncode == 1
    assert failed.stderr.splitlines()[-1].startswith("wampi up: the secret of 'wampcra bell' was sealed under another")
    assert "Traceback" not in failed.stderr


def test_a_device_that_is_added_while_the_node_runs_has_its_prefix_and_nothing_else(make_node: MakeNode) -> None:
    node = make_node(house_configuration()).start()
    assert node.run("device", "add", "bell", "--prefix", "org.example.bell").returncode == 0
    login = ("--user", "bell", "--key-file", str(node.data / "keys" / "bell.key"))
    assert node.run("publish", "org.example.bell.rang", "1", *login).returncode == 0
    refused = node.run("publish", "org.example.other.rang", "1", *login)
    assert refused.returncode == 1
    assert refused.stderr.startswith("wampi publish: wamp.error.not_authorized: ")


# ---- processes ---------------------------------------------------------------------------------------------------


def gone(descriptors: list[int]) -> bool:
    return all(select.select([one], [], [], 0)[0] for one in descriptors)


def with_guest(configuration: dict[str, object]) -> dict[str, object]:
    guest = {"type": "guest", "id": "loop", "executable": "sh", "arguments": ["-c", "echo up; sleep 1000 & sleep 1000"]}
    configuration["workers"].append(guest)  # type: ignore[attr-defined]
    return configuration


def test_a_killed_node_leaves_no_component_and_no_guest_behind(make_node: MakeNode) -> None:
    node = make_node(with_guest(house_configuration("lighting", "sprinkler"))).start("loop: up")
    node.wait_for("joined the router", times=2)
    # two components, a valve keeper, the guardian, the guest and its child
    eventually("all are there", lambda: len(children(node.pid)) >= 6)
    processes = [os.pidfd_open(pid) for pid in children(node.pid)]
    try:
        node.stop(signal.SIGKILL)
        eventually("all processes have ended", lambda: gone(processes))
    finally:
        for one in processes:
            os.close(one)


def test_stopping_ends_every_process(make_node: MakeNode) -> None:
    node = make_node(with_guest(house_configuration("lighting"))).start("loop: up")
    node.wait_for("joined the router")
    processes = [os.pidfd_open(pid) for pid in children(node.pid)]
    try:
        assert node.stop() == 0
        eventually("all processes have ended", lambda: gone(processes))
    finally:
        for one in processes:
            os.close(one)
    assert "Traceback" not in node.log


def test_ctrl_c_in_a_terminal_reaches_everybody_and_still_ends_in_order(make_node: MakeNode) -> None:
    node = make_node(house_configuration("lighting")).start("joined the router")
    for pid in (*children(node.pid), node.pid):
        os.kill(pid, signal.SIGINT)
    assert node.process is not None
    assert node.process.wait(PATIENCE_SECONDS) == 0
    assert "critical" not in node.log
    assert "error" not in node.log


def test_a_component_that_is_killed_is_started_again(make_node: MakeNode) -> None:
    node = make_node(house_configuration("lighting")).start("joined the router")
    (component,) = children(node.pid)
    os.kill(component, signal.SIGKILL)
    node.wait_for("joined the router", times=2)
    assert "lighting: was ended by signal 9; starts again in 1 s" in node.log


# ---- twistd ------------------------------------------------------------------------------------------------------


def test_twistd_runs_the_same_node_as_a_daemon_with_pid_file_and_log_file(make_node: MakeNode, tmp_path: Path) -> None:
    node = make_node(router_configuration())
    pid_file = tmp_path / "wampi.pid"
    daemon = [*TWISTD, "--pidfile", str(pid_file), "--logfile", str(node.log_file)]
    started = subprocess.run(
        [*daemon, "wampi", "--config", str(node.configuration), "--data", str(node.data)],
        capture_output=True, text=True, check=False, timeout=PATIENCE_SECONDS, env=environment(),
    )  # fmt: skip
    assert (started.returncode, started.stdout, started.stderr) == (0, "", "")
    eventually("the daemon listens", lambda: "router.sock" in node.log)
    process = os.pidfd_open(int(pid_file.read_text()))
    try:
        assert node.run("call", "wamp.session.count").returncode == 0
        signal.pidfd_send_signal(process, signal.SIGTERM)
        eventually("the daemon has ended", lambda: gone([process]))
    finally:
        os.close(process)
    assert not pid_file.exists()


def test_a_daemon_that_cannot_start_says_so_to_who_started_it_and_in_its_log(
    make_node: MakeNode, tmp_path: Path
) -> None:
    node = make_node(router_configuration()).start()
    pid_file, log_file = tmp_path / "second.pid", tmp_path / "second.log"
    second = subprocess.run(
        [*TWISTD, "--pidfile", str(pid_file), "--logfile", str(log_file), "wampi", "--data", str(node.data)],
        capture_output=True, text=True, check=False, timeout=PATIENCE_SECONDS, env=environment(),
    )  # fmt: skip
    assert second.returncode == 1
    assert "StartError" in second.stderr  # twistd shows the first hundred bytes of it
    eventually("the daemon has ended", lambda: "is in use" in log_file.read_text() and not pid_file.exists())
    assert "Traceback" not in log_file.read_text()


def test_twistd_says_in_one_line_a_problem_what_is_wrong_with_a_configuration(tmp_path: Path) -> None:
    file = tmp_path / "node.json"
    file.write_text('{"version": 2, "workers": [], "x": 1}')
    failed = subprocess.run(
        [*TWISTD, "-n", "--pidfile=", "wampi", "--config", str(file), "--data", str(tmp_path / "data")],
        capture_output=True, text=True, check=False, timeout=PATIENCE_SECONDS, env=environment(),
    )  # fmt: skip
    assert failed.returncode == 1
    assert failed.stderr.splitlines() == [
        f"wampi: {file}: x: there is no such key; known are $schema, controller, version, workers"
    ]
