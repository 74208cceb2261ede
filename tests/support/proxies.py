"""Real reverse proxies before a real hub, each with the configuration that docs/outside.md shows."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support.node import house_configuration
from support.pages import ROOT, blocks
from support.ports import free_port
from support.tls import provider_certificate
from support.waiting import PATIENCE_SECONDS, eventually
from support.web import WAYS, WebHub

PAGE = ROOT / "docs" / "outside.md"
NAME = "home.example.org"
_MODULES = Path("/usr/lib/nginx/modules")


def sample(language: str, containing: str) -> str:
    """The piece of configuration on the page that has a text in it."""
    (found,) = (block.text for block in blocks(PAGE) if block.language == language and containing in block.text)
    return found


def _changed(text: str, changes: Mapping[str, str]) -> str:
    """A text with some words exchanged; each of them has to stand there."""
    for old, new in changes.items():
        assert old in text, f"the page does not say {old!r} any more"
        text = text.replace(old, new)
    return text


@dataclass(frozen=True)
class Place:
    """Where a proxy works: its directory, its port, where the hub is and who vouches for it, and a certificate of
    its own with the key in one file."""

    directory: Path
    port: int
    hub: str
    hub_authority: Path
    certificate: Path

    def write(self, name: str, text: str) -> Path:
        file = self.directory / name
        file.write_text(text)
        return file


def _program(name: str) -> str:
    found = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin")
    assert found is not None, f"{name} is missing; .ci/debian-packages installs it"
    return found


def _nginx(place: Place, blocks: str) -> list[str]:
    pid = f"daemon off; master_process off; pid {place.directory}/pid; error_log stderr;\n"
    module = f"load_module {_MODULES}/ngx_stream_module.so;\nevents {{}}\n"
    file = place.write("nginx.conf", pid + module + blocks)
    return [_program("nginx"), "-p", str(place.directory), "-c", str(file)]


def nginx(place: Place, changes: Mapping[str, str] | None = None) -> list[str]:
    """Ends TLS."""
    page = _changed(sample("nginx", "listen 443 ssl"), {
        "listen 443 ssl": f"listen 127.0.0.1:{place.port} ssl", NAME: "localhost",
        "/etc/letsencrypt/live/localhost/fullchain.pem": str(place.certificate),
        "/etc/letsencrypt/live/localhost/privkey.pem": str(place.certificate),
        **(changes or {"127.0.0.1:8080": place.hub}),
    })  # fmt: skip
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    paths = "".join(f"{kind}_temp_path {place.directory}/{kind};\n" for kind in kinds)
    return _nginx(place, f"http {{\naccess_log off;\n{paths}{page}}}\n")


def nginx_by_tls(place: Place) -> list[str]:
    """Ends TLS, and speaks TLS to the hub, as from another machine."""
    further = _changed(sample("nginx", "proxy_ssl_verify on"), {
        "192.0.2.10:8443": place.hub, "/etc/nginx/hub-ca.pem": str(place.hub_authority), "hub.local": "localhost",
    })  # fmt: skip
    return nginx(place, {"proxy_pass http://127.0.0.1:8080;": further})


def caddy(place: Place) -> list[str]:
    """Ends TLS."""
    own = f"https://localhost:{place.port} {{\n    bind 127.0.0.1\n    tls {place.certificate} {place.certificate}"
    page = _changed(sample("caddy", "reverse_proxy"), {
        f"{NAME} {{": own, "127.0.0.1:8080": place.hub,
    })  # fmt: skip
    file = place.write("Caddyfile", "{\n    admin off\n    auto_https disable_redirects\n}\n" + page)
    return [_program("caddy"), "run", "--adapter", "caddyfile", "--config", str(file)]


def nginx_stream(place: Place) -> list[str]:
    """Passes TLS through."""
    changes = {"listen 443": f"listen 127.0.0.1:{place.port}", "192.0.2.10:9443": place.hub}
    return _nginx(place, _changed(sample("nginx", "stream {"), changes))


def haproxy(place: Place, check: str = "check") -> list[str]:
    """Passes TLS through."""
    changes = {"bind :443": f"bind 127.0.0.1:{place.port}", "192.0.2.10:9443": place.hub, " check ": f" {check} "}
    file = place.write("haproxy.cfg", _changed(sample("haproxy", "send-proxy"), changes))
    return [_program("haproxy"), "-db", "-f", str(file)]


def haproxy_by_tls(place: Place) -> list[str]:
    """Passes TLS through, and looks whether the hub speaks TLS, without which it sends it nobody."""
    # Not more often: that is also the time that the hub has for its answer.
    return haproxy(place, "check check-ssl verify none inter 20s fall 1")


Proxy = Callable[[Place], list[str]]


class ProxiedHub(WebHub):
    """The hub behind a proxy: clients speak to the proxy, as somebody at 127.0.0.5."""

    source = "127.0.0.5"

    def __init__(self, directory: Path, configuration: dict[str, Any], proxy: Proxy, ends_tls: bool) -> None:
        self._proxy_port = 0
        super().__init__(directory, configuration)
        self._made = directory / "proxy"
        self._made.mkdir()
        self._ends_tls = ends_tls
        self._proxy_authority, certificate = provider_certificate(self._made)
        is_unix = configuration["workers"][0]["transports"][0]["endpoint"]["type"] == "unix"
        hub = f"unix:{self.node.data}/proxy.sock:" if is_unix else f"127.0.0.1:{self.port}"
        place = Place(self._made, free_port(), hub, super().authority, certificate)
        self._log = (self._made / "log").open("wb")
        environment = os.environ | {"HOME": str(self._made), "XDG_DATA_HOME": str(self._made)}
        self._proxy = subprocess.Popen(
            proxy(place), stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log, env=environment
        )
        eventually("the proxy listens", lambda: self._listens(place.port))
        self._proxy_port = place.port

    def _listens(self, port: int) -> bool:
        assert self._proxy.poll() is None, (self._made / "log").read_text()
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    def close(self) -> None:
        self._proxy.terminate()
        self._proxy.wait(PATIENCE_SECONDS)
        self._log.close()
        super().close()

    @property
    def port(self) -> int:
        return self._proxy_port or super().port

    @property
    def authority(self) -> Path:
        return self._proxy_authority if self._ends_tls else super().authority

    @property
    def refused(self) -> list[str]:
        """What the audit trail says of refused logins: from where, the newest last."""
        shown = self.node.run("audit", "--kind", "refused")
        assert shown.returncode == 0, shown.stderr
        return re.findall(r"tcp:\S+", shown.stdout)


@contextmanager
def proxied_hub(
    directory: Path, listener: dict[str, Any], proxy: Proxy, *, ends_tls: bool, by: str = ""
) -> Iterator[ProxiedHub]:
    """Run the house with a listener of the page in place of its own, and a proxy before it.

    One that ends TLS comes to the hub over plain TCP, or ``by`` TLS or a UNIX ``socket``.
    """
    node = house_configuration()
    endpoint = {"type": "tcp", "port": 0, "interface": "127.0.0.1"}
    if not ends_tls or by == "TLS":
        endpoint["tls"] = {"type": "local-authority"}
    listener = listener | {"endpoint": endpoint, "trusted_proxies": ["127.0.0.1"]}
    if by == "socket":
        listener |= {"endpoint": {"type": "unix", "path": "proxy.sock"}, "trusted_proxies": ["unix"]}
    listener["paths"]["auth"]["auth"] = WAYS
    listener["paths"]["lp"] = {"type": "longpoll", "auth": WAYS}
    node["workers"][0]["transports"][0] = listener
    running = ProxiedHub(directory, node, proxy, ends_tls)
    try:
        yield running
    finally:
        running.close()
