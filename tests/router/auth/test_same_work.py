"""How long a refusal takes must not tell why: each reason costs the same work, counted on real accounts.

The parts are those of a node, without its thread and its sockets: what is asked of the database, what is unsealed and
what is hashed is written down in order.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy.event import listen
from support.every_way import ATTEMPTS, NAMES, REASONS, Answer, Reason, password_of
from support.logins import ADDRESS, FakeTls, House, shown
from support.store import CHEAP, OTHER_PASSWORD, PASSWORD, Reactor
from support.ways import ClientAuthority
from support.web import digest_answer
from wampi.router.auth.cryptosign import Cryptosign
from wampi.router.auth.decoys import Decoys
from wampi.router.auth.hashing import PasswordHashes, is_password
from wampi.router.auth.passwords import PasswordLogin, PasswordOutcome, WrongPassword
from wampi.router.auth.scram import METHODS, Scram
from wampi.router.auth.ticket import Ticket, ticket_hash
from wampi.router.auth.tls import TlsCertificate, fingerprint
from wampi.router.auth.wampcra import WampCra
from wampi.router.core.authentication import Authenticator, Challenge
from wampi.router.credentials import ScramShape
from wampi.router.http.basic import Basic
from wampi.router.http.bearer import Bearer
from wampi.router.http.digest import Digest, Nonces
from wampi.router.http.gate import Gate
from wampi.router.store.accounts import Accounts
from wampi.router.store.database import Database
from wampi.router.store.keyfile import DATABASE_FILE, HubKey
from wampi.router.store.verifiers import LEAST_ROUNDS, Costs
from wampi.router.store.worker import AccountsWorker
from wampi.router.transport.head import BadRequest, RequestHead
from wampi.router.transport.knock import Knock

HUB_KEY = bytes(range(32))


class CountedKey(HubKey):
    """The hub's key; what it unseals is written down, but for what it is."""

    def __init__(self, work: list[str]) -> None:
        super().__init__(HUB_KEY)
        self._work = work

    def unseal(self, sealed: bytes, label: str) -> bytes:
        self._work.append("unseal")
        return super().unseal(sealed, label)


class CountedHashes(PasswordHashes):
    """Checks passwords at once, and writes down at which cost."""

    def __init__(self, work: list[str]) -> None:
        super().__init__(lambda call: call())
        self._work = work

    def verify(
        self,
        encoded: str,
        password: str,
        source: str | None,
        done: Callable[[bool], None],
        failed: Callable[[Exception], None],
    ) -> None:
        self._work.append("hash " + encoded.rpartition("$")[0].rpartition("$")[0])
        done(is_password(encoded, password))


class AtOnce(AccountsWorker):
    """The accounts without their thread."""

    def __init__(self, accounts: Accounts) -> None:
        super().__init__(lambda: accounts, lambda call: call())
        self._all = accounts

    def submit(
        self, work: Callable[[Accounts], Any], done: Callable[[Any], None], failed: Callable[[Exception], None]
    ) -> None:
        done(work(self._all))


class Parts(House):
    """Every way that HELLO or a header carries, on the accounts of one hub."""

    is_secure = True

    def __init__(self, directory: Path) -> None:
        super().__init__()
        self.work: list[str] = []
        self.accounts = Accounts(Database(directory / DATABASE_FILE), CountedKey(self.work), CHEAP, [], self.clock.time)
        self._furnish(ClientAuthority(directory))
        engine = self.accounts._database._engine
        listen(engine, "before_cursor_execute", lambda _connection, _cursor, text, *_: self.work.append(text))
        worker, decoys = AtOnce(self.accounts), Decoys(b"k" * 32)
        scram = worker.scram("argon2id13"), decoys, self.checks, ScramShape("argon2id13", 1, 64)
        certificates = [(fingerprint, worker.public_keys("certificate"))]
        self._methods: dict[str, Authenticator] = {
            "wampcra": WampCra(worker, decoys, self.checks),
            **{method: Scram(method, *scram) for method in METHODS},
            "cryptosign": Cryptosign(worker.public_keys("cryptosign"), HUB_KEY, self.checks),
            "ticket": Ticket(worker.tokens, self.checks, guessable=False),
            "tls": TlsCertificate(certificates, self.checks, frozenset()),
        }
        passwords = PasswordLogin(worker, CountedHashes(self.work), self.checks)
        nonces = Nonces(self.clock)
        schemes = Digest(worker, self.checks, nonces), Basic(passwords, self.clock), Bearer(worker.tokens, self.checks)
        self.gate = Gate(schemes, [], lambda _role, _prefix: None, self.log)

    def _furnish(self, authority: ClientAuthority) -> None:
        self.tokens = {name: f"wampi_{name}" for name in NAMES.values()}
        self.keys = {name: Ed25519PrivateKey.generate() for name in NAMES.values()}
        self.certificates = {name: authority.issue(name) for name in NAMES.values()}
        for name in ("anna", "gone", "lock"):
            self.accounts.add_person(name, "resident", PASSWORD)
            self.tokens[name] = self.accounts.tokens.add(name, "tests").secret
            self.accounts.tokens.find(ticket_hash(self.tokens[name]))  # notes the use, which is done once a minute
            public_key = self.keys[name].public_key().public_bytes_raw()
            self.accounts.public_keys.add(name, "cryptosign", public_key, "key")
            self.accounts.public_keys.add(name, "certificate", fingerprint(_der(self.certificates[name])), "paper")
        self.accounts.set_enabled("gone", enabled=False)

    def name(self, reason: Reason) -> str:
        return NAMES[reason]

    def session(
        self, hello: dict[str, Any], answer: Answer | None = None, cookie: str | None = None, paper: Path | None = None
    ) -> bytes:
        [name] = hello["authmethods"]
        tls = None if paper is None else FakeTls(_der(paper))
        decision = self.ask(self._methods[name], hello.get("authid"), hello.get("authextra"), tls)
        if answer is not None:
            assert isinstance(decision, Challenge), decision
            signature, extra = answer(decision.extra)
            decision = self.answer(decision, signature, extra)
        return json.dumps(shown(decision)).encode()

    def knock(self, query: str = "", **headers: str) -> bytes:
        fields = {name.lower(): [value] for name, value in headers.items()}
        head = RequestHead("GET", "/ws", {**fields, "origin": ["https://localhost"]})
        judged: list[Any] = []
        self.gate.judge(Knock(head, f"tcp:{ADDRESS}:5", ADDRESS, secure=True), judged.append)
        assert isinstance(judged[0], BadRequest), judged
        return f"{judged[0].code} {judged[0].message}".encode()


def _der(paper: Path) -> bytes:
    return x509.load_pem_x509_certificate(paper.read_bytes()).public_bytes(Encoding.DER)


def digest_of_parts(parts: Parts, reason: Reason) -> bytes:
    challenge = parts.gate.refusal().challenges[0]
    return parts.knock(**digest_answer(challenge, parts.name(reason), password_of(reason)))


WAYS: dict[str, Callable[[Any, Reason], bytes]] = {
    **{way: ATTEMPTS[way][0] for way in ("wampcra", "wamp-scram", "scram", "cryptosign", "ticket", "tls")},
    "digest": digest_of_parts,
    **{way: ATTEMPTS[way][0] for way in ("basic", "bearer")},
}


@pytest.fixture
def parts(tmp_path: Path) -> Iterator[Parts]:
    made = Parts(tmp_path)
    yield made
    made.accounts.close()


def lock(parts: Parts, way: str) -> None:
    """Shut the account, or for secrets that nobody can guess the address."""
    if "locked" in ATTEMPTS[way][1]:
        for _ in range(60):
            parts.throttle.failed("lock", "192.0.2.99", way)
    else:
        for _ in range(10):
            parts.throttle.failed(None, ADDRESS, way, guessable=False)


@pytest.mark.parametrize("way", WAYS)
def test_unknown_wrong_disabled_and_locked_cost_the_same_work(parts: Parts, way: str) -> None:
    work: dict[Reason, list[str]] = {}
    answers = set()
    for reason in REASONS:
        if reason == "locked":
            lock(parts, way)
        parts.work.clear()
        answers.add(WAYS[way](parts, reason))
        work[reason] = list(parts.work)
    assert len(answers) == 1
    assert work == dict.fromkeys(REASONS, work["wrong"])
    assert any(line.startswith("SELECT") for line in work["wrong"])
    assert not parts.clock.twisted.getDelayedCalls(), "nobody is kept waiting"


def test_a_name_that_nobody_has_costs_a_hash_of_the_password(parts: Parts) -> None:
    WAYS["basic"](parts, "unknown")
    assert [line for line in parts.work if line.startswith("hash")] == ["hash $argon2id$v=19$m=64,t=1,p=1"]


def test_by_the_clock_an_unknown_name_is_refused_no_sooner_than_a_wrong_password(tmp_path: Path) -> None:
    """Argon2id at full cost takes tens of milliseconds, all else one: without it, the ratio would be that of these."""
    costs = Costs(scram_rounds=4096, cra_rounds=LEAST_ROUNDS)
    with Accounts(Database(tmp_path / DATABASE_FILE), HubKey(HUB_KEY), costs, [], time.time) as accounts:
        accounts.add_person("anna", "resident", PASSWORD)
        reactor, house = Reactor(), House()
        hashes = PasswordHashes(reactor.call_from_thread)
        login = PasswordLogin(AtOnce(accounts), hashes, house.checks)

        def seconds(name: str) -> float:
            outcomes: list[PasswordOutcome] = []
            begun = time.perf_counter()
            login.check(name, OTHER_PASSWORD, None, "form", outcomes.append)
            reactor.run_one()
            assert isinstance(outcomes[0], WrongPassword)
            return time.perf_counter() - begun

        # The least of several: what else the machine does only makes it longer.
        rounds = [(seconds("anna"), seconds("nobody")) for _ in range(8)]
        hashes.stop()
    known, unknown = (min(column) for column in zip(*rounds, strict=True))
    assert 1 / 4 < unknown / known < 4
