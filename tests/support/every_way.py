"""A hub where every way to log in is open, and logins that it has to refuse: by each way, for each reason there is."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, Protocol, get_args
from urllib.parse import urlencode

from autobahn.wamp.auth import AuthScram, compute_wcs, derive_key
from autobahn.wamp.types import Challenge
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding
from wampi.router.auth.tls import fingerprint
from wampi.router.credentials import STRANGERS, Standing
from wampi.router.store.accounts import Accounts

from support.every_line import with_every_line
from support.forging_provider import CLIENT, SECRET, ForgingProvider
from support.live import ROLES
from support.scram import NONCE, prove
from support.soft_authenticator import SoftAuthenticator
from support.store import OTHER_PASSWORD, PASSWORD
from support.tls import provider_certificate
from support.ways import ClientAuthority
from support.web import COOKIE, FORM_COOKIE, WebHub, basic, bearer, digest, web_configuration

Reason = Literal["unknown", "wrong", "disabled", "locked"]
REASONS: tuple[Reason, ...] = get_args(Reason)
UNGUESSABLE: tuple[Reason, ...] = ("unknown", "wrong", "disabled")
"""Random keys and tokens shut no account, and this machine's own address is exempt: here nothing locks them."""

NAMES: dict[Reason, str] = {"unknown": "nobo", "wrong": "anna", "disabled": "gone", "locked": "lock"}
"""Why somebody is refused -> who; all as long, so that what repeats a name is as long, too."""

_ANY_NAME = re.compile(b"n0[0-9]{2}|" + "|".join(NAMES.values()).encode())


class Door(Protocol):
    """What the ways need that are carried by HELLO or by a header: a hub that runs, or its parts."""

    tokens: dict[str, str]
    keys: dict[str, Ed25519PrivateKey]
    certificates: dict[str, Path]

    def name(self, reason: Reason) -> str:
        """Who is refused for a reason."""

    def session(
        self, hello: dict[str, Any], answer: Answer | None = None, cookie: str | None = None, paper: Path | None = None
    ) -> bytes:
        """Try to join; return what comes back."""

    def knock(self, query: str = "", **headers: str) -> bytes:
        """Ask for a WebSocket; return what comes back."""


class EveryWay(WebHub):
    """The hub. Each person has a password, a token, a key, a certificate, a passkey, an identity and a cookie."""

    def __init__(self, directory: Path) -> None:
        self._clients = ClientAuthority(directory)
        authority, certificate = provider_certificate(directory)
        self.provider = ForgingProvider(certificate)
        self.tokens = {name: f"wampi_{name}" for name in NAMES.values()}
        self.keys = {name: Ed25519PrivateKey.generate() for name in NAMES.values()}
        self.certificates = {name: self._clients.issue(name) for name in NAMES.values()}
        self.cookies = dict.fromkeys(NAMES.values(), "A" * 43)
        secret = directory / "provider.secret"
        secret.write_text(f"{SECRET}\n")
        ways = {way: {"type": "accounts"} for way in ("wampcra", "scram", "cryptosign", "ticket", "tls")}
        configuration = web_configuration(**ways)
        listener = configuration["workers"][0]["transports"][0]
        listener["endpoint"]["tls"]["ca_certificates"] = [str(self._clients.file)]
        listener["paths"]["auth"] |= {
            "passkeys": {},
            "oidc": {
                "test": {
                    "issuer": self.provider.issuer,
                    "client_id": CLIENT,
                    "client_secret_file": str(secret),
                    "authority": str(authority),
                }
            },
        }
        self.every_line = directory / "every.log"
        self._stranger = "n000"
        super().__init__(directory, configuration, program=with_every_line(self.every_line))
        self.devices = {name: SoftAuthenticator(self.origin, "localhost") for name in NAMES.values()}
        self._log_everybody_in()

    def furnish(self, accounts: Accounts) -> None:
        super().furnish(accounts)
        for name in ("gone", "lock"):
            accounts.add_person(name, "resident", PASSWORD)
        for name in ("anna", "gone", "lock"):
            self.tokens[name] = accounts.tokens.add(name, "tests").secret
            accounts.public_keys.add(name, "cryptosign", self.keys[name].public_key().public_bytes_raw(), "key")
            certificate = x509.load_pem_x509_certificate(self.certificates[name].read_bytes())
            accounts.public_keys.add(name, "certificate", fingerprint(certificate.public_bytes(Encoding.DER)), "paper")
            accounts.identities.link(accounts.identities.meet(self.provider.issuer, name, "").number, name)
        accounts.standings.put({"lock": Standing({STRANGERS: 60})})

    def close(self) -> None:
        self.provider.close()
        super().close()

    def name(self, reason: Reason) -> str:
        """Who is refused for a reason."""
        return self._stranger if reason == "unknown" else NAMES[reason]

    def forgive(self, number: int) -> None:
        """Come from another address of this machine, where no failure is one too many; unknown names are others, too.

        ``number`` is below 100.
        """
        self.source, self._stranger = f"127.0.0.{number + 10}", f"n{number:03d}"
        self.log_in("anna")
        self.set_enabled("gone", enabled=True)
        self.log_in("gone")
        self.set_enabled("gone", enabled=False)

    def restart(self) -> None:
        """Stop the hub and start it again, with an empty log."""
        assert self.node.stop() == 0
        self.node.log_file.write_text("")
        self.node.start("router.sock")

    def set_enabled(self, name: str, enabled: bool) -> None:
        """Disable an account behind the back of the node, or enable it again."""
        with self.accounts as accounts:
            accounts.set_enabled(name, enabled)

    def _log_everybody_in(self) -> None:
        """Make cookies and passkeys, and disable who is to be disabled then."""
        for name in ("anna", "gone"):
            self.cookies[name] = self.log_in(name)
            cookies = {COOKIE: self.cookies[name], **self.ask("GET", "/auth/login").cookies}
            options = self.send_json("/auth/passkeys/new", {}, cookies=cookies).json
            made = {"credential": self.devices[name].create(options), "name": ""}
            assert self.send_json("/auth/passkeys/add", made, cookies=cookies).status == 200
        self.devices["nobo"].handle = self.devices["anna"].handle
        self.set_enabled("gone", enabled=False)

    # ---- what is on the wire -----------------------------------------------------------------------------------

    def raw(self, method: str, target: str, headers: dict[str, str], body: bytes = b"") -> bytes:
        """Send a request; return all that comes back until the connection ends."""
        fields = {"Host": f"localhost:{self.port}", "Origin": self.origin, "Content-Length": str(len(body)), **headers}
        head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        with self.connection() as connection:
            connection.sendall(f"{method} {target} HTTP/1.1\r\n{head}\r\n".encode() + body)
            return b"".join(iter(lambda: connection.recv(65536), b""))

    def knock(self, query: str = "", **headers: str) -> bytes:
        """Ask for a WebSocket; return the whole answer."""
        upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
        more = {"Sec-WebSocket-Key": b64encode(bytes(16)).decode(), "Sec-WebSocket-Protocol": "wamp.2.json"}
        return self.raw("GET", f"/ws{query}", upgrade | more | headers)

    def session(
        self, hello: dict[str, Any], answer: Answer | None = None, cookie: str | None = None, paper: Path | None = None
    ) -> bytes:
        """Try to join; return WELCOME, or all that comes back and how the connection ends."""
        with self.socket(cookie=cookie, certificate=paper) as client:
            client.send(1, "home", {"roles": ROLES, **hello})
            frames = [client.receive_bytes()]
            if answer is not None:
                code, _, extra = json.loads(frames[0])
                assert code == 4, frames
                signature, more = answer(extra)
                client.send(5, signature, more)
                frames.append(client.receive_bytes())
            if frames[-1].startswith(b"[2,"):
                return frames[-1]
            try:
                frames.append(client.receive_bytes())
            except ConnectionError as end:
                frames.append(str(end).encode())
        return b"\n".join(frames)


Answer = Callable[[dict[str, Any]], tuple[str, dict[str, Any]]]
"""What AUTHENTICATE says to a challenge."""


def password_of(reason: Reason) -> str:
    return OTHER_PASSWORD if reason == "wrong" else PASSWORD


def challenge(hub: EveryWay, method: str, name: str) -> dict[str, Any]:
    """The challenge that a name is given, which nobody answers."""
    with hub.socket() as client:
        code, _, extra = client.hello(authid=name, authmethods=[method], authextra={"nonce": NONCE})
    assert code == 4, extra
    return dict(extra)


def by_wampcra(hub: Door, name: str, password: str) -> bytes:
    def answer(extra: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        key = derive_key(password, extra["salt"], extra["iterations"], extra["keylen"])
        return compute_wcs(key, extra["challenge"]).decode(), {}

    return hub.session({"authid": name, "authmethods": ["wampcra"]}, answer)


def by_wamp_scram(hub: Door, name: str, password: str) -> bytes:
    def answer(extra: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        return prove(extra, name, password)[0], {"nonce": extra["nonce"]}

    return hub.session({"authid": name, "authmethods": ["wamp-scram"], "authextra": {"nonce": NONCE}}, answer)


def by_scram(hub: Door, name: str, password: str) -> bytes:
    client = AuthScram(authid=name, password=password)
    hello = {"authid": name, "authmethods": ["scram"], "authextra": client.authextra}
    return hub.session(hello, lambda extra: (client.on_challenge(None, Challenge("scram", extra)).decode(), {}))


def _with_password(by: Callable[[Any, str, str], bytes]) -> Callable[[Any, Reason], bytes]:
    return lambda hub, reason: by(hub, hub.name(reason), password_of(reason))


def _cryptosign(hub: Door, reason: Reason) -> bytes:
    public_key = hub.keys[NAMES[reason]].public_key().public_bytes_raw().hex()
    key = hub.keys["nobo" if reason == "wrong" else NAMES[reason]]

    def answer(extra: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        message = bytes.fromhex(extra["challenge"])
        return (key.sign(message) + message).hex(), {}

    return hub.session({"authmethods": ["cryptosign"], "authextra": {"pubkey": public_key}}, answer)


def _ticket(hub: Door, reason: Reason) -> bytes:
    token = hub.tokens["nobo" if reason == "wrong" else NAMES[reason]]
    return hub.session({"authid": hub.name(reason), "authmethods": ["ticket"]}, lambda _extra: (token, {}))


def _tls(hub: Door, reason: Reason) -> bytes:
    hello = {"authmethods": ["tls"], **({"authid": "otto"} if reason == "wrong" else {})}
    return hub.session(hello, paper=hub.certificates[NAMES[reason]])


def _cookie(hub: EveryWay, reason: Reason) -> bytes:
    value = hub.cookies[NAMES[reason]]
    return hub.session({"authmethods": ["cookie"]}, cookie=value[::-1] if reason == "wrong" else value)


def by_basic(hub: Door, name: str, password: str) -> bytes:
    return hub.knock(**basic(name, password))


def by_digest(hub: EveryWay, name: str, password: str) -> bytes:
    return hub.knock(**digest(hub, name, password))


def _bearer(hub: Door, reason: Reason) -> bytes:
    token = hub.tokens[NAMES[reason]]
    return hub.knock(**bearer(token[:-4] if reason == "wrong" else token))


def _query(hub: EveryWay, reason: Reason) -> bytes:
    if reason == "unknown":
        return hub.knock("?ticket=" + "A" * 22)
    if reason == "wrong":
        used = hub.ticket(headers=basic("anna", PASSWORD))
        hub.knock(f"?ticket={used}")
        return hub.knock(f"?ticket={used}")
    hub.set_enabled("gone", enabled=True)
    ticket = hub.ticket(headers=basic("gone", PASSWORD))
    hub.set_enabled("gone", enabled=False)
    return hub.knock(f"?ticket={ticket}")


def by_basic_for_a_ticket(hub: EveryWay, name: str, password: str) -> bytes:
    headers = {"Content-Type": "application/json", **basic(name, password)}
    return hub.raw("POST", "/auth/ticket", headers, b"{}")


def by_json(hub: EveryWay, name: str, password: str) -> bytes:
    body = json.dumps({"username": name, "password": password})
    return hub.raw("POST", "/auth/login", {"Content-Type": "application/json"}, body.encode())


def by_form(hub: EveryWay, name: str, password: str) -> bytes:
    form = hub.ask("GET", "/auth/login")
    [token] = re.findall(rb'name="token" value="([^"]*)"', form.body)
    sent = {"username": name, "password": password, "token": token.decode()}
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": _pairs(form.cookies)}
    return hub.raw("POST", "/auth/login", headers, urlencode(sent).encode())


def _passkey(hub: EveryWay, reason: Reason) -> bytes:
    cookies = hub.ask("GET", "/auth/login").cookies
    options = hub.send_json("/auth/passkeys/challenge", {}, cookies=cookies).json
    device = hub.devices[NAMES[reason]]
    if reason == "wrong":
        device = hub.devices["lock"]
        device.credential_id, device.handle = hub.devices["anna"].credential_id, hub.devices["anna"].handle
    body = json.dumps({"credential": device.get(options)}).encode()
    headers = {"Content-Type": "application/json", "Cookie": _pairs(cookies)}
    return hub.raw("POST", "/auth/passkeys/login", headers, body)


def _oidc(hub: EveryWay, reason: Reason) -> bytes:
    name = "gone" if reason == "disabled" else "anna"
    hub.provider.claims = {"sub": name, **({"aud": "another"} if reason == "wrong" else {})}
    away = hub.ask("GET", "/auth/oidc/test/login")
    query = hub.provider.authorize(str(away.headers["Location"]))
    hub.provider.response = {}
    if reason == "unknown":
        query |= {"error": "access_denied"}
    return hub.raw("GET", f"/auth/oidc/test/callback?{urlencode(query)}", {"Cookie": _pairs(away.cookies)})


def _pairs(cookies: dict[str, str]) -> str:
    return "; ".join(f"{name}={value}" for name, value in cookies.items() if name in (COOKIE, FORM_COOKIE) or value)


ATTEMPTS: dict[str, tuple[Callable[[EveryWay, Reason], bytes], tuple[Reason, ...]]] = {
    "wampcra": (_with_password(by_wampcra), REASONS),
    "wamp-scram": (_with_password(by_wamp_scram), REASONS),
    "scram": (_with_password(by_scram), REASONS),
    "cryptosign": (_cryptosign, UNGUESSABLE),
    "ticket": (_ticket, UNGUESSABLE),
    "tls": (_tls, UNGUESSABLE),
    "cookie": (_cookie, UNGUESSABLE),
    "basic": (_with_password(by_basic), REASONS),
    "digest": (_with_password(by_digest), REASONS),
    "bearer": (_bearer, UNGUESSABLE),
    "query": (_query, UNGUESSABLE),
    "basic, for a ticket": (_with_password(by_basic_for_a_ticket), REASONS),
    "form, by a script": (_with_password(by_json), REASONS),
    "form": (_with_password(by_form), REASONS),
    "passkey": (_passkey, UNGUESSABLE),
    "oidc": (_oidc, UNGUESSABLE),
}
"""Way -> how to be refused by it, and for which reasons."""


def masked(answer: bytes) -> bytes:
    """What is on the wire without what has to be another each time: names, nonces, salts, times, tokens of forms.

    How long these are stays to be seen, but for the session's id.
    """
    text = _ANY_NAME.sub(b"NAME", answer)
    for varying in (
        rb"Date: [^\r]*",
        rb'nonce="[^"]*"',
        rb"\d+\.[0-9a-f]{64}",
        rb"__Host-wampi-form=[^;]*",
        rb'\\"nonce\\": \\"[^"]*"',
        rb'\\"timestamp\\": \\"[^"]*"',
        rb'"(?:nonce|salt)":"[^"]*"',
        rb'"challenge":"[0-9a-f]{64}"',
    ):
        text = re.sub(varying, lambda found: re.sub(rb"[0-9A-Za-z+/=_-]", b"*", found[0]), text)
    text = re.sub(rb'\\"session\\": \d+', b"session", text)
    return text.replace(rb"\"authrole\": \"owner\"", rb"\"authrole\": \"resident\"")
