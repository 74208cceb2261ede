"""The test vectors of Web Authentication, Level 3, section 16, and what the hub's checks say of them."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from typing import Any

import pytest
from wampi.router.credentials import KnownAccount
from wampi.router.http.passkey_checks import BadPasskey, check_login, check_new
from wampi.router.http.places import Place
from wampi.router.store.passkeys import FoundPasskey, NewPasskey

PLACE = Place("https://example.org", "example.org")
HANDLE = b"h" * 32
ANNA = KnownAccount("anna", "resident", "accounts", enabled=True, prefix=None)
RP = "bfabc37432958b063360d3ad6461c9c4735ae7f8edd46592a5e0f01452b2e4b5"
"""SHA-256 of ``example.org``, with which all authenticator data begin."""

EXTRA = "clientDataJSON may be extended with additional fields in the future, such as this: "


@dataclass(frozen=True)
class Vector:
    """What one of the examples is asked and what it answers; the longer values in hexadecimal.

    ``statement`` stands in the attestation object before the authenticator data. ``extra`` are the random texts of the
    additional fields, of adding and of logging in, empty for none.
    """

    id: str
    new_challenge: str
    statement: str
    new_data: str
    challenge: str
    flags: str
    signature: str
    extra: tuple[str, str]
    crosses: bool = False

    @property
    def attestation(self) -> bytes:
        data = bytes.fromhex(RP + self.new_data)
        return bytes.fromhex(self.statement + "68617574684461746158") + bytes([len(data)]) + data

    def new(self) -> dict[str, Any]:
        """The answer to ``navigator.credentials.create``."""
        client_data = self._client_data("webauthn.create", self.new_challenge, self.extra[0])
        return self._credential({"clientDataJSON": client_data, "attestationObject": self.attestation})

    def login(self) -> dict[str, Any]:
        """The answer to ``navigator.credentials.get``; what it says of whose it is no example has."""
        return self._credential(
            {
                "clientDataJSON": self._client_data("webauthn.get", self.challenge, self.extra[1]),
                "authenticatorData": bytes.fromhex(RP + self.flags + "00000000"),
                "signature": bytes.fromhex(self.signature),
                "userHandle": HANDLE,
            }
        )

    def _client_data(self, kind: str, challenge: str, extra: str) -> bytes:
        fields: dict[str, Any] = {
            "type": kind,
            "challenge": encoded(bytes.fromhex(challenge)),
            "origin": PLACE.origin,
            "crossOrigin": self.crosses,
        }
        if extra:
            fields["extraData"] = EXTRA + extra
        return json.dumps(fields, separators=(",", ":")).encode()

    def _credential(self, response: dict[str, bytes]) -> dict[str, Any]:
        id = encoded(bytes.fromhex(self.id))
        shown = {name: encoded(value) for name, value in response.items()}
        return {"id": id, "rawId": id, "type": "public-key", "response": shown, "clientExtensionResults": {}}


def encoded(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")


NO_STATEMENT = "a363666d74646e6f6e656761747453746d74a0"

PACKED = Vector(  # 16.7, "ES256 Credential with Packed Attestation"
    id="c9a6f5b3462d02873fea0c56862234f99f081728084e511bb7760201a89054a5",
    new_challenge="c1184a5fddf8045e13dc47f54b61f5a656b666b59018f16d870e9256e9952012",
    statement=(
        "a363666d74667061636b65646761747453746d74a363616c6726637369675847304502203f19ec4b229f46ab8c45eff29b904ff10c0390dc"
        "40bf1216f04a78f4ceba3425022100fe7041a32759aff05a0f9f26c70a999c7a284451ba89234a1d3483c25e21925b637835638159022530"
        "820221308201c8a00302010202110088c220f83c8ef1feafe94deae45faad0300a06082a8648ce3d0403023062311e301c06035504030c15"
        "576562417574686e207465737420766563746f7273310c300a060355040a0c0357334331253023060355040b0c1c41757468656e74696361"
        "746f72204174746573746174696f6e204341310b30090603550406130241413020170d3234303130313030303030305a180f333032343031"
        "30313030303030305a305f311e301c06035504030c15576562417574686e207465737420766563746f7273310c300a060355040a0c035733"
        "4331223020060355040b0c1941757468656e74696361746f72204174746573746174696f6e310b3009060355040613024141305930130607"
        "2a8648ce3d020106082a8648ce3d03010703420004a91ba4389409dd38a428141940ca8feb1ac0d7b4350558104a3777a49322f3798440f3"
        "78b3398ab2d3bb7bf91322c92eb23556f59ad0a836fec4c7663b0e4dc3a360305e300c0603551d130101ff04023000300e0603551d0f0101"
        "ff040403020780301d0603551d0e04160414a589ba72d060842ab11f74fb246bdedab16f9b9b301f0603551d2304183016801445aff715b0"
        "dd786741fee996ebc16547a3931b1e300a06082a8648ce3d040302034700304402201726b9d85ecd8a5ed51163722ca3a20886fd9b242a0a"
        "a0453d442116075defd502207ef471e530ac87961a88a7f0d0c17b091ffc6b9238d30f79f635b417be5910e7"
    ),
    new_data=(
        "4d00000000876ca4f52071c3e9b25509ef2cdf7ed60020c9a6f5b3462d02873fea0c56862234f99f081728084e511bb7760201a89054a5a5"
        "0102032620012158201cf27f25da591208a4239c2e324f104f585525479a29edeedd830f48e77aeae522582059e4b7da6c0106e206ce390c"
        "93ab98a15a5ec3887e57f0cc2bece803b920c423"
    ),
    challenge="b1106fa46a57bef1781511c0557dc898a03413d5f0f17d244630c194c7e1adb5",
    flags="0d",
    signature=(
        "30450220694969d3ee928de6f02ef23a9c644d7d779916451734a94b432542f498a1ebe90221008b0819c824218a97152cd099c55bfb1477"
        "b29d900a49a64018314f9bfccda163"
    ),
    extra=("9a8bNYjKCgWrBXU-fCl1ag", "AZMwyMxIbD8-uguFNp6r8Q"),
)
UNVERIFIED = Vector(  # 16.2, "ES256 Credential with No Attestation": nobody has shown to be the owner
    id="f91f391db4c9b2fde0ea70189cba3fb63f579ba6122b33ad94ff3ec330084be4",
    new_challenge="00c30fb78531c464d2b6771dab8d7b603c01162f2fa486bea70f283ae556e130",
    statement=NO_STATEMENT,
    new_data=(
        "59000000008446ccb9ab1db374750b2367ff6f3a1f0020f91f391db4c9b2fde0ea70189cba3fb63f579ba6122b33ad94ff3ec330084be4a5"
        "010203262001215820afefa16f97ca9b2d23eb86ccb64098d20db90856062eb249c33a9b672f26df61225820930a56b87a2fca66334b0345"
        "8abf879717c12cc68ed73290af2e2664796b9220"
    ),
    challenge="39c0e7521417ba54d43e8dc95174f423dee9bf3cd804ff6d65c857c9abf4d408",
    flags="19",
    signature=(
        "3046022100f50a4e2e4409249c4a853ba361282f09841df4dd4547a13a87780218deffcd380221008480ac0f0b93538174f575bf11a1dd5d"
        "78c6e486013f937295ea13653e331e87"
    ),
    extra=("BkqEDjdcTBrBiAwJTLE5Qw", ""),
)
FRAMED = Vector(  # 16.4, "ES256 Credential with crossOrigin set to true"
    id="6e1050c0d2ca2f07c755cb2c66a74c64fa43065c18f938354d9915db2bd5ce57",
    new_challenge="3be5aacd03537142472340ab5969f240f1d87716e20b6807ac230655fa4b3b49",
    statement=NO_STATEMENT,
    new_data=(
        "4500000000883f4f6014f19c09d87aa38123be48d000206e1050c0d2ca2f07c755cb2c66a74c64fa43065c18f938354d9915db2bd5ce57a5"
        "01020326200121582022200a473f90b11078851550d03b4e44a2279f8c4eca27b3153dedfe03e4e97d225820cbd0be95e746ad6f5a8191be"
        "11756e4c0420e72f65b466d39bc56b8b123a9c6e"
    ),
    challenge="876aa517ba83fdee65fcffdbca4c84eeae5d54f8041a1fc85c991e5bbb273137",
    flags="05",
    signature=(
        "3046022100eb12fcf23b12764c0f122e22371fab92e283879fd798f38ee1841c951b6e40e7022100c76237ff9db77b3c56f30837cda6a09a"
        "cfa2e915544e609c0733b1184036d1cf"
    ),
    extra=("zZquEtDR9DWqpW5tBWTFug", "92pcTVD0Aby-q4dtmj6efg"),
    crosses=True,
)


def add(vector: Vector) -> NewPasskey:
    return check_new(vector.new(), PLACE, bytes.fromhex(vector.new_challenge), HANDLE, "Vector")


def log_in(vector: Vector) -> int:
    key = bytes.fromhex(vector.new_data[2 * (5 + 16 + 2 + 32) :])
    found = FoundPasskey(1, ANNA, PLACE.relying_party, HANDLE, key)
    return check_login(vector.login(), PLACE, bytes.fromhex(vector.challenge), found)


def test_the_example_of_an_owner_who_is_there_and_verified_is_accepted() -> None:
    made = add(PACKED)
    assert (made.credential_id.hex(), made.sign_count) == (PACKED.id, 0)
    assert made.public_key.hex() == PACKED.new_data[2 * (5 + 16 + 2 + 32) :]
    assert log_in(PACKED) == 0


def test_the_example_without_user_verification_is_refused_for_that() -> None:
    for attempt in (add, log_in):
        with pytest.raises(BadPasskey, match=r"(?i)user verification"):
            attempt(UNVERIFIED)


def test_the_example_from_a_frame_in_another_sites_page_is_refused_for_that() -> None:
    for attempt in (add, log_in):
        with pytest.raises(BadPasskey, match="another site"):
            attempt(FRAMED)
