"""WAMP-cryptosign: the vectors of the specification, and that only our own challenge counts."""

import pytest
import txaio
from autobahn.wamp.auth import AuthCryptoSign
from autobahn.wamp.types import Challenge as AutobahnChallenge
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from support.logins import REFUSED, FailingHolders, FakeTls, House, accepted, shown
from wampi.router.auth.cryptosign import Cryptosign, is_signature, signed_message
from wampi.router.auth.sources import StaticHolders
from wampi.router.core.authentication import Accept, Challenge, Decision, Deny
from wampi.router.credentials import Holder

CHANNEL = "62e935ae755f3d48f80d4d59f6121358c435722a67e859cc0caa8b539027f2ff"
KEYS = (
    "4d57d97a68f555696620a6d849c0ce582568518d729eb753dc7c732de2804510",
    "d511fe78e23934b3dadb52fcd022974b80bd92bccc7c5cf404e46cc0a8a2f5cd",
    "6e1fde9cf9e2359a87420b65a87dc0c66136e66945196ba2475990d8a0c3a25b",
)
CHALLENGES = (
    "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "b26c1f87c13fc1da14997f1b5a71995dff8fbe0a62fae8473c7bdbd05bfb607d",
    "b05e6b8ad4d69abf74aa3be3c0ee40ae07d66e1895b9ab09285a2f1192d562d2",
)
SIGNATURES = (
    "b32675b221f08593213737bef8240e7c15228b07028e19595294678c90d11c0c"
    "ae80a357331bfc5cc9fb71081464e6e75013517c2cf067ad566a6b7b728e5d03",
    "d4209ad10d5aff6bfbc009d7e924795de138a63515efc7afc6b01b7fe5201372"
    "190374886a70207b042294af5bd64ce725cd8dceb344e6d11c09d1aaaf4d660f",
    "7beb282184baadd08f166f16dd683b39cab53816ed81e6955def951cb2ddad1e"
    "c184e206746fd82bda075af03711d3d5658fc84a76196b0fa8d1ebc92ef9f30b",
    "9b6f41540c9b95b4b7b281c3042fa9c54cef43c842d62ea3fd6030fcb66e70b3"
    "e80d49d44c29d1635da9348d02ec93f3ed1ef227dfb59a07b580095c2b82f80f",
    "305aaa3ac25e98f651427688b3fc43fe7d8a68a7ec1d7d61c61517c519bd4a42"
    "7c3015599d83ca28b4c652333920223844ef0725eb5dc2febfd6af7677b73f01",
    "ee3c7644fd8070532bc1fde3d70d742267da545d8c8f03e63bda63f1ad4214f4"
    "d2c4bfdb4eb9526def42deeb7e31602a6ff99eba893e0a4ad4d45892ca75e608",
)
VECTORS = [
    *((None, *vector) for vector in zip(KEYS, CHALLENGES, SIGNATURES[:3], strict=True)),
    *((CHANNEL, *vector) for vector in zip(KEYS, CHALLENGES, SIGNATURES[3:], strict=True)),
]
"""The six of the advanced profile: channel, private key, challenge, signature."""

HUB_KEY = bytes(range(32))
ALICE = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(KEYS[0]))
ALICES = ALICE.public_key().public_bytes_raw()
MALLORY = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(KEYS[1]))


def holder(enabled: bool = True) -> Holder:
    return Holder("alice", "device:alice", "accounts", "key:5", "org.example.alice.", enabled)


class Hub(House):
    """A hub where alice logs in with a key."""

    def __init__(self, enabled: bool = True) -> None:
        super().__init__()
        self.method = Cryptosign(StaticHolders({ALICES: holder(enabled)}), HUB_KEY, self.checks)

    def hello(
        self, key: Ed25519PrivateKey = ALICE, authid: str | None = None, tls: FakeTls | None = None, **extra: object
    ) -> Challenge:
        public = key.public_key().public_bytes_raw().hex()
        return self.challenge(self.method, authid, {"pubkey": public, **extra}, tls)

    def log_in(self, key: Ed25519PrivateKey = ALICE, authid: str | None = None) -> Decision:
        challenge = self.hello(key, authid)
        return self.answer(challenge, signature(key, challenge))


def signature(key: Ed25519PrivateKey, challenge: Challenge, channel: bytes | None = None) -> str:
    message = signed_message(bytes.fromhex(challenge.extra["challenge"]), channel)
    return (key.sign(message) + message).hex()


@pytest.mark.parametrize(("channel", "key", "challenge", "expected"), VECTORS)
def test_the_vectors_of_the_specification(channel: str | None, key: str, challenge: str, expected: str) -> None:
    private = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(key))
    message = signed_message(bytes.fromhex(challenge), None if channel is None else bytes.fromhex(channel))
    assert private.sign(message).hex() == expected
    assert is_signature(private.public_key().public_bytes_raw(), message, expected + message.hex())


@pytest.mark.parametrize(
    ("secret", "public"),
    [
        (
            "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        ),
        (
            "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        ),
    ],
)
def test_the_hub_shows_the_public_keys_of_rfc_8032(secret: str, public: str) -> None:
    hub = Hub()
    hub.method = Cryptosign(StaticHolders({}), bytes.fromhex(secret), hub.checks)
    assert hub.hello(challenge=CHALLENGES[1]).extra["pubkey"] == public


def test_a_registered_key_says_who_it_is() -> None:
    hub = Hub()
    assert hub.log_in() == Accept("alice", "device:alice", "cryptosign", "accounts", credential="key:5")
    assert hub.roles == [("device:alice", "org.example.alice.")]


def test_autobahns_own_client_gets_in() -> None:
    hub = Hub()
    client = AuthCryptoSign(authid="alice", privkey=KEYS[0])
    challenge = hub.challenge(hub.method, "alice", client.authextra)

    class Session:
        class _transport:  # noqa: N801 - as Autobahn's session has it
            class transport_details:  # noqa: N801
                channel_id: dict[str, bytes] = {}

    txaio.use_twisted()
    answered: list[str] = []
    client.on_challenge(Session, AutobahnChallenge("cryptosign", challenge.extra)).addCallback(answered.append)
    accepted(hub.answer(challenge, answered[0]))


def test_unknown_wrong_disabled_and_throttled_are_one_refusal() -> None:
    hub = Hub()
    refusals = {
        shown(hub.log_in(MALLORY)),
        shown(hub.answer(hub.hello(), signature(MALLORY, hub.hello()))),
        shown(Hub(enabled=False).log_in()),
        shown(hub.log_in(authid="bob")),
    }
    for _ in range(10):
        hub.log_in(MALLORY)
    assert shown(hub.log_in()) == REFUSED
    assert refusals == {REFUSED}


def test_an_unknown_key_is_challenged_like_a_known_one() -> None:
    hub = Hub()
    known, unknown = hub.hello().extra, hub.hello(MALLORY).extra
    assert known.keys() == unknown.keys() == {"challenge"}
    assert len(bytes.fromhex(known["challenge"])) == len(bytes.fromhex(unknown["challenge"])) == 32


def test_no_two_challenges_are_the_same() -> None:
    hub = Hub()
    assert len({hub.hello().extra["challenge"] for _ in range(100)}) == 100


def test_a_good_signature_of_another_message_is_refused() -> None:
    hub = Hub()
    challenge = hub.hello()
    other = bytes(32)
    assert shown(hub.answer(challenge, (ALICE.sign(other) + other).hex())) == REFUSED


def test_the_answer_to_another_challenge_is_refused() -> None:
    hub = Hub()
    assert shown(hub.answer(hub.hello(), signature(ALICE, hub.hello()))) == REFUSED


@pytest.mark.parametrize("answer", ["", "ab" * 64, "zz" * 96, "ab" * 97, "ä" * 192, "\ud800" * 192])
def test_what_is_no_signature_is_refused(answer: str) -> None:
    hub = Hub()
    assert shown(hub.answer(hub.hello(), answer)) == REFUSED


def test_a_challenge_is_good_for_one_answer() -> None:
    hub = Hub()
    challenge = hub.hello()
    right = signature(ALICE, challenge)
    accepted(hub.answer(challenge, right))
    assert shown(hub.answer(challenge, right)) == REFUSED
    other = hub.hello()
    hub.answer(other, "wrong")
    assert shown(hub.answer(other, signature(ALICE, other))) == REFUSED


def test_a_challenge_is_good_for_ten_seconds() -> None:
    hub = Hub()
    in_time, late = hub.hello(), hub.hello()
    hub.clock.advance(9.99)
    accepted(hub.answer(in_time, signature(ALICE, in_time)))
    hub.clock.advance(0.01)
    assert shown(hub.answer(late, signature(ALICE, late))) == REFUSED
    late = hub.hello()
    hub.clock.advance(10)
    assert shown(hub.answer(late, signature(ALICE, late))) == REFUSED


@pytest.mark.parametrize("key", [None, "", 7, "ab" * 31, "zz" * 32, ["ab" * 32]])
def test_a_client_that_shows_no_key_is_refused(key: object) -> None:
    hub = Hub()
    assert shown(hub.ask(hub.method, "alice", {"pubkey": key})) == REFUSED


@pytest.mark.parametrize("sign_bit", [0, 0x80])
@pytest.mark.parametrize(
    "key",
    [
        "00" * 32,
        "01" + "00" * 31,
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "ec" + "ff" * 30 + "7f",
        "ed" + "ff" * 30 + "7f",
        "ee" + "ff" * 30 + "7f",
    ],
)
def test_a_key_of_small_order_is_refused_though_anybody_can_sign_for_it(key: str, sign_bit: int) -> None:
    *start, last = bytes.fromhex(key)
    public_key = bytes([*start, last | sign_bit])
    forged = bytes([1, *bytes(63)])  # the neutral element and 0: fits one message in eight, or more
    fits = [
        message for message in (bytes([number]) * 32 for number in range(256)) if verifies(public_key, forged, message)
    ]
    assert fits
    assert not any(is_signature(public_key, message, (forged + message).hex()) for message in fits)


def verifies(public_key: bytes, signature: bytes, message: bytes) -> bool:
    """Return whether the library takes a signature."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except InvalidSignature:
        return False
    return True


def test_a_key_that_is_no_point_of_the_curve_is_refused() -> None:
    hub = Hub()
    challenge = hub.challenge(hub.method, None, {"pubkey": "ff" * 32})
    assert shown(hub.answer(challenge, signature(ALICE, challenge))) == REFUSED


# ---- channel binding -------------------------------------------------------------------------------------------------


def test_a_login_is_bound_to_its_connection() -> None:
    hub, channel = Hub(), bytes.fromhex(CHANNEL)
    challenge = hub.hello(tls=FakeTls(tls_exporter=channel), channel_binding="tls-exporter")
    assert challenge.extra["channel_binding"] == "tls-exporter"
    accepted(hub.answer(challenge, signature(ALICE, challenge, channel)))


@pytest.mark.parametrize("channel", [None, bytes(32)])
def test_a_login_that_is_bound_to_no_connection_or_another_is_refused(channel: bytes | None) -> None:
    hub = Hub()
    challenge = hub.hello(tls=FakeTls(tls_exporter=bytes.fromhex(CHANNEL)), channel_binding="tls-exporter")
    assert shown(hub.answer(challenge, signature(ALICE, challenge, channel and bytes([*channel[1:], 1])))) == REFUSED


@pytest.mark.parametrize("tls", [None, FakeTls(), FakeTls(tls_server_end_point=bytes(48))])
@pytest.mark.parametrize("kind", ["tls-exporter", "tls-server-end-point", "tls-unique", 7])
def test_a_binding_that_is_asked_for_and_missing_is_refused(kind: object, tls: FakeTls | None) -> None:
    hub = Hub()
    assert shown(hub.ask(hub.method, None, {"pubkey": ALICES.hex(), "channel_binding": kind}, tls)) == REFUSED


# ---- the hub's own proof ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("channel", [None, bytes.fromhex(CHANNEL)])
def test_the_hub_proves_itself_to_who_asks(channel: bytes | None) -> None:
    hub = Hub()
    asked = {"challenge": CHALLENGES[1]} | ({} if channel is None else {"channel_binding": "tls-exporter"})
    extra = hub.hello(tls=None if channel is None else FakeTls(tls_exporter=channel), **asked).extra
    proof = bytes.fromhex(extra["signature"])
    assert proof[64:] == signed_message(bytes.fromhex(CHALLENGES[1]), channel)
    public = Ed25519PrivateKey.from_private_bytes(HUB_KEY).public_key()
    assert extra["pubkey"] == public.public_bytes_raw().hex()
    Ed25519PublicKey.from_public_bytes(bytes.fromhex(extra["pubkey"])).verify(proof[:64], proof[64:])


@pytest.mark.parametrize("challenge", [None, "", 7, "ab" * 33])
def test_the_hub_signs_nothing_but_challenges(challenge: object) -> None:
    assert Hub().hello(challenge=challenge).extra.keys() == {"challenge"}


def test_a_store_that_fails_refuses() -> None:
    hub = Hub()
    hub.method = Cryptosign(FailingHolders(), HUB_KEY, hub.checks)
    decision = hub.ask(hub.method, None, {"pubkey": ALICES.hex()})
    assert isinstance(decision, Deny)
    assert decision.uri == "wamp.error.authentication_failed"
