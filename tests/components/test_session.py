"""Devices on the real router: joining, calls, states, testaments, demand, and coming back."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from support.bad_input import bad_calls
from support.component_processes import ComponentRun, component
from support.controller import CallRefused, Controller
from support.hub import Hub, hub
from support.waiting import eventually
from wampi.components.lighting.component import Light
from wampi.components.lines import SimulatedLines

LIGHTING = "wampi.components.lighting:Lighting"
LIGHTS = {"driver": "simulator", "lights": {"porch": {"name": "Porch", "pin": 17}}}
CAMERA = {"id": "yard", "name": "Yard", "driver": "simulator", "width": 320, "height": 240, "frames_per_second": 20}
PORCH = "wampi.lighting.porch"
FRAMES = "wampi.camera.yard.frames"


@pytest.fixture(scope="module")
def router(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    with hub(tmp_path_factory.mktemp("hub")) as running:
        yield running


@pytest.fixture
def owner(router: Hub) -> Iterator[Controller]:
    with router.owner() as joined:
        yield joined


@pytest.fixture
def lights(router: Hub, tmp_path: Path) -> Iterator[ComponentRun]:
    with component(LIGHTING, tmp_path, LIGHTS, router.address) as run:
        eventually("the lights join", lambda: "joined the router" in run.log)
        yield run


@pytest.fixture
def camera(router: Hub, tmp_path: Path) -> Iterator[ComponentRun]:
    with component("wampi.components.camera:Camera", tmp_path, CAMERA, router.address) as run:
        eventually("the camera joins", lambda: "joined the router" in run.log)
        yield run


def watch_states(owner: Controller) -> None:
    owner.subscribe("wampi...state", match="wildcard", get_retained=True)


def available(event: dict[str, Any]) -> bool:
    return bool(event["available"])


@pytest.mark.usefixtures("lights")
def test_one_subscription_finds_every_device_with_its_retained_state(owner: Controller) -> None:
    watch_states(owner)
    event = owner.state(PORCH, available, "the retained state")
    assert (event["name"], event["state"]["on"], event["cause"]["why"]) == ("Porch", False, "start")
    assert event["changed"] == ["on", "brightness", "dimmable"]


@pytest.mark.usefixtures("lights")
def test_a_call_changes_the_state_and_the_event_says_who_called(owner: Controller) -> None:
    watch_states(owner)
    assert owner.call(f"{PORCH}.turn_on", brightness=0.5) == {"on": True, "brightness": 0.5, "dimmable": True}
    event = owner.state(PORCH, lambda e: e["state"] is not None and e["state"]["on"], "the light is on")
    assert event["cause"] == {"why": "command", "authid": "alice", "authrole": "owner"}
    assert event["changed"] == ["on", "brightness"]


@pytest.mark.usefixtures("lights")
def test_health_answers(owner: Controller) -> None:
    health = owner.call(f"{PORCH}.health")
    assert (health["driver"], health["fault"]) == ("simulator", None)
    assert health["uptime_seconds"] >= 0


@pytest.mark.usefixtures("lights")
def test_what_the_devices_offer_can_be_looked_up(owner: Controller) -> None:
    eventually("the devices are described", lambda: f"{PORCH}.state" in owner.call("wamp.reflection.topic.list"))
    procedures = [f"{PORCH}.{name}" for name in Light.procedures()]
    listed = owner.call("wamp.reflection.procedure.list")
    assert sorted(one for one in listed if one.startswith("wampi.")) == sorted(procedures)
    described = owner.call("wamp.reflection.procedure.describe", f"{PORCH}.set_brightness")
    assert described["description"] == "Set the brightness; 0 turns the light off, anything else turns it on."
    assert described["args"] == ["brightness", "transition_seconds"]
    assert described["kwargs"]["required"] == ["brightness"]
    assert described["kwargs"]["properties"]["brightness"]["maximum"] == 1


def test_bad_input_is_answered_in_one_sentence_and_leaves_no_trace(lights: ComponentRun, owner: Controller) -> None:
    before, log = owner.call(f"{PORCH}.toggle"), lights.log
    for procedure in Light.procedures().values():
        for bad in bad_calls(procedure):
            if any(isinstance(value, int) and abs(value) > 2**63 for value in bad.kwargs.values()):
                continue  # no MessagePack for that
            with pytest.raises(CallRefused) as refused:
                owner.call(f"{PORCH}.{procedure.name}", **bad.kwargs)
            if refused.value.uri != "wamp.error.invalid_argument":
                assert "nan" in str(bad.kwargs) or "inf" in str(bad.kwargs), "the router itself refuses these"
            assert refused.value.text.count("\n") == 0
    assert lights.log == log
    owner.call(f"{PORCH}.toggle")
    assert owner.call(f"{PORCH}.toggle") == before


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_device_that_is_gone_shows_at_once(lights: ComponentRun, owner: Controller, number: signal.Signals) -> None:
    watch_states(owner)
    owner.state(PORCH, available, "the retained state")
    lights.kill(number)
    event = owner.state(PORCH, lambda e: not e["available"], "the light is gone")
    assert (event["state"], event["cause"]["why"], event["sequence"]) == (None, "lost", 0)
    with pytest.raises(CallRefused, match="no_such_procedure"):
        owner.call(f"{PORCH}.turn_on")


def test_a_device_that_was_gone_is_available_after_its_restart(router: Hub, tmp_path: Path) -> None:
    for _ in range(2):
        with component(LIGHTING, tmp_path, LIGHTS, router.address), router.owner() as owner:
            watch_states(owner)
            owner.state(PORCH, available, "the light is there")


def test_frames_come_only_while_somebody_subscribes(camera: ComponentRun, owner: Controller) -> None:
    watch_states(owner)
    owner.state("wampi.camera.yard", lambda e: e["state"]["streaming"] is False, "the camera is off")
    subscription = owner.subscribe(FRAMES, _outbox="latest")
    first, second = (owner.event(lambda e: e.subscription == subscription, "a frame") for _ in range(2))
    assert second.kwargs["sequence"] > first.kwargs["sequence"]
    assert second.kwargs["captured_at"] > first.kwargs["captured_at"]
    image = Image.open(BytesIO(first.args[0]))
    assert (image.format, image.size) == ("JPEG", (320, 240))
    assert camera.process.poll() is None


@pytest.mark.usefixtures("camera")
def test_the_camera_stops_when_the_last_subscriber_leaves(owner: Controller) -> None:
    watch_states(owner)
    subscription = owner.subscribe(FRAMES)
    owner.state("wampi.camera.yard", lambda e: e["state"]["streaming"], "the camera is on")
    owner.unsubscribe(subscription)
    event = owner.state("wampi.camera.yard", lambda e: not e["state"]["streaming"], "the camera is off")
    assert event["changed"] == ["streaming"]


@pytest.mark.usefixtures("camera")
def test_a_subscription_to_a_whole_prefix_counts_as_watching(owner: Controller) -> None:
    owner.subscribe("wampi.camera.", match="prefix")
    owner.event(lambda e: e.topic == FRAMES, "a frame")


def test_a_viewer_that_was_there_before_the_camera_sees_frames(router: Hub, owner: Controller, tmp_path: Path) -> None:
    owner.subscribe(FRAMES)
    with component("wampi.components.camera:Camera", tmp_path, CAMERA, router.address):
        owner.event(lambda _: True, "a frame")


@pytest.mark.usefixtures("camera")
def test_a_snapshot_needs_no_subscription(owner: Controller) -> None:
    snapshot = owner.call("wampi.camera.yard.snapshot")
    assert Image.open(BytesIO(snapshot["jpeg"])).size == (snapshot["width"], snapshot["height"]) == (320, 240)


def test_a_picture_is_uploaded_in_chunks_and_shown(router: Hub, owner: Controller, tmp_path: Path) -> None:
    settings = {"id": "hall", "name": "Hall", "driver": "file", "width": 320, "height": 200}
    buffer = BytesIO()
    Image.effect_noise((400, 250), 80).convert("RGB").save(buffer, "PNG")
    content = buffer.getvalue()
    with component("wampi.components.frame:Frame", tmp_path, settings, router.address) as run:
        eventually("the frame joins", lambda: "joined the router" in run.log)
        begun = owner.call("wampi.frame.hall.upload_begin", name="Noise", size_bytes=len(content))
        for offset in range(0, len(content), begun["chunk_bytes"]):
            chunk = content[offset : offset + begun["chunk_bytes"]]
            owner.call("wampi.frame.hall.upload_chunk", upload=begun["upload"], offset=offset, data=chunk)
        committed = owner.call("wampi.frame.hall.upload_commit", upload=begun["upload"])
        owner.call("wampi.frame.hall.show", picture=committed["picture"])
        current = owner.call("wampi.frame.hall.current")
        assert current["picture"] == committed["picture"]
        assert current["jpeg"] == (run.data_dir / "display.jpg").read_bytes()


def test_a_zone_waters_for_its_duration(router: Hub, owner: Controller, tmp_path: Path) -> None:
    zones = {"lawn": {"name": "Lawn", "pin": 17, "max_seconds": 60}}
    settings = {"id": "garden", "name": "Garden", "driver": "simulator", "zones": zones}
    with component("wampi.components.sprinkler:Sprinkler", tmp_path, settings, router.address) as run:
        eventually("the sprinkler joins", lambda: "joined the router" in run.log)
        watch_states(owner)
        owner.call("wampi.sprinkler.garden.run", zone="lawn", duration_seconds=1)

        def is_open(event: dict[str, Any]) -> bool:
            return event["state"] is not None and bool(event["state"]["zones"]["lawn"]["open"])

        opened = owner.state("wampi.sprinkler.garden", is_open, "the zone opens")
        closed = owner.state("wampi.sprinkler.garden", lambda e: not is_open(e), "the zone closes")
        assert opened["state"]["running"]["authid"] == "alice"
        *_, opening, closing = SimulatedLines(run.data_dir / "lines", "test").log()
        assert (opening["level"], closing["level"], closing["why"]) == (1.0, 0.0, "deadline")
        assert closing["at"] - opening["at"] >= 0.9
        assert closed["cause"] == {"why": "command", "authid": "alice", "authrole": "owner"}


def test_a_zone_closed_because_the_component_hung_says_so_when_it_runs_again(
    router: Hub, owner: Controller, tmp_path: Path
) -> None:
    zones = {"lawn": {"name": "Lawn", "pin": 17, "max_seconds": 60}}
    settings = {"id": "garden", "name": "Garden", "driver": "simulator", "zones": zones}
    with component("wampi.components.sprinkler:Sprinkler", tmp_path, settings, router.address) as run:
        eventually("the sprinkler joins", lambda: "joined the router" in run.log)
        watch_states(owner)
        owner.call("wampi.sprinkler.garden.run", zone="lawn", duration_seconds=60)
        lines = SimulatedLines(run.data_dir / "lines", "test")
        eventually("the valve opens", lambda: lines.level("lawn") == 1.0)
        run.kill(signal.SIGSTOP)
        eventually("the valve closes", lambda: lines.level("lawn") == 0.0)
        run.kill(signal.SIGCONT)
        event = owner.state(
            "wampi.sprinkler.garden",
            lambda e: e["cause"]["why"] == "safety" and e["state"] is not None,
            "the zone was closed for safety",
        )
        assert event["state"]["running"] is None
        assert not event["state"]["zones"]["lawn"]["open"]


def test_a_bug_in_a_procedure_is_one_line_in_the_log_and_none_of_its_details_on_the_wire(
    router: Hub, owner: Controller, tmp_path: Path
) -> None:
    with component("faulty:Faulty", tmp_path, {}, router.address) as run:
        eventually("it joins", lambda: "joined the router" in run.log)
        before = run.log
        with pytest.raises(CallRefused) as refused:
            owner.call("wampi.faulty.one.divide")
        assert refused.value.uri == "wampi.error.device_failed"
        assert refused.value.text == "the device could not do it; its log says why"
        [line] = run.log.removeprefix(before).splitlines()
        assert "wampi.faulty.one.divide failed: ZeroDivisionError: division by zero (faulty.py:" in line


def test_frames_do_not_queue_for_a_router_that_does_not_read(tmp_path: Path) -> None:
    stalled_seconds = 2.0
    settings = CAMERA | {"width": 1280, "height": 720}
    with hub(tmp_path) as router, router.owner() as owner:
        owner.subscribe(FRAMES)
        with component("wampi.components.camera:Camera", tmp_path, settings, router.address) as run:
            owner.event(lambda _: True, "a frame")
            router.signal(signal.SIGSTOP)
            ends = time.monotonic() + stalled_seconds
            eventually("the stall is over", lambda: time.monotonic() > ends)
            router.signal(signal.SIGCONT)
            gap, last = 0.0, None
            while gap < stalled_seconds / 2:
                frame = owner.event(lambda _: True, "a frame from after the stall").kwargs
                gap = frame["captured_at"] - last["captured_at"] if last else 0.0
                assert last is None or frame["sequence"] > last["sequence"]
                last = frame
            assert run.process.poll() is None


def test_stopping_does_not_wait_for_a_router_that_does_not_answer(tmp_path: Path) -> None:
    with hub(tmp_path) as router, component(LIGHTING, tmp_path, LIGHTS, router.address) as run:
        eventually("the lights join", lambda: "joined the router" in run.log)
        router.signal(signal.SIGSTOP)
        run.kill(signal.SIGTERM)
        assert run.wait() == 0


def test_a_component_comes_back_by_itself_when_the_router_was_killed(tmp_path: Path) -> None:
    with hub(tmp_path) as router, component(LIGHTING, tmp_path, LIGHTS, router.address) as run:
        eventually("the lights join", lambda: run.log.count("joined the router") == 1)
        with router.owner() as owner:
            owner.call(f"{PORCH}.turn_on")
        router.kill()
        eventually("the lights notice", lambda: "no session at" in run.log)
        router.start()
        eventually("the lights join again", lambda: run.log.count("joined the router") == 2)
        with router.owner() as owner:
            watch_states(owner)
            event = owner.state(PORCH, available, "the state is published again")
            assert (event["state"]["on"], event["cause"]["why"]) == (True, "start")


def test_a_wrong_key_is_refused_and_tried_again_without_showing_it(router: Hub, tmp_path: Path) -> None:
    (tmp_path / "key").touch(mode=0o600)
    (tmp_path / "key").write_text("a-wrong-key", encoding="ascii")
    with component(LIGHTING, tmp_path, LIGHTS, router.address) as run:
        eventually("it is refused", lambda: "no session at" in run.log)
        assert "wamp.error." in run.log
        assert "a-wrong-key" not in run.log
        assert run.process.poll() is None
