"""Second factors in the accounts: codes of an app, and recovery codes."""

import base64
import sqlite3
from pathlib import Path

import pytest
from support.authenticator_app import AuthenticatorApp
from support.store import PASSWORD, Times, open_accounts
from wampi.router.store.accounts import Accounts
from wampi.router.store.database import Database
from wampi.router.store.errors import NoSecondFactor, SecondFactorNeeded, WeakPassword, WrongCode, WrongKind
from wampi.router.store.keyfile import DATABASE_FILE, HubKey
from wampi.router.store.second_factors import RECOVERY_CODES, SecondFactors
from wampi.router.store.web import Lifetimes

SHORT = "plum7kite"
RFC_KEY = base64.b32encode(b"12345678901234567890").decode()


@pytest.fixture
def accounts(accounts: Accounts) -> Accounts:
    accounts.add_person("anna", "resident", PASSWORD)
    return accounts


def set_up(accounts: Accounts, times: Times, authid: str = "anna") -> tuple[AuthenticatorApp, list[str]]:
    """Set a second factor; half a minute later its code has not been used."""
    app = AuthenticatorApp(accounts.second_factors.begin(authid))
    codes = accounts.second_factors.confirm(authid, app.code(times.now))
    times.now += 60
    return app, codes


def use(accounts: Accounts, times: Times, code: str, authid: str = "anna") -> str | None:
    return accounts.second_factors.use(authid, code, times.now)


# RFC 4226, appendix D: the code of each count, which for TOTP is one of half a minute. RFC 6238, appendix B, SHA-1, of
# whose eight digits an app shows the last six.
@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (0, "755224"),
        (30, "287082"),
        (60, "359152"),
        (90, "969429"),
        (120, "338314"),
        (150, "254676"),
        (180, "287922"),
        (210, "162583"),
        (240, "399871"),
        (270, "520489"),
        (59, "287082"),
        (1_111_111_109, "081804"),
        (1_111_111_111, "050471"),
        (1_234_567_890, "005924"),
        (2_000_000_000, "279037"),
        (20_000_000_000, "353130"),
    ],
)
def test_the_test_vectors_of_rfc_4226_and_rfc_6238(tmp_path: Path, seconds: float, code: str) -> None:
    times = Times(0.0)
    with open_accounts(tmp_path, times) as accounts:
        accounts.add_person("anna", "resident", PASSWORD)
        database = Database(tmp_path / DATABASE_FILE)
        factors = SecondFactors(database, HubKey.open(tmp_path), times, lambda: RFC_KEY)
        app = AuthenticatorApp(factors.begin("anna"))
        times.now = seconds
        assert app.code(seconds) == code
        assert len(factors.confirm("anna", code)) == RECOVERY_CODES
        database.close()


def test_the_uri_is_what_apps_take(accounts: Accounts) -> None:
    app = AuthenticatorApp(accounts.second_factors.begin("anna"))
    assert app.label == "wampi:anna"
    assert app.query["issuer"] == "wampi"
    assert len(base64.b32decode(app.query["secret"])) == 20


def test_a_key_counts_only_once_a_code_has_confirmed_it(accounts: Accounts, times: Times) -> None:
    app = AuthenticatorApp(accounts.second_factors.begin("anna"))
    assert not accounts.second_factors.is_set("anna")
    assert use(accounts, times, app.code(times.now)) is None
    with pytest.raises(WrongCode):
        accounts.second_factors.confirm("anna", "000000" if app.code(times.now) != "000000" else "111111")
    accounts.second_factors.confirm("anna", app.code(times.now))
    assert accounts.second_factors.is_set("anna")


def test_an_older_key_is_good_until_the_new_one_is_confirmed(accounts: Accounts, times: Times) -> None:
    old, _ = set_up(accounts, times)
    new = AuthenticatorApp(accounts.second_factors.begin("anna"))
    assert use(accounts, times, new.code(times.now)) is None
    assert use(accounts, times, old.code(times.now)) == "totp"
    times.now += 60
    accounts.second_factors.confirm("anna", new.code(times.now))
    times.now += 60
    assert use(accounts, times, old.code(times.now)) is None
    assert use(accounts, times, new.code(times.now)) == "totp"


@pytest.mark.parametrize(("steps", "kind"), [(-2, None), (-1, "totp"), (0, "totp"), (1, "totp"), (2, None)])
def test_clocks_may_differ_by_one_step(accounts: Accounts, times: Times, steps: int, kind: str | None) -> None:
    app, _ = set_up(accounts, times)
    times.now += 300
    assert use(accounts, times, app.code(times.now + 30 * steps)) == kind


def test_a_code_is_good_once(accounts: Accounts, times: Times) -> None:
    app, _ = set_up(accounts, times)
    code = app.code(times.now)
    assert use(accounts, times, code) == "totp"
    assert use(accounts, times, code) is None
    assert use(accounts, times, app.code(times.now - 30)) is None
    assert use(accounts, times, app.code(times.now + 30)) == "totp"


def test_the_code_that_confirmed_the_key_is_used(accounts: Accounts, times: Times) -> None:
    app = AuthenticatorApp(accounts.second_factors.begin("anna"))
    accounts.second_factors.confirm("anna", app.code(times.now))
    assert use(accounts, times, app.code(times.now)) is None


def test_a_recovery_code_is_good_once_however_it_is_typed(accounts: Accounts, times: Times) -> None:
    _, codes = set_up(accounts, times)
    assert len({*codes}) == RECOVERY_CODES
    assert use(accounts, times, codes[0].upper().replace("-", " ")) == "recovery"
    assert use(accounts, times, codes[0]) is None
    assert use(accounts, times, codes[1]) == "recovery"


def test_recovery_codes_are_those_of_the_account_and_of_its_newest_key(accounts: Accounts, times: Times) -> None:
    accounts.add_person("otto", "owner", PASSWORD)
    _, codes = set_up(accounts, times)
    set_up(accounts, times, "otto")
    assert use(accounts, times, codes[0], "otto") is None
    set_up(accounts, times)
    assert use(accounts, times, codes[0]) is None


def test_keys_and_recovery_codes_do_not_stand_in_the_database(accounts: Accounts, times: Times, tmp_path: Path) -> None:
    app, codes = set_up(accounts, times)
    with sqlite3.connect(tmp_path / DATABASE_FILE) as connection:
        dump = "\n".join(connection.iterdump()).lower()
    connection.close()
    key = base64.b32decode(app.query["secret"])
    for secret in (app.query["secret"].lower(), key.hex(), *codes, *(code.replace("-", "") for code in codes)):
        assert secret not in dump


def test_a_code_is_wrong_when_the_password_has_changed_meanwhile_or_the_account_is_off(
    accounts: Accounts, times: Times
) -> None:
    app, codes = set_up(accounts, times)
    assert accounts.second_factors.use("anna", app.code(times.now), times.now - 120) is None
    accounts.set_enabled("anna", False)
    assert use(accounts, times, codes[0]) is None


def test_eight_characters_are_enough_with_a_second_factor_and_not_without(accounts: Accounts, times: Times) -> None:
    with pytest.raises(WeakPassword):
        accounts.set_password("anna", SHORT)
    set_up(accounts, times)
    accounts.set_password("anna", SHORT)
    with pytest.raises(WeakPassword, match="7 characters and needs 8"):
        accounts.set_password("anna", SHORT[:7])


def test_a_second_factor_that_a_short_password_needs_can_not_be_removed(accounts: Accounts, times: Times) -> None:
    set_up(accounts, times)
    accounts.set_password("anna", SHORT)
    with pytest.raises(SecondFactorNeeded):
        accounts.second_factors.remove("anna")
    accounts.set_password("anna", PASSWORD)
    accounts.second_factors.remove("anna")
    assert not accounts.second_factors.is_set("anna")
    with pytest.raises(NoSecondFactor):
        accounts.second_factors.remove("anna")


def test_whoever_was_logged_in_without_a_code_is_logged_in_no_more(accounts: Accounts, times: Times) -> None:
    cookie, principal = accounts.web.open_session("anna", times.now, Lifetimes())
    times.now += 1
    set_up(accounts, times)
    assert accounts.web.find_session(cookie) is None
    assert accounts.web.confirm(principal) is None


def test_every_way_that_looks_an_account_up_is_told_that_the_secret_is_not_enough(
    accounts: Accounts, times: Times
) -> None:
    set_up(accounts, times)
    by_password, by_digest = accounts.web.find_password("anna").account, accounts.web.find_digest("anna").account
    assert by_password is not None
    assert by_password.second_factor
    assert by_digest is not None
    assert by_digest.second_factor
    by_scram = accounts.wamp.find_scram("anna", "wamp", "pbkdf2").credential
    assert by_scram is not None
    assert by_scram.second_factor
    by_key = accounts.wamp.find_cra("anna").credential
    assert by_key is not None
    assert by_key.second_factor


def test_a_device_has_no_second_factor(accounts: Accounts) -> None:
    accounts.add_device("bell", prefix="org.bell")
    with pytest.raises(WrongKind):
        accounts.second_factors.begin("bell")
