import hashlib
import hmac
from base64 import b64decode, b64encode

import pytest
from argon2 import PasswordHasher
from argon2.low_level import Type, hash_secret
from autobahn.wamp.auth import derive_key
from support.store import CHEAP, PASSWORD
from wampi.router.store.errors import InvalidSetting
from wampi.router.store.verifiers import Costs, argon2id13, cra_key_of, scram_keys_of, scram_pair, verifiers_of


def test_scram_keys_check_the_exchange_of_rfc_7677() -> None:
    message = (
        b"n=user,r=rOprNGfwEbeRWgbNEkqO,"
        b"r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,"
        b"c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
    )
    salted = hashlib.pbkdf2_hmac("sha256", b"pencil", b64decode("W22ZaJ0SNY7soEsUEjb6gQ=="), 4096)
    stored_key, server_key = scram_pair(salted)
    proof = b64decode("dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=")
    signature = hmac.digest(stored_key, message, "sha256")
    client_key = bytes(a ^ b for a, b in zip(proof, signature, strict=True))
    assert hashlib.sha256(client_key).digest() == stored_key
    assert b64encode(hmac.digest(server_key, message, "sha256")) == b"6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="


def test_pbkdf2_of_scram_is_derived_from_the_bytes_of_the_salt() -> None:
    keys = {(keys.dialect, keys.kdf): keys for keys in scram_keys_of("pencil", CHEAP)}
    pbkdf2 = keys["wamp", "pbkdf2"]
    salted = hashlib.pbkdf2_hmac("sha256", b"pencil", pbkdf2.salt, CHEAP.scram_rounds)
    assert (pbkdf2.stored_key, pbkdf2.server_key) == scram_pair(salted)
    assert (pbkdf2.iterations, pbkdf2.memory_kib) == (CHEAP.scram_rounds, None)


def test_argon2_of_scram_is_kept_for_both_dialects() -> None:
    keys = {(keys.dialect, keys.kdf): keys for keys in scram_keys_of("pencil", CHEAP)}
    wamp, autobahn = keys["wamp", "argon2id13"], keys["autobahn", "argon2id13"]
    assert (wamp.stored_key, wamp.server_key) == scram_pair(argon2id13(b"pencil", wamp.salt, 1, 64))
    # What Autobahn's client computes: the hash as it stands in the encoded form.
    encoded = hash_secret(b"pencil", autobahn.salt, 1, 64, 1, 32, Type.ID, 19)
    assert (autobahn.stored_key, autobahn.server_key) == scram_pair(encoded.split(b"$")[-1])
    assert (wamp.iterations, wamp.memory_kib) == (1, 64)


def test_argon2id_gives_the_same_as_the_encoded_form_of_the_library() -> None:
    # The encoded form carries the hash in base64 without padding.
    encoded = hash_secret(b"password", b"somesalt", 2, 65536, 1, 32, Type.ID, 19)
    raw = argon2id13(b"password", b"somesalt", 2, 65536)
    assert encoded == b"$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$" + b64encode(raw).rstrip(b"=")
    # Known answer of the reference implementation (phc-winner-argon2, test.c, Argon2id version 0x13).
    assert raw.hex() == "09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7"


def test_the_cra_key_is_the_text_of_pbkdf2_in_base64() -> None:
    key = cra_key_of(PASSWORD, 100_000)
    assert key.salt is not None
    assert key.key == derive_key(PASSWORD, key.salt, 100_000, 32)
    assert (key.iterations, key.keylen) == (100_000, 32)


def test_too_few_rounds_are_refused() -> None:
    with pytest.raises(InvalidSetting, match="too few"):
        cra_key_of(PASSWORD, 99_999)


def test_the_password_hash_has_the_costs_that_were_asked_for() -> None:
    assert Costs() == Costs(argon2_memory_kib=19456, argon2_passes=2, scram_rounds=600_000, cra_rounds=600_000)
    encoded = verifiers_of("anna", PASSWORD, CHEAP).password_hash
    assert encoded.startswith("$argon2id$v=19$m=64,t=1,p=1$")
    assert PasswordHasher().verify(encoded, PASSWORD)


def test_nothing_secret_is_printed() -> None:
    verifiers = verifiers_of("anna", PASSWORD, CHEAP)
    assert verifiers.password_hash not in repr(verifiers)
    assert repr(verifiers.cra.key) not in repr(verifiers)
    assert repr(verifiers.scram[0].stored_key) not in repr(verifiers)
