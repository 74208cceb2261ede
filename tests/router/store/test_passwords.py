import pytest
from wampi.router.store.errors import WeakPassword
from wampi.router.store.passwords import MAX_BYTES, accepted, generate, is_guessable, saslprep

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
