from pathlib import Path

import pytest
from wampi.router.store import passwords
from wampi.router.store.errors import WeakPassword
from wampi.router.store.passwords import (
    MAX_BYTES,
    MIN_CHARACTERS_WITH_SECOND_FACTOR,
    accepted,
    generate,
    is_guessable,
    saslprep,
)

GOOD = "copper lantern drifts uphill"


def test_a_long_password_of_several_words_is_accepted_as_it_is() -> None:
    assert accepted(GOOD) == GOOD


def test_fifteen_characters_are_enough_and_fourteen_are_not() -> None:
    assert accepted("hq4 zuv9w mbt x") == "hq4 zuv9w mbt x"
    with pytest.raises(WeakPassword, match="has 14 characters and needs 15"):
        accepted("hq4 zuv9w mbt ")


def test_characters_are_counted_and_not_bytes() -> None:
    with pytest.raises(WeakPassword, match="has 10 characters"):
        accepted("éàüößçñøåł")


def test_a_kilobyte_is_taken_whole_and_no_more() -> None:
    long = "".join(chr(0x4E00 + number) for number in range(341)) + "a"
    assert len(long.encode()) == MAX_BYTES
    assert accepted(long) == long
    with pytest.raises(WeakPassword, match="has 1025 bytes"):
        accepted(long + "b")


def test_a_long_row_of_accents_is_refused_before_it_is_brought_into_one_form() -> None:
    # That takes time by the square of its length: a megabyte of them would take hours.
    with pytest.raises(WeakPassword, match="has 1500000 bytes: 1024 are allowed"):
        accepted("e" * 500_000 + "\u0301\u0316" * 250_000)


def test_two_ways_of_typing_a_letter_are_one_password() -> None:
    assert accepted("cafe\u0301 lantern uphill") == accepted("caf\u00e9 lantern uphill")


@pytest.mark.parametrize("character", ["\n", "\0", "\x7f", "\ud800"])
def test_what_no_keyboard_types_is_refused(character: str) -> None:
    with pytest.raises(WeakPassword, match="control character"):
        accepted(GOOD + character)


@pytest.mark.parametrize(
    "password",
    [
        "passwordpassword",
        "Passwordpassword",
        "123456789012345",
        "987654321098765",
        "aaaaaaaaaaaaaaaa",
        "abababababababab",
        "qwertyuiopasdfgh",
        "qwertzuiopasdfgh",
        "abcdefghijklmnop",
        "1qaz2wsx3edc4rfv",
        "password1234567!",
        "!!!2024 password",
        "P@ssw0rd12345678",
        "dragon monkey 2024",
        "letmein-football",
        "iloveyouiloveyou",
        "correcthorsebatterystaple",
        "Correct Horse Battery Staple",
        "---------------!?()",
    ],
)
def test_what_anyone_would_try_is_refused(password: str) -> None:
    with pytest.raises(WeakPassword, match="anyone would try"):
        accepted(password)


def test_each_of_the_3000_commonest_is_refused_also_where_eight_characters_are_enough() -> None:
    file = Path(passwords.__file__).with_name("common_passwords.txt")
    common = [line for line in file.read_text("utf-8").splitlines() if line and not line.startswith("#")]
    assert len(common) >= 3000
    assert {"password", "123456", "qwerty", "iloveyou", "letmein", "dragon"} <= set(common)
    long = [password for password in common if len(password) >= MIN_CHARACTERS_WITH_SECOND_FACTOR]
    assert len(long) > 500
    for password in long:
        for typed in (password, password.upper(), f"{password}2024!"):
            with pytest.raises(WeakPassword, match="anyone would try"):
                accepted(typed, least=MIN_CHARACTERS_WITH_SECOND_FACTOR)


@pytest.mark.parametrize(
    "password",
    [
        "vqkzjxwhfmtrbpl",
        "VQKZJXWHFMTRBPL",
        "748129305561839",
        "\u05d0\u05d5\u05e8\u05d1 \u05d9\u05e8\u05d5\u05e7 \u05d1\u05d7\u05d5\u05e8\u05e3",
        "vqkz jxwh fmtr bpl",
        "\N{SNOWMAN}\N{COMET}\N{UMBRELLA}\N{ANCHOR}\N{BLACK CHESS KNIGHT}" * 2
        + "\N{PEACE SYMBOL}\N{YIN YANG}\N{BLACK SPADE SUIT}kmq",
    ],
)
def test_nobody_is_told_which_characters_to_use(password: str) -> None:
    assert accepted(password) == password


@pytest.mark.parametrize(
    "password", ["annegret annegret", "annegret-attichub", "attichub12345678", "Annegret!Password"]
)
def test_the_own_name_and_that_of_the_host_make_no_password(password: str) -> None:
    with pytest.raises(WeakPassword, match="anyone would try"):
        accepted(password, ["annegret", "attichub"])
    assert not is_guessable(GOOD, ["annegret", "attichub"])


def test_the_reason_never_repeats_the_password() -> None:
    for password in ("tooshort", "passwordpassword", "x" * 1025):
        with pytest.raises(WeakPassword) as caught:
            accepted(password)
        assert password not in str(caught.value)


def test_a_password_that_was_made_is_accepted_and_never_the_same() -> None:
    made = {accepted(generate()) for _ in range(200)}
    assert len(made) == 200


def test_a_hostile_password_takes_no_longer_than_a_good_one() -> None:
    # Quadratic work on a kilobyte would take seconds: the walk over pieces is bounded.
    assert is_guessable("ab1" * 341)
    assert not is_guessable("password" * 100 + "x")


@pytest.mark.parametrize(
    ("given", "prepared"),
    [
        ("I\u00adX", "IX"),
        ("user", "user"),
        ("USER", "USER"),
        ("\u00aa", "a"),
        ("\u2168", "IX"),
        ("a\u00a0b", "a b"),
    ],
)
def test_saslprep_follows_the_examples_of_rfc_4013(given: str, prepared: str) -> None:
    assert saslprep(given) == prepared


@pytest.mark.parametrize("given", ["\u0007", "\u0627\u0031", "\N{THINKING FACE}"])
def test_saslprep_leaves_alone_what_the_rfc_prohibits(given: str) -> None:
    assert saslprep(given) == given
