"""The throttle: what a guesser gets, and what those whom he is after do not notice."""

import math

import pytest
from support.core import FakeClock, KeptLog
from wampi.router.auth.tallies import KNOWN_SOURCES, MOST_BY_STRANGERS, MOST_IN_A_ROW, pause_seconds
from wampi.router.auth.throttle import MOST_ADDRESSES, MOST_NAMES, Throttle
from wampi.router.credentials import Standing
from wampi.router.networks import LocalAddress

HOME, ELSEWHERE, HERE = "192.0.2.7", "203.0.113.9", LocalAddress("127.0.0.1")


class Hub:
    """A throttle with a fake clock, and what it has kept."""

    def __init__(self, standings: dict[str, Standing] | None = None) -> None:
        self.clock = FakeClock()
        self.log = KeptLog()
        self.kept: dict[str, Standing] = {}
        self.throttle = Throttle(self.clock, self.log, self.kept.__setitem__, standings)

    def guess(self, authid: str | None = "anna", address: str | None = ELSEWHERE, *, guessable: bool = True) -> float:
        """Make a wrong attempt if one may be made; return for how long it was refused."""
        seconds = self.throttle.refuse_until(authid, address, guessable=guessable)
        if not seconds:
            self.throttle.failed(authid, address, "wampcra", guessable=guessable)
        return seconds

    def log_in(self, authid: str = "anna", address: str | None = HOME) -> float:
        """Make a right attempt if one may be made."""
        seconds = self.throttle.refuse_until(authid, address)
        if not seconds:
            self.throttle.succeeded(authid, address)
        return seconds

    def guess_from_everywhere(self, times: int, authid: str = "anna") -> int:
        """Guess as fast as the account allows, each time from another address; return how many were checked."""
        checked = 0
        for number in range(times):
            seconds = self.guess(authid, f"198.51.{number // 250}.{number % 250}")
            checked += not seconds
            if math.isfinite(seconds):
                self.clock.advance(seconds)
        return checked


def test_five_failures_are_free_then_a_pause_doubles_from_a_second_to_five_minutes() -> None:
    hub = Hub()
    pauses = []
    for number in range(16):
        assert hub.guess(address=f"198.51.100.{number}") == 0
        pauses.append(hub.throttle.refuse_until("anna", ELSEWHERE))
        if not pauses[-1]:
            hub.throttle.withdrawn("anna", ELSEWHERE)
        hub.clock.advance(pauses[-1])
    assert pauses == [0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]


def test_the_right_password_is_refused_during_a_pause() -> None:
    hub = Hub()
    for _ in range(5):
        hub.guess()
    assert hub.log_in(address=ELSEWHERE) == 1
    hub.clock.advance(1)
    assert hub.log_in(address=ELSEWHERE) == 0


def test_a_refused_attempt_does_not_make_the_pause_longer() -> None:
    hub = Hub()
    for _ in range(5):
        hub.guess()
    hub.clock.advance(0.75)
    for _ in range(100):
        assert hub.guess() == 0.25
    hub.clock.advance(0.25)
    assert hub.guess() == 0


def test_a_success_gives_five_free_failures_again() -> None:
    hub = Hub()
    for _ in range(4):
        hub.guess()
    hub.log_in(address=ELSEWHERE)
    assert [hub.guess() for _ in range(5)] == [0] * 5


def test_never_more_than_a_hundred_failures_in_a_row_wherever_they_come_from() -> None:
    hub = Hub()
    homes = [f"192.0.2.{number}" for number in range(3)]
    for home in homes:
        hub.log_in(address=home)
    checked = hub.guess_from_everywhere(500)
    for _ in range(500):
        for home in homes:
            seconds = hub.guess(address=home)
            checked += not seconds
        hub.clock.advance(400)
    assert checked == MOST_IN_A_ROW
    assert hub.log_in(address=homes[0]) == math.inf


def test_strangers_can_use_up_a_part_of_the_hundred_only() -> None:
    hub = Hub()
    hub.log_in(address=HOME)
    assert hub.guess_from_everywhere(500) == MOST_BY_STRANGERS
    assert hub.guess(address=ELSEWHERE) == math.inf
    assert hub.log_in(address=HOME) == 0


def test_a_success_elsewhere_lets_strangers_try_again_but_not_five_times_at_once() -> None:
    hub = Hub()
    hub.log_in(address=HOME)
    hub.guess_from_everywhere(500)
    hub.log_in(address=HOME)
    assert hub.throttle.refuse_until("anna", ELSEWHERE) == 300
    hub.clock.advance(300)
    assert hub.guess(address=ELSEWHERE) == 0
    assert hub.guess(address=ELSEWHERE) == 300


def test_who_has_logged_in_from_an_address_before_gets_in_from_there_whatever_strangers_do() -> None:
    hub = Hub()
    hub.log_in(address=HOME)
    for _ in range(8):
        hub.guess(address=ELSEWHERE)
    assert hub.throttle.refuse_until("anna", ELSEWHERE) > 0
    assert hub.log_in(address=HOME) == 0


@pytest.mark.parametrize("number", [2, 5, 50])
def test_parallel_guesses_gain_nothing(number: int) -> None:
    hub = Hub()
    let_through = [hub.throttle.refuse_until("anna", f"198.51.100.{source}") == 0 for source in range(number)]
    assert sum(let_through) == min(number, 5)


def test_after_five_failures_one_guess_at_a_time_is_checked() -> None:
    hub = Hub()
    for number in range(6):
        hub.guess(address=f"198.51.100.{number}")
        hub.clock.advance(2)
    hub.clock.advance(10)
    assert hub.throttle.refuse_until("anna", ELSEWHERE) == 0
    assert hub.throttle.refuse_until("anna", "198.51.100.77") > 0
    hub.throttle.withdrawn("anna", ELSEWHERE)
    assert hub.throttle.refuse_until("anna", "198.51.100.77") == 0


def test_an_attempt_that_nobody_ends_counts_for_thirty_seconds() -> None:
    hub = Hub()
    for _ in range(5):
        hub.throttle.refuse_until("anna", HOME)
    assert hub.throttle.refuse_until("anna", HOME) > 0
    hub.clock.advance(30)
    assert hub.throttle.refuse_until("anna", HOME) == 0


# ---- addresses -------------------------------------------------------------------------------------------------------


def spray(hub: Hub, address: str, times: int) -> int:
    """Guess once for each of many names; return how many were checked."""
    return sum(hub.guess(f"name{number}", address) == 0 for number in range(times))


def test_an_address_has_ten_failures_a_minute_then_it_is_out_for_fifteen_minutes() -> None:
    hub = Hub()
    assert spray(hub, ELSEWHERE, 50) == 10
    hub.clock.advance(899)
    assert hub.guess("berta", ELSEWHERE) == 1
    hub.clock.advance(1)
    assert hub.guess("berta", ELSEWHERE) == 0


def test_nine_failures_a_minute_are_let_through() -> None:
    hub = Hub()
    for minute in range(10):
        for number in range(9):
            assert hub.guess(f"{minute}-{number}", ELSEWHERE) == 0
        hub.clock.advance(60)


def test_an_address_that_is_out_is_out_for_no_account_that_has_logged_in_from_it() -> None:
    hub = Hub()
    hub.log_in("anna", ELSEWHERE)
    spray(hub, ELSEWHERE, 50)
    assert hub.throttle.refuse_until("berta", ELSEWHERE) > 0
    assert hub.log_in("anna", ELSEWHERE) == 0


def test_a_64_of_ipv6_is_one_address() -> None:
    hub = Hub()
    checked = sum(hub.guess(f"name{number}", f"2001:db8:0:1::{number:x}") == 0 for number in range(1, 50))
    assert checked == 10
    assert hub.guess("berta", "2001:db8:0:2::1") == 0


def test_parallel_guesses_from_one_address_gain_nothing() -> None:
    hub = Hub()
    assert sum(hub.throttle.refuse_until(f"name{number}", ELSEWHERE) == 0 for number in range(50)) == 10


@pytest.mark.parametrize("address", [LocalAddress("127.0.0.1"), LocalAddress("::1"), None])
def test_this_machine_is_exempt_from_the_rule_for_addresses(address: str | None) -> None:
    hub = Hub()
    assert sum(hub.guess(f"name{number}", address) == 0 for number in range(50)) == 50


def test_a_client_that_a_proxy_says_is_on_loopback_is_not_exempt() -> None:
    hub = Hub()
    assert sum(hub.guess(f"name{number}", "127.0.0.1") == 0 for number in range(50)) == 10


def test_loopback_is_not_exempt_from_the_rule_for_accounts() -> None:
    hub = Hub()
    assert sum(hub.guess(address=HERE) == 0 for _ in range(50)) == 5


def test_nothing_locks_out_who_comes_by_a_unix_socket() -> None:
    hub = Hub()
    hub.guess_from_everywhere(500)
    for _ in range(200):
        assert hub.guess(address=None) == 0
    assert hub.log_in(address=None) == 0


def test_a_login_by_the_local_console_opens_an_account_that_strangers_have_shut() -> None:
    hub = Hub()
    hub.guess_from_everywhere(500)
    assert hub.log_in(address=ELSEWHERE) == math.inf
    hub.log_in(address=None)
    hub.clock.advance(300)
    assert hub.log_in(address=ELSEWHERE) == 0


def test_a_secret_that_cannot_be_guessed_is_bound_by_the_rule_for_addresses_only() -> None:
    hub = Hub()
    hub.guess_from_everywhere(500)
    assert hub.throttle.refuse_until("anna", HOME, guessable=False) == 0
    hub.throttle.succeeded("anna", HOME, guessable=False)
    assert sum(hub.guess(None, ELSEWHERE, guessable=False) == 0 for _ in range(50)) == 10


# ---- what is remembered ----------------------------------------------------------------------------------------------


def test_failures_and_known_addresses_survive_a_restart() -> None:
    hub = Hub()
    hub.log_in(address=HOME)
    hub.guess_from_everywhere(500)
    again = Hub({"anna": hub.kept["anna"]})
    assert again.guess(address=ELSEWHERE) == math.inf
    assert again.log_in(address=HOME) == 0


def test_a_success_that_changes_nothing_is_not_kept_again() -> None:
    hub = Hub()
    hub.log_in()
    hub.kept.clear()
    hub.log_in()
    assert hub.kept == {}


def test_an_account_is_known_from_the_last_sixteen_addresses() -> None:
    hub = Hub()
    for number in range(KNOWN_SOURCES + 4):
        hub.log_in(address=f"192.0.2.{number}")
    assert hub.kept["anna"].known == tuple(f"192.0.2.{number}" for number in range(4, KNOWN_SOURCES + 4))


def test_of_a_name_that_is_forgotten_nothing_is_known_and_nothing_kept() -> None:
    hub = Hub()
    hub.log_in(address=HOME)
    hub.guess_from_everywhere(500)
    assert hub.guess(address=ELSEWHERE) > 0
    hub.throttle.forget("anna")
    assert hub.kept["anna"] == Standing()
    assert hub.guess(address=ELSEWHERE) == 0
    assert hub.kept["anna"].known == ()


def test_a_name_that_is_forgiven_begins_anew_and_is_known_as_before() -> None:
    hub = Hub()
    hub.log_in(address=HOME)
    hub.guess_from_everywhere(500)
    hub.throttle.forgive("anna")
    assert hub.kept["anna"] == Standing({}, (HOME,))
    assert hub.guess(address=ELSEWHERE) == 0


def test_who_has_a_token_of_somebodys_gains_no_guesses_at_the_password() -> None:
    hub = Hub()
    hub.log_in("anna", HOME)
    checked = 0
    for _ in range(5):
        for number in range(2 * KNOWN_SOURCES):
            address = f"198.51.100.{number}"
            checked += sum(not hub.guess("anna", address) for _ in range(4))
            assert hub.throttle.refuse_until("anna", address, guessable=False) == 0
            hub.throttle.succeeded("anna", address, guessable=False)
    assert checked == 5
    spray(hub, HOME, 20)
    assert hub.log_in("anna", HOME) == 0


def test_a_token_is_spared_what_others_do_where_it_was_used_before() -> None:
    hub = Hub()
    for before in (True, False):
        seconds = hub.throttle.refuse_until("anna", ELSEWHERE, guessable=False)
        assert seconds == 0
        hub.throttle.succeeded("anna", ELSEWHERE, guessable=False)
        if before:
            spray(hub, ELSEWHERE, 20)
    assert hub.throttle.refuse_until("berta", ELSEWHERE, guessable=False) > 0


def test_a_flood_of_names_is_bounded_in_memory_and_frees_nobody() -> None:
    hub = Hub()
    for _ in range(9):
        hub.clock.advance(hub.guess("anna", HERE))
    for number in range(3 * MOST_NAMES):
        hub.guess(f"name{number}", HERE)
    assert len(hub.throttle._accounts) <= MOST_NAMES
    assert hub.throttle.refuse_until("anna", HERE) > 0


def test_a_flood_of_names_that_fail_more_often_frees_no_account_that_exists() -> None:
    hub = Hub()
    for _ in range(3):
        hub.throttle.failed("anna", ELSEWHERE, "wampcra", exists=True)
    for number in range(2 * MOST_NAMES):
        for _ in range(5):
            hub.throttle.failed(f"name{number}", HERE, "wampcra")
    assert len(hub.throttle._accounts) <= MOST_NAMES
    assert [hub.guess(address=HERE) for _ in range(3)] == [0, 0, 1]


def test_names_that_were_let_in_are_bounded_in_memory_and_free_nobody() -> None:
    hub = Hub()
    for _ in range(9):
        hub.throttle.failed("anna", HERE, "wampcra", exists=True)
    for number in range(3 * MOST_NAMES):
        hub.log_in(f"guest{number}", HERE)
    assert len(hub.throttle._accounts) <= MOST_NAMES
    assert hub.throttle.refuse_until("anna", HERE) > 0


def test_a_flood_of_names_does_not_make_the_known_unknown() -> None:
    hub = Hub()
    hub.log_in("anna", ELSEWHERE)
    for number in range(3 * MOST_NAMES):
        for _ in range(2):
            hub.guess(f"name{number}", HERE)
    spray(hub, ELSEWHERE, 20)
    assert hub.log_in("anna", ELSEWHERE) == 0


def test_a_flood_of_addresses_is_bounded_in_memory_and_frees_nobody() -> None:
    hub = Hub()
    spray(hub, ELSEWHERE, 20)
    for number in range(3 * MOST_ADDRESSES):
        hub.guess("berta", f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}")
    assert len(hub.throttle._addresses) <= MOST_ADDRESSES
    assert hub.throttle.refuse_until("anna", ELSEWHERE) > 0


def test_a_name_of_any_length_takes_little_room() -> None:
    hub = Hub()
    hub.guess("x" * 1_000_000)
    assert max(map(len, hub.throttle._accounts)) == 128


def test_the_log_says_who_is_shut_out() -> None:
    hub = Hub()
    spray(hub, ELSEWHERE, 50)
    hub.guess_from_everywhere(500, "anna")
    assert hub.log.lines == [
        ("address shut to logins", {"address": ELSEWHERE, "authid": "name9", "method": "wampcra"}),
        ("account shut to logins", {"address": "198.51.0.114", "authid": "anna", "method": "wampcra"}),
    ]


def test_the_pause_never_grows_beyond_five_minutes() -> None:
    assert pause_seconds(10_000) == 300
