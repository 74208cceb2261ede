"""What is wrong with the sense of a configuration."""

import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.configuration import listener, permission, problems, router, small_configuration

Edit = Callable[[dict[str, Any]], object]
ROLE = "workers[0].realms[0].roles[0]"
LISTENER = "workers[0].transports[0]"


def after(edit: Edit, data_dir: Path = Path("/nonexistent")) -> list[str]:
    configuration = small_configuration()
    edit(configuration)
    return problems(configuration, data_dir)


def roles(configuration: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = router(configuration)["realms"][0]["roles"]
    return found


def rule(configuration: dict[str, Any], *args: Any, **kwargs: Any) -> None:
    roles(configuration)[0]["permissions"] = [permission(*args, **kwargs)]


def kept(configuration: dict[str, Any]) -> dict[str, Any]:
    """Let the realm keep past events on disk."""
    router(configuration)["realms"][0]["store"] = {"type": "sqlite", "event-history": [{"uri": "com.topic"}]}
    return configuration


def cra(**users: dict[str, str]) -> dict[str, Any]:
    return {"wampcra": {"type": "static", "users": users}}


def way(name: str, **principals: dict[str, Any]) -> Edit:
    """A way to log in with users that stand in the configuration."""
    return lambda c: listener(c).update(auth={name: {"type": "static", "principals": principals}})


def scram_user(**keys: Any) -> dict[str, Any]:
    return {"role": "resident", "salt": "ab" * 16, "stored-key": "cd" * 32, "server-key": "ef" * 32, **keys}


def tls(**keys: Any) -> Edit:
    return lambda c: listener(c)["endpoint"].update(tls=keys)


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (lambda c: c.update(workers=[]), "workers: a node without workers does nothing"),
        (lambda c: router(c).update(realms=[]), "workers[0]: a router without realms lets nobody in"),
        (lambda c: router(c)["transports"].clear(), "workers[0]: a router without transports listens nowhere"),
        (lambda c: roles(c).append({"name": "resident"}), "workers[0].realms[0].roles[1].name: "),
        (lambda c: router(c)["realms"].append(router(c)["realms"][0]), "workers[0].realms[1].name: "),
        (
            lambda c: c["workers"].append(
                {
                    **router(kept(c)),
                    "id": "other",
                    "transports": [{**listener(c), "endpoint": {"type": "unix", "path": "x"}}],
                }
            ),
            "workers[1].realms[0].name: workers[0].realms[0] keeps past events as 'home' already",
        ),
        (lambda c: roles(c)[0].update(name="device:x"), f"{ROLE}.name: 'device:x' cannot be the name of a role"),
        (lambda c: rule(c, "a..b", call=True), f"{ROLE}.permissions[0].uri: 'a..b' is not a valid URI; an empty"),
        (lambda c: rule(c, "", call=True), f"{ROLE}.permissions[0].uri: '' is not a valid URI; for every URI"),
        (lambda c: rule(c, "a b", match="prefix", call=True), f"{ROLE}.permissions[0].uri: 'a b' is not a valid"),
        (lambda c: rule(c, "a.*", call=True), f"{ROLE}.permissions[0].uri: 'a.*' ends with a star"),
        (lambda c: rule(c, "wamp.x", register=True), f"{ROLE}.permissions[0].allow.register: wamp.* belongs"),
        (
            lambda c: roles(c)[0]["permissions"].append(permission("wampi.", match="prefix", publish=True)),
            f"{ROLE}.permissions[1].uri: {ROLE}.permissions[0] is about 'wampi.' (prefix) already",
        ),
        (
            lambda c: listener(c)["auth"]["anonymous"].update(role="residnt"),
            f"{LISTENER}.auth.anonymous.role: no realm of this router has a role 'residnt'; did you mean 'resident'?",
        ),
        (lambda c: roles(c)[0].update(owns="wampi.bell"), f"{ROLE}.owns: 'wampi.bell' is no prefix that a device"),
        (lambda c: roles(c)[0].update(owns="wamp."), f"{ROLE}.owns: 'wamp.' is no prefix that a device can own"),
        (
            lambda c: roles(c).extend([{"name": "a", "owns": "b."}, {"name": "c", "owns": "b."}]),
            "workers[0].realms[0].roles[2].owns: workers[0].realms[0].roles[1] owns 'b.' already",
        ),
        (lambda c: listener(c).pop("auth"), f"{LISTENER}.auth: nobody can log in here"),
        (
            lambda c: listener(c).update(auth=cra(joe={"secret": "x", "role": "none"})),
            f"{LISTENER}.auth.wampcra.users.joe.role: no realm of this router has a role 'none'",
        ),
        (
            lambda c: listener(c).update(auth=cra(joe={"secret": "x", "role": "resident", "salt": "s"})),
            f"{LISTENER}.auth.wampcra.users.joe.secret: with a salt the secret is the derived key",
        ),
        (lambda c: listener(c).update(auth=cra()), f"{LISTENER}.auth.wampcra.users: has no users"),
        (way("ticket"), f"{LISTENER}.auth.ticket.principals: has no users"),
        (
            way("ticket", joe={"ticket": "x", "role": "none"}),
            f"{LISTENER}.auth.ticket.principals.joe.role: no realm of this router has a role 'none'",
        ),
        (
            way("ticket", joe={"ticket": "x", "role": "resident"}, ann={"ticket": "x", "role": "resident"}),
            f"{LISTENER}.auth.ticket.principals.ann: has the same ticket as 'joe': each needs one of its own",
        ),
        (
            way("cryptosign", joe={"role": "resident", "authorized_keys": []}),
            f"{LISTENER}.auth.cryptosign.principals.joe.authorized_keys: has no keys: give at least one",
        ),
        (
            way("cryptosign", joe={"role": "resident", "authorized_keys": ["abc"]}),
            f"{LISTENER}.auth.cryptosign.principals.joe.authorized_keys[0]: must be 32 bytes in hexadecimal",
        ),
        (
            way(
                "cryptosign", **{name: {"role": "resident", "authorized_keys": ["ab" * 32]} for name in ("joe", "ann")}
            ),
            f"{LISTENER}.auth.cryptosign.principals.ann: has the same key as 'joe': each needs one of its own",
        ),
        (
            way("scram", joe=scram_user(kdf="pbkdf2", iterations=1000)),
            f"{LISTENER}.auth.scram.principals.joe.iterations: 1000 rounds of PBKDF2 are too few (RFC 7677)",
        ),
        (
            way("scram", joe=scram_user(kdf="argon2id13", iterations=2)),
            f"{LISTENER}.auth.scram.principals.joe: 'memory' is missing, the KiB that argon2id13 takes",
        ),
        (
            way("scram", joe=scram_user(kdf="argon2id-13", iterations=1000, memory=64)),
            f"{LISTENER}.auth.scram.principals.joe.iterations: 1000 passes of Argon2 would take clients minutes",
        ),
        (
            way("tls", joe={"role": "resident"}),
            f"{LISTENER}.auth.tls: no client is asked for a certificate: give the endpoint's 'tls'",
        ),
        (
            lambda c: (
                way("ticket", joe={"ticket": "x", "role": "resident"})(c),
                listener(c)["endpoint"].pop("interface"),
                listener(c).update(insecure=True),
            ),
            f"{LISTENER}.auth.ticket: a ticket is the secret itself, and everybody on the network could read it",
        ),
        (
            tls(type="local-authority", client_certificate="required"),
            f"{LISTENER}.endpoint.tls.client_certificate: needs 'ca_certificates'",
        ),
        (
            tls(type="local-authority", ca_certificates=["none.pem"]),
            f"{LISTENER}.endpoint.tls.ca_certificates[0]: /nonexistent/none.pem: No such file or directory",
        ),
        (lambda c: listener(c)["endpoint"].pop("interface"), f"{LISTENER}.endpoint: without 'tls' everybody"),
        (
            lambda c: listener(c)["endpoint"].update(interface="192.0.2.1"),
            f"{LISTENER}.endpoint: without 'tls' everybody",
        ),
        (
            lambda c: listener(c).update(trusted_proxies=["192.0.2.1", "proxy.test"]),
            f"{LISTENER}.trusted_proxies[1]: 'proxy.test' is neither an address nor a network such as '192.0.2.0/24'",
        ),
        (
            lambda c: listener(c).update(trusted_proxies=["0.0.0.0/0"]),
            f"{LISTENER}.trusted_proxies[0]: everybody could say to be anybody: name the proxy's address alone",
        ),
        (lambda c: listener(c).update(trusted_proxies=["::/0"]), f"{LISTENER}.trusted_proxies[0]: everybody could"),
        (
            lambda c: listener(c).update(trusted_proxies=["unix"]),
            f"{LISTENER}.trusted_proxies[0]: this listener has no UNIX socket: name the proxy's address",
        ),
        (
            lambda c: listener(c).update(endpoint={"type": "unix", "path": "x"}, trusted_proxies=["127.0.0.1"]),
            f"{LISTENER}.trusted_proxies[0]: who comes by a UNIX socket has no address: write 'unix'",
        ),
        (lambda c: listener(c).update(trusted_proxies="127.0.0.1"), f"{LISTENER}.trusted_proxies: "),
        (
            lambda c: listener(c).update(proxy_protocol=True),
            f"{LISTENER}.proxy_protocol: needs 'trusted_proxies', which say whose word counts",
        ),
        (
            lambda c: listener(c).update(type="rawsocket", trusted_proxies=["127.0.0.1"]),
            f"{LISTENER}.trusted_proxies: nothing in a RawSocket says for whom a proxy speaks: set 'proxy_protocol'",
        ),
        (
            lambda c: listener(c).update(auth={"basic": {}}, trusted_proxies=["127.0.0.1"], proxy_protocol=True),
            f"{LISTENER}.auth.basic: what is sent here can be read on the way",
        ),
        (lambda c: listener(c).update(serializers=[]), f"{LISTENER}.serializers: nothing can be said"),
        (lambda c: listener(c).update(serializers=["json", "json"]), f"{LISTENER}.serializers[1]: stands here twice"),
        (lambda c: listener(c).update(host_names=["-x"]), f"{LISTENER}.host_names[0]: '-x' is not a host name"),
        (
            lambda c: listener(c).update(endpoint={"type": "unix", "path": "x" * 120}),
            f"{LISTENER}.endpoint.path: /nonexistent/xxx",
        ),
        (tls(), f"{LISTENER}.endpoint.tls: 'certificate' is missing"),
        (
            tls(type="local-authority", key="k.pem"),
            f"{LISTENER}.endpoint.tls.key: the local authority makes certificate and key itself",
        ),
        (
            lambda c: c["workers"].append({"type": "guest", "executable": "no-such-program"}),
            "workers[1].executable: there is no program 'no-such-program' that can be run",
        ),
        (
            lambda c: c["workers"].append({"type": "guest", "executable": "sh", "options": {"workdir": "gone"}}),
            "workers[1].options.workdir: there is no directory /nonexistent/gone",
        ),
        (lambda c: c["workers"].append({"type": "container"}), "workers[1]: a container without components"),
    ],
)
def test_what_makes_no_sense_is_named(edit: Edit, said: str) -> None:
    found = after(edit)
    assert any(problem.startswith(said) for problem in found), found


@pytest.mark.parametrize(
    ("costs", "is_right"),
    [
        ({"kdf": "pbkdf2", "iterations": 4096}, True),
        ({"kdf": "pbkdf2", "iterations": 4095}, False),
        ({"kdf": "pbkdf2", "iterations": 10_000_001}, False),
        ({"kdf": "argon2id13", "iterations": 1, "memory": 8}, True),
        ({"kdf": "argon2id13", "iterations": 1, "memory": 7}, False),
        ({"kdf": "argon2id13", "iterations": 1000, "memory": 64}, False),
        ({"kdf": "argon2id13", "iterations": 1, "memory": 8 * 1024 * 1024}, False),
    ],
)
def test_what_scram_costs_is_bounded_from_below_and_above(costs: dict[str, Any], is_right: bool) -> None:
    assert (after(way("scram", joe=scram_user(**costs))) == []) is is_right


@pytest.mark.parametrize("interface", ["127.0.0.1", "::1", "localhost", "127.8.9.1"])
def test_plain_websocket_is_allowed_on_loopback(interface: str) -> None:
    assert after(lambda c: listener(c)["endpoint"].update(interface=interface)) == []


def test_plain_websocket_is_allowed_anywhere_when_the_file_says_insecure() -> None:
    def edit(configuration: dict[str, Any]) -> None:
        del listener(configuration)["endpoint"]["interface"]
        listener(configuration)["insecure"] = True

    assert after(edit) == []


@pytest.mark.parametrize(("endpoint", "proxies"), [
    ({"type": "tcp", "port": 9000, "interface": "127.0.0.1"}, ["127.0.0.1", "::1", "192.0.2.0/24", "2001:db8::/32"]),
    ({"type": "unix", "path": "hub.sock"}, ["unix"]),
])  # fmt: skip
def test_logins_by_https_are_allowed_where_a_trusted_proxy_ends_tls(endpoint: object, proxies: list[str]) -> None:
    auth = {"basic": {}, "ticket": {"type": "static", "principals": {"joe": {"ticket": "x", "role": "resident"}}}}
    assert after(lambda c: listener(c).update(endpoint=endpoint, auth=auth, trusted_proxies=proxies)) == []


def test_two_listeners_on_one_port_are_named() -> None:
    def edit(configuration: dict[str, Any]) -> None:
        second = listener(small_configuration())
        second["endpoint"]["interface"] = "0.0.0.0"
        second["insecure"] = True
        router(configuration)["transports"].append(second)

    assert after(edit) == [
        "workers[0].transports[1].endpoint: workers[0].transports[0].endpoint listens at port 9000 already"
    ]


def test_one_port_on_two_addresses_is_no_error() -> None:
    def edit(configuration: dict[str, Any]) -> None:
        second = listener(small_configuration())
        second["endpoint"]["interface"] = "::1"
        router(configuration)["transports"].append(second)

    assert after(edit) == []


def test_listeners_on_any_free_port_do_not_collide() -> None:
    def edit(configuration: dict[str, Any]) -> None:
        listener(configuration)["endpoint"]["port"] = 0
        router(configuration)["transports"].append(listener(configuration))

    assert after(edit) == []


def test_two_listeners_on_one_socket_are_named_however_it_is_written() -> None:
    def edit(configuration: dict[str, Any]) -> None:
        listener(configuration)["endpoint"] = {"type": "unix", "path": "a.sock"}
        second = listener(small_configuration())
        second["endpoint"] = {"type": "unix", "path": "/nonexistent/./a.sock"}
        router(configuration)["transports"].append(second)

    assert after(edit) == [
        "workers[0].transports[1].endpoint: workers[0].transports[0].endpoint listens at /nonexistent/a.sock already"
    ]


def test_a_socket_left_behind_is_no_error_but_a_file_in_its_place_is(tmp_path: Path) -> None:
    def edit(configuration: dict[str, Any]) -> None:
        listener(configuration)["endpoint"] = {"type": "unix", "path": "a.sock"}

    with socket.socket(socket.AF_UNIX) as old:
        old.bind(str(tmp_path / "a.sock"))
    assert after(edit, tmp_path) == []
    (tmp_path / "a.sock").unlink()
    (tmp_path / "a.sock").write_text("precious")
    assert after(edit, tmp_path) == [f"{LISTENER}.endpoint.path: {tmp_path}/a.sock is there already and is no socket"]


def test_missing_key_and_certificate_files_are_named(tmp_path: Path) -> None:
    assert after(tls(certificate="a.pem", key="b.pem"), tmp_path) == [
        f"{LISTENER}.endpoint.tls.certificate: {tmp_path}/a.pem: No such file or directory",
        f"{LISTENER}.endpoint.tls.key: {tmp_path}/b.pem: No such file or directory",
    ]


def test_files_that_are_no_certificates_are_named(tmp_path: Path) -> None:
    for name in ("a.pem", "b.pem"):
        (tmp_path / name).write_text("not PEM")
        (tmp_path / name).chmod(0o600)
    assert after(tls(certificate="a.pem", key="b.pem"), tmp_path) == [
        f"{LISTENER}.endpoint.tls: {tmp_path}/a.pem and {tmp_path}/b.pem are no PEM files, or do not belong together"
    ]


def web(paths: dict[str, Any]) -> Edit:
    def edit(configuration: dict[str, Any]) -> None:
        router(configuration)["transports"] = [
            {"type": "web", "endpoint": {"type": "unix", "path": "web.sock"}, "paths": paths}
        ]

    return edit


@pytest.mark.parametrize(
    ("paths", "said"),
    [
        ({}, f"{LISTENER}.paths: serves nothing"),
        ({"a/b": {"type": "static", "directory": "/"}}, f"{LISTENER}.paths['a/b']: a path is '/' or one word"),
        ({"/": {"type": "static"}}, f"{LISTENER}.paths['/']: give 'directory', or 'package' and 'resource'"),
        (
            {"/": {"type": "static", "directory": "gone"}},
            f"{LISTENER}.paths['/'].directory: there is no directory /nonexistent/gone",
        ),
        (
            {"/": {"type": "static", "package": "wampi.web", "resource": "gone"}},
            f"{LISTENER}.paths['/']: there is no folder 'gone' in a package 'wampi.web'",
        ),
        ({"ws": {"type": "websocket"}}, f"{LISTENER}.paths.ws.auth: nobody can log in here"),
        ({"lp": {"type": "longpoll"}}, f"{LISTENER}.paths.lp.auth: nobody can log in here"),
        ({"/": {"type": "longpoll"}}, f"{LISTENER}.paths['/']: long-poll has paths of its own below this one"),
        (
            {"lp": {"type": "longpoll", "auth": {"tls": {"type": "accounts"}}}},
            f"{LISTENER}.paths.lp.auth.tls: a long-poll session comes by many TLS connections",
        ),
        ({"lp": {"type": "longpoll", "serializers": []}}, f"{LISTENER}.paths.lp.serializers: nothing can be said"),
        (
            {"lp": {"type": "longpoll", "options": {"debug_transport_id": "x"}}},
            f"{LISTENER}.paths.lp.options.debug_transport_id: an id that everybody knows",
        ),
        (
            {"lp": {"type": "longpoll", "options": {"session_timeout": 0}}},
            f"{LISTENER}.paths.lp.options.session_timeout: must be a number >= 1",
        ),
        (
            {"lp": {"type": "longpoll", "options": {"auto_ping_interval": 1000}}},
            f"{LISTENER}.paths.lp.options.auto_ping_interval: long-poll has no pings",
        ),
        ({"x": {"type": "wsgi"}}, f"{LISTENER}.paths.x.type: wampi does not serve paths of type 'wsgi' yet"),
    ],
)
def test_wrong_paths_of_a_web_listener_are_named(paths: dict[str, Any], said: str) -> None:
    found = after(web(paths))
    assert any(problem.startswith(said) for problem in found), found


# ---- components ------------------------------------------------------------------------------------------------


def with_component(**changes: Any) -> Edit:
    def edit(configuration: dict[str, Any]) -> None:
        listener(configuration).update(
            endpoint={"type": "unix", "path": "router.sock"}, auth={"wampcra": {"type": "accounts"}}
        )
        component: dict[str, Any] = {
            "type": "class",
            "classname": "wampi.components.camera.Camera",
            "realm": "home",
            "transport": {"type": "websocket", "endpoint": {"type": "unix", "path": "router.sock"}},
            "auth": {"wampcra": {"authid": "camera", "role": "resident"}},
        }
        configuration["workers"].append({"type": "container", "components": [component | changes]})

    return edit


COMPONENT = "workers[1].components[0]"


def test_a_component_of_the_shipped_kinds_is_right() -> None:
    assert after(with_component()) == []


def test_a_type_may_be_left_out_where_there_is_only_one() -> None:
    assert after(with_component(transport={"endpoint": {"type": "unix", "path": "router.sock"}})) == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"realm": "hom"}, f"{COMPONENT}.realm: the router has no realm 'hom'; did you mean 'home'?"),
        ({"classname": "Camera"}, f"{COMPONENT}.classname: 'Camera' is no class name"),
        ({"classname": "no.such.Camera"}, f"{COMPONENT}.classname: there is no module 'no.such'"),
        (
            {"auth": {"wampcra": {"authid": "camera", "role": "camra"}}},
            f"{COMPONENT}.auth.wampcra.role: no realm of this router has a role 'camra'",
        ),
        (
            {"auth": {"wampcra": {"authid": "camera"}}},
            f"{COMPONENT}.auth.wampcra.authid: there is no key file /nonexistent/keys/camera.key",
        ),
        (
            {"transport": {"type": "websocket", "endpoint": {"type": "unix", "path": "other.sock"}}},
            f"{COMPONENT}.transport.endpoint: no listener of this file is there",
        ),
        (
            {"transport": {"type": "websocket", "endpoint": {"type": "tcp", "host": "hub.example", "port": 1}}},
            f"{COMPONENT}.transport.endpoint: components speak TLS over TCP",
        ),
    ],
)
def test_what_is_wrong_with_a_component_is_named(changes: dict[str, Any], said: str) -> None:
    found = after(with_component(**changes))
    assert any(problem.startswith(said) for problem in found), found


def test_a_component_needs_a_user_where_users_stand_in_the_file() -> None:
    def edit(configuration: dict[str, Any]) -> None:
        with_component()(configuration)
        listener(configuration)["auth"] = cra(camra={"secret": "x", "role": "resident"})

    assert after(edit) == [f"{COMPONENT}.auth.wampcra.authid: the listener has no user 'camera'; did you mean 'camra'?"]


def test_two_components_with_one_identity_are_named() -> None:
    def edit(configuration: dict[str, Any]) -> None:
        with_component(id="one")(configuration)
        with_component(id="two")(configuration)

    assert after(edit) == [
        "workers[2].components[0].auth.wampcra.authid: "
        f"{COMPONENT} has the authid 'camera' already; each component needs one of its own"
    ]


def test_the_shipped_configuration_is_right_in_an_empty_data_directory(tmp_path: Path) -> None:
    shipped = Path(__file__).parents[3] / "crossbar-like.json"
    assert shipped.is_symlink() and os.readlink(shipped) == "router/data/crossbar-like.json"  # noqa: PTH115
    import json

    assert problems(json.loads(shipped.read_text()), tmp_path) == []


# ---- RawSocket


def rawsocket(**more: Any) -> dict[str, Any]:
    return {"auth": {"anonymous": {"type": "static", "role": "resident"}}, **more}


def test_a_rawsocket_listener_and_one_on_the_port_of_a_web_listener_are_right() -> None:
    assert after(lambda c: listener(c).update(type="rawsocket", max_message_size=4096)) == []
    page = {"type": "web", "paths": {"ws": {"type": "websocket", **rawsocket()}}, "rawsocket": rawsocket()}

    def serve_both(configuration: dict[str, Any]) -> None:
        del listener(configuration)["auth"]
        listener(configuration).update(page)

    assert after(serve_both) == []


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"auth": {}}, ".auth: nobody can log in here"),
        ({"auth": {"anonymous": {"type": "static", "role": "nobody"}}}, ".auth.anonymous.role: no realm"),
        ({"serializers": []}, ".serializers: nothing can be said"),
        ({"max_message_size": 511}, ".max_message_size: "),
        ({"options": {"auto_ping_interval": -1}}, ".options.auto_ping_interval: "),
    ],
)
def test_what_is_wrong_with_rawsocket_is_found_in_both_places(change: dict[str, Any], path: str) -> None:
    (problem,) = after(lambda c: listener(c).update(type="rawsocket", **change))
    assert problem.startswith(LISTENER + path)

    def serve_both(configuration: dict[str, Any]) -> None:
        del listener(configuration)["auth"]
        paths = {"ws": {"type": "websocket", **rawsocket()}}
        listener(configuration).update(type="web", paths=paths, rawsocket=rawsocket() | change)

    (problem,) = after(serve_both)
    assert problem.startswith(f"{LISTENER}.rawsocket{path}")


# ---- logging in over HTTP

SECURE = {"type": "tcp", "port": 8443, "tls": {"type": "local-authority"}}
SWITCHES: dict[str, Any] = {"cookie": {}, "basic": {}, "digest": {}, "query": {}}


def web_logins(
    login: dict[str, Any] | None = None, endpoint: dict[str, Any] | None = None, **auth: dict[str, Any]
) -> list[str]:
    """What is wrong with a WebSocket that has these logins beside a login path, which None leaves out."""
    paths: dict[str, Any] = {"ws": {"type": "websocket", "auth": auth or SWITCHES}}
    if login is not None:
        paths["auth"] = {"type": "login", **login}

    def edit(configuration: dict[str, Any]) -> None:
        del listener(configuration)["auth"]
        listener(configuration).update(type="web", paths=paths, endpoint=endpoint or SECURE)

    return [problem.removeprefix(f"{LISTENER}.paths.") for problem in after(edit)]


PROVIDER = {"issuer": "https://id.example", "client_id": "hub"}


def test_all_ways_in_over_http_beside_a_login_path_are_right() -> None:
    assert web_logins(login={"auth": {"cookie": {}, "basic": {}, "digest": {}}, "cookie": {"name": "hub-2"}}) == []


def test_without_tls_nobody_logs_in_over_http() -> None:
    plain = {"type": "tcp", "port": 8080, "interface": "127.0.0.1"}
    hint = "give the endpoint 'tls', or name the 'trusted_proxies' that end it"
    assert web_logins({}, plain, basic={}) == [
        f"ws.auth.basic: what is sent here can be read on the way: {hint}",
        f"auth: names and passwords are sent here: {hint}",
    ]


def test_a_cookie_or_a_ticket_that_nobody_gives_out_is_named() -> None:
    assert web_logins(cookie={}, query={}) == [
        "ws.auth.cookie: nobody gives out a cookie: give a web transport a path of type 'login'",
        "ws.auth.query: nobody gives out a ticket: give a web transport a path of type 'login'",
    ]


@pytest.mark.parametrize(
    ("login", "said"),
    [
        ({"auth": {"query": {}}}, "auth.auth.query: a ticket is for one WebSocket"),
        ({"cookie": {"idle": 3000, "max_age": 2000}}, "auth.cookie.idle: is longer than 'max_age'"),
        ({"cookie": {"name": "a b"}}, "auth.cookie.name: "),
        ({"cookie": {"length": 5}}, "auth.cookie.length: "),
        ({"auth": {"anonymous": {}}}, "auth.auth.anonymous: "),
        ({"oidc": {"A b": PROVIDER}}, "auth.oidc['A b']: "),
        ({"oidc": {"id": {"client_id": "hub"}}}, "auth.oidc.id: 'issuer' is missing"),
        ({"oidc": {"id": PROVIDER | {"issuer": "http://id.example"}}}, "auth.oidc.id.issuer: must be an address"),
        ({"oidc": {"id": PROVIDER | {"issuer": "https://id.example/?a"}}}, "auth.oidc.id.issuer: must be an address"),
        ({"oidc": {"id": PROVIDER | {"issuer": "https://[x"}}}, "auth.oidc.id.issuer: must be an address"),
        ({"oidc": {"id": PROVIDER | {"scopes": ["profile"]}}}, "auth.oidc.id.scopes: must have 'openid'"),
        ({"oidc": {"id": PROVIDER | {"scopes": ["openid", "a b"]}}}, "auth.oidc.id.scopes"),
        (
            {"oidc": {"id": PROVIDER | {"client_secret_file": "no"}}},
            "auth.oidc.id.client_secret_file: there is no file",
        ),
        ({"oidc": {"id": PROVIDER | {"authority": "no"}}}, "auth.oidc.id.authority: there is no file"),
        ({"oidc": {"id": PROVIDER | {"secret": "x"}}}, "auth.oidc.id.secret: "),
        ({"passkeys": True}, "auth.passkeys: must be an object"),
    ],
)
def test_what_is_wrong_with_a_login_path_is_named(login: dict[str, Any], said: str) -> None:
    (problem,) = web_logins(login)
    assert problem.startswith(said)


def test_rawsocket_has_no_request_that_could_carry_a_login() -> None:
    (problem,) = after(lambda c: listener(c).update(type="rawsocket", auth={"basic": {}}))
    assert problem == f"{LISTENER}.auth.basic: RawSocket begins with no HTTP request that could carry it: leave it out"


def test_crossbars_cookie_options_are_pointed_to_where_they_belong() -> None:
    (problem,) = after(lambda c: listener(c).update(cookie={"store": {"type": "memory"}}))
    assert problem.endswith("the cookie is made by the login page: write its options at the path of type 'login'")
