"""One attempt to log in for each way in, right or wrong, by clients that cost as little as they can.

Whatever takes long for a client (Argon2id, PBKDF2) is done once: a flood is to keep the hub busy, not itself.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import io
import itertools
import json
import os
import secrets
import socket
import ssl
import threading
from collections.abc import Callable, Mapping
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from argon2.low_level import Type, hash_secret_raw
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from wampi.router.store.accounts import Accounts
from wampi.router.store.passkeys import NewPasskey

from .hub import CAREFUL, DEVICE, OTHER, PASSWORD, PERSON, REALM, Hub
from .session import ROLES, Channel, trusting_anyone

from support.soft_authenticator import SoftAuthenticator  # isort: skip - hub has said where it is

WELCOME, CHALLENGE = 2, 4
BUSY = 503
PATIENCE_SECONDS = 30.0
BURST = 16
"""How many connections begin at once; with all threads of a flood that is more than may wait for a login."""

GUESS = "never the right one"
_numbers = itertools.count()
_mine = threading.local()
"""What each thread has for itself: an address, a session, and a passkey, since two that count alike seem a copy."""


class TurnedAway(Exception):
    """The hub had no time for an attempt, and said so."""


Attempt = Callable[[Hub, bool], bool]
"""Logs in rightly or wrongly; returns whether that was allowed. Raises TurnedAway, or what sockets raise."""


# ---- connections -------------------------------------------------------------------------------------------------


def connection(hub: Hub, source: str = "127.0.0.1") -> socket.socket:
    """Return a TCP connection, from any address of loopback."""
    made = socket.create_connection(("127.0.0.1", hub.port), PATIENCE_SECONDS, (source, 0))
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return made


def tls_connection(hub: Hub, certificate: str | None = None) -> ssl.SSLSocket:
    """Return a connection by TLS, from a full handshake."""
    return _context(certificate).wrap_socket(connection(hub))


@cache
def _context(certificate: str | None) -> ssl.SSLContext:
    context = trusting_anyone()
    if certificate is not None:
        context.load_cert_chain(certificate)
    return context


@dataclass(frozen=True)
class Answer:
    """What an HTTP request was answered."""

    code: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def cookies(self) -> dict[str, str]:
        """The cookies that it sets."""
        lines = self.headers.get_all("Set-Cookie", [])
        return dict(line.partition(";")[0].split("=", 1) for line in lines)


def ask(hub: Hub, method: str, path: str, sent: Any = None, fields: Mapping[str, str] | None = None) -> Answer:
    """Ask over HTTPS, on a connection of its own; what is sent is sent as JSON."""
    body = b"" if sent is None else json.dumps(sent).encode()
    host = f"localhost:{hub.port}"
    lines = {"Host": host, "Origin": f"https://{host}", "Connection": "close", **(fields or {})}
    if method == "POST":
        lines |= {"Content-Type": "application/json", "Content-Length": str(len(body))}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    with tls_connection(hub) as made:
        made.sendall(f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode() + body)
        received = io.BytesIO(b"".join(iter(lambda: made.recv(65536), b"")))
    code = int(received.readline().split()[1])
    answer = Answer(code, http.client.parse_headers(received), received.read())
    if code == BUSY:
        raise TurnedAway
    return answer


def opened(hub: Hub, fields: Mapping[str, str] | None = None, query: str = "", certificate: str | None = None) -> Any:
    """Return an open WebSocket, closed with its context, or None when the hub refuses it."""
    channel = Channel(tls_connection(hub, certificate))
    code = channel.open_websocket(query, {"Origin": "https://127.0.0.1", **(fields or {})} if fields else {})
    if code != 101:
        channel.close()
        if code == BUSY:
            raise TurnedAway
        return None
    return closing(channel)


def is_let_in(hub: Hub, method: str, fields: Mapping[str, str] | None = None, query: str = "") -> bool:
    """Open a WebSocket with what a request can carry, and say HELLO; return whether that is WELCOME."""
    made = opened(hub, fields, query)
    if made is None:
        return False
    with made as channel:
        channel.send(1, REALM, {"roles": ROLES, "authmethods": [method]})
        return bool(channel.receive()[0] == WELCOME)


def challenged(
    hub: Hub,
    methods: list[str],
    details: dict[str, Any],
    *answers: Callable[[dict[str, Any]], Any],
    certificate: str | None = None,
) -> bool:
    """Log in within WAMP, with an answer for each challenge that comes."""
    with opened(hub, certificate=certificate) as channel:
        channel.send(1, REALM, {"roles": ROLES, "authmethods": methods, **details})
        for answer in answers:
            message = channel.receive()
            if message[0] != CHALLENGE:
                return bool(message[0] == WELCOME)
            said = answer(message[2])
            channel.send(5, *(said if isinstance(said, tuple) else (said, {})))
        return bool(channel.receive()[0] == WELCOME)


def stranger() -> str:
    """Return a name that nobody has, another one each time."""
    return f"nobody-{next(_numbers)}"


# ---- within WAMP -------------------------------------------------------------------------------------------------


def tcp(hub: Hub, is_right: bool) -> bool:
    """Connect and go; wrongly by a byte that is no TLS."""
    with connection(hub) as made:
        if not is_right:
            made.sendall(b"\0")
    return is_right


def handshake(hub: Hub, is_right: bool) -> bool:
    """Shake hands and go; wrongly before that is over."""
    if is_right:
        tls_connection(hub).close()
        return True
    with connection(hub) as made:
        made.sendall(client_hello())
        made.recv(1)
    return False


def burst(hub: Hub, is_right: bool) -> bool:
    """Begin many handshakes in one moment, from an address for each thread, and go when the answers come, or before."""
    with ExitStack() as stack:
        together = [stack.enter_context(connection(hub, _own_address())) for _ in range(BURST)]
        hellos = [client_hello() for _ in together]
        for made, hello in zip(together, hellos, strict=True):
            made.sendall(hello)
        for made in together if is_right else ():
            made.recv(1)
    return is_right


def client_hello() -> bytes:
    """Return how a client of TLS begins."""
    written = ssl.MemoryBIO()
    client = _context(None).wrap_bio(ssl.MemoryBIO(), written)
    with suppress(ssl.SSLWantReadError):
        client.do_handshake()
    return written.read()


def _own_address() -> str:
    if not hasattr(_mine, "address"):
        _mine.address = f"127.{os.getpid() % 250 + 1}.0.{next(_numbers) % 250 + 2}"
    return str(_mine.address)


def wampcra(hub: Hub, is_right: bool) -> bool:
    """With the key of a device, which needs no stretching."""
    key = (hub.device_key if is_right else GUESS).encode()

    def sign(extra: dict[str, Any]) -> str:
        return base64.b64encode(hmac.digest(key, extra["challenge"].encode(), "sha256")).decode()

    return challenged(hub, ["wampcra"], {"authid": DEVICE if is_right else stranger()}, sign)


def scram(hub: Hub, is_right: bool) -> bool:
    """With a password; a stranger does not even stretch it."""
    name, nonce = PERSON if is_right else stranger(), base64.b64encode(secrets.token_bytes(18)).decode()

    def prove(extra: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        salt, passes, memory = extra["salt"], extra["iterations"], extra["memory"]
        salted = _salted(salt, passes, memory) if is_right else bytes(32)
        first = f"n={name},r={nonce},r={extra['nonce']},s={salt},i={passes},c=biws,r={extra['nonce']}"
        client_key = hmac.digest(salted, b"Client Key", "sha256")
        signature = hmac.digest(hashlib.sha256(client_key).digest(), first.encode(), "sha256")
        proof = bytes(a ^ b for a, b in zip(client_key, signature, strict=True))
        return base64.b64encode(proof).decode(), {"nonce": extra["nonce"]}

    return challenged(hub, ["wamp-scram"], {"authid": name, "authextra": {"nonce": nonce}}, prove)


@cache
def _salted(salt: str, passes: int, memory_kib: int) -> bytes:
    return hash_secret_raw(PASSWORD.encode(), base64.b64decode(salt), passes, memory_kib, 1, 32, Type.ID)


def cryptosign(hub: Hub, is_right: bool) -> bool:
    """With a private key, and the hub's own signature asked for besides; a stranger has a key of his own."""
    key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(hub.private_key)) if is_right else _other_key()

    def sign(extra: dict[str, Any]) -> str:
        message = bytes.fromhex(extra["challenge"])
        return (key.sign(message) + message).hex()

    extra = {"pubkey": key.public_key().public_bytes_raw().hex(), "challenge": secrets.token_hex(32)}
    return challenged(hub, ["cryptosign"], {"authextra": extra}, sign)


@cache
def _other_key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.generate()


def ticket(hub: Hub, is_right: bool) -> bool:
    """With a token."""
    return challenged(hub, ["ticket"], {"authid": PERSON}, lambda _extra: hub.token if is_right else GUESS)


def tls(hub: Hub, is_right: bool) -> bool:
    """With a client certificate; a stranger has none."""
    return challenged(hub, ["tls"], {}, certificate=hub.certificate if is_right else None)


def second_factor(hub: Hub, is_right: bool) -> bool:
    """With the password, and a code that is wrong, since each is good only once; strangers never get that far."""
    name = CAREFUL if is_right else stranger()

    def sign(extra: dict[str, Any]) -> str:
        key = _derived(extra["salt"], extra["iterations"], extra["keylen"]) if is_right else b"guess"
        return base64.b64encode(hmac.digest(key, extra["challenge"].encode(), "sha256")).decode()

    challenged(hub, ["wampcra", "totp"], {"authid": name}, sign, lambda _extra: "aaaa-bbbb-cccc-dddd")
    return is_right


@cache
def _derived(salt: str, rounds: int, size: int) -> bytes:
    return base64.b64encode(hashlib.pbkdf2_hmac("sha256", PASSWORD.encode(), salt.encode(), rounds, size))


# ---- over HTTP ---------------------------------------------------------------------------------------------------


def basic(hub: Hub, is_right: bool) -> bool:
    """With a password in each request."""
    pair = f"{PERSON}:{PASSWORD}" if is_right else f"{stranger()}:{GUESS}"
    return is_let_in(hub, "basic", {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"})


def bearer(hub: Hub, is_right: bool) -> bool:
    """With a token in each request."""
    return is_let_in(hub, "bearer", {"Authorization": f"Bearer {hub.token if is_right else GUESS.replace(' ', '')}"})


def query(hub: Hub, is_right: bool) -> bool:
    """With a ticket in the address, which a token has bought."""
    taken = "A" * 22
    if is_right:
        answer = ask(hub, "POST", "/auth/ticket", {"realm": REALM}, {"Authorization": f"Bearer {hub.token}"})
        taken = json.loads(answer.body)["ticket"]
    return is_let_in(hub, "query", query=f"?ticket={taken}")


def digest(hub: Hub, is_right: bool) -> bool:
    """With a digest of the password, each for a nonce of its own."""
    offered = ask(hub, "POST", "/auth/ticket", {}).headers.get_all("WWW-Authenticate", [])
    line = next(line for line in offered if line.startswith("Digest "))
    parameters = dict(part.split("=", 1) for part in line.removeprefix("Digest ").split(", "))
    realm, nonce, cnonce = parameters["realm"].strip('"'), parameters["nonce"].strip('"'), secrets.token_hex(8)
    name = PERSON if is_right else stranger()
    a1, a2 = _sha256(f"{name}:{realm}:{PASSWORD}"), _sha256("GET:/ws")
    response = _sha256(f"{a1}:{nonce}:00000001:{cnonce}:auth:{a2}")
    field = (
        f'Digest username="{name}", realm="{realm}", nonce="{nonce}", uri="/ws", algorithm=SHA-256, qop=auth, '
        f'nc=00000001, cnonce="{cnonce}", response="{response}"'
    )
    return is_let_in(hub, "digest", {"Authorization": field})


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def form(hub: Hub, is_right: bool) -> bool:
    """With a password sent by a page's script, for a cookie."""
    return _cookie(hub, PERSON if is_right else stranger()) is not None


def cookie(hub: Hub, is_right: bool) -> bool:
    """With a cookie that there is already."""
    value = _own_cookie(hub) if is_right else secrets.token_urlsafe(32)
    return is_let_in(hub, "cookie", {"Cookie": f"__Host-wampi={value}"})


@cache
def _own_cookie(hub: Hub) -> str | None:
    return _cookie(hub, PERSON)


def _cookie(hub: Hub, name: str) -> str | None:
    return ask(hub, "POST", "/auth/login", {"username": name, "password": PASSWORD}).cookies.get("__Host-wampi")


def passkey(hub: Hub, is_right: bool) -> bool:
    """With a passkey; wrongly with an answer to another challenge."""
    device, kept = _passkey(hub)
    fields = {"Cookie": f"__Host-wampi-form={kept}"}
    options = json.loads(ask(hub, "POST", "/auth/passkeys/challenge", {}, fields).body)
    answer = device.get(options if is_right else options | {"challenge": "AAAA"})
    return ask(hub, "POST", "/auth/passkeys/login", {"credential": answer}, fields).code == 200


def _passkey(hub: Hub) -> tuple[SoftAuthenticator, str]:
    if not hasattr(_mine, "passkey"):
        device = SoftAuthenticator(f"https://localhost:{hub.port}", "localhost")
        with Accounts.open(Path(hub.data)) as accounts:
            since = accounts.get(PERSON).secret_changed_at
            device.handle, _ = accounts.passkeys.prepare(PERSON)
            new = NewPasskey("localhost", device.handle, device.credential_id, device.public_key, 0, "benchmark")
            accounts.passkeys.add(PERSON, since, new)
        _mine.passkey = device, ask(hub, "GET", "/auth/login").cookies["__Host-wampi-form"]
    return _mine.passkey


def oidc(hub: Hub, is_right: bool) -> bool:
    """By way of a provider; wrongly with a state that is not the browser's."""
    away = ask(hub, "GET", "/auth/oidc/provider/login")
    sent = {name: values[0] for name, values in parse_qs(urlsplit(away.headers["Location"]).query).items()}
    back = {"code": sent["nonce"], "state": sent["state"] if is_right else "another"}
    issuer = away.headers["Location"].removesuffix("/authorize").partition("/authorize")[0]
    fields = {"Cookie": f"__Host-wampi-oidc={away.cookies['__Host-wampi-oidc']}"}
    path = f"/auth/oidc/provider/callback?{urlencode(back | {'iss': issuer})}"
    return "__Host-wampi" in ask(hub, "GET", path, fields=fields).cookies


# ---- by an owner ---------------------------------------------------------------------------------------------------


def password_change(hub: Hub, is_right: bool) -> bool:
    """Change the password of somebody, which is hashed in every way there is; wrongly to one that is too short."""
    arguments = [OTHER, f"{PASSWORD} {secrets.token_hex(4)}" if is_right else "short"]
    channel = _owner(hub)
    channel.send(48, next(_mine.requests), {}, "wampi.admin.user.passwd", arguments)
    answer = channel.receive()
    if answer[4:5] == ["wampi.error.store_failed"]:  # too many passwords wait to be hashed
        raise TurnedAway
    return bool(answer[0] == 50)


def _owner(hub: Hub) -> Channel:
    if not hasattr(_mine, "owner"):
        channel = Channel(tls_connection(hub))
        channel.open_websocket()
        channel.send(1, REALM, {"roles": ROLES, "authid": PERSON, "authmethods": ["ticket"]})
        channel.receive()
        channel.send(5, hub.token, {})
        channel.receive()
        _mine.owner, _mine.requests = channel, itertools.count(1)
    return _mine.owner


ATTEMPTS: dict[str, Attempt] = {
    "connections": tcp,
    "TLS handshakes": handshake,
    "bursts": burst,
    "wampcra": wampcra,
    "scram": scram,
    "cryptosign": cryptosign,
    "ticket": ticket,
    "tls": tls,
    "second factor": second_factor,
    "basic": basic,
    "digest": digest,
    "bearer": bearer,
    "query": query,
    "form": form,
    "cookie": cookie,
    "passkey": passkey,
    "oidc": oidc,
    "password changes": password_change,
}
"""Way -> an attempt to log in by it; the first three only knock, and the last is what an owner does."""
