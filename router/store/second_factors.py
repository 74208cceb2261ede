"""Second factors: codes of an authenticator app (TOTP, RFC 6238), and recovery codes for when the phone is gone.

The key that app and hub share can make every code, so it is sealed under the hub's key file. It counts from the moment
in which a code has shown that the app has it, and never before: nobody locks himself out by closing a page too early. A
code is good once, for its own half minute and the one on either side. Recovery codes are random, kept as hashes, and
each is good once.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pyotp import TOTP, random_base32
from sqlalchemy import delete, insert, select, update

from .errors import NoSecondFactor, SecondFactorNeeded, WrongCode, WrongKind
from .rows import account_row
from .schema import accounts, recovery_codes, totp_keys
from .web import end_sessions, unchanged

if TYPE_CHECKING:
    from sqlalchemy import Connection, Row

    from .database import Database
    from .keyfile import HubKey

ISSUER = "wampi"
STEP_SECONDS = 30
DRIFT_STEPS = 1
"""How many steps a clock may be off (RFC 6238, section 5.2)."""

RECOVERY_CODES = 10
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
_CODE_CHARACTERS = 16  # 79 bits
_DIGITS = re.compile(r"[0-9]{6}")


class SecondFactors:
    """The second factors of the accounts; every method blocks. ``new_key`` makes a key of 160 bits, in base32."""

    def __init__(
        self, database: Database, key: HubKey, now: Callable[[], float], new_key: Callable[[], str] = random_base32
    ) -> None:
        self._database = database
        self._key = key
        self._now = now
        self._new_key = new_key

    def is_set(self, authid: str) -> bool:
        """Return whether an account has a second factor; raises :class:`.NoSuchAccount`."""
        with self._database.reading() as connection:
            return _sealed(connection, _person(connection, authid).id) is not None

    def begin(self, authid: str) -> str:
        """Make a key and return it as the ``otpauth`` URI that apps take; it counts once it is confirmed.

        An older key stays good until then. Raises :class:`.NoSuchAccount`, :class:`.WrongKind`.
        """
        key = self._new_key()
        with self._database.writing() as connection:
            account = _person(connection, authid).id
            sealed = self._key.seal(key.encode(), _label(authid))
            if connection.execute(select(totp_keys).where(totp_keys.c.account == account)).one_or_none() is None:
                fresh = {"account": account, "pending_key": sealed, "last_step": -1, "is_needed": False}
                connection.execute(insert(totp_keys).values(fresh))
            else:
                pending = update(totp_keys).where(totp_keys.c.account == account).values(pending_key=sealed)
                connection.execute(pending)
        return TOTP(key).provisioning_uri(name=authid, issuer_name=ISSUER)

    def confirm(self, authid: str, code: str) -> list[str]:
        """Let the key that was begun count, as a code of it is there; return new recovery codes.

        Whoever was logged in before, without a code, is logged in no more. Raises :class:`.WrongCode`,
        :class:`.NoSecondFactor`, :class:`.NoSuchAccount`.
        """
        with self._database.writing() as connection:
            account = _person(connection, authid).id
            row = connection.execute(select(totp_keys).where(totp_keys.c.account == account)).one_or_none()
            if row is None or row.pending_key is None:
                raise NoSecondFactor(f"no second factor has been begun for {authid!a}: begin again")
            step = self._step_of(authid, row.pending_key, _plain(code))
            if step is None:
                raise WrongCode
            values = {"sealed_key": row.pending_key, "pending_key": None, "last_step": step}
            connection.execute(update(totp_keys).where(totp_keys.c.account == account).values(values))
            self._change(connection, account)
            return _put_recovery_codes(connection, account)

    def remove(self, authid: str) -> None:
        """Let the password be enough again.

        Raises :class:`.SecondFactorNeeded` where it is too short for that, :class:`.NoSecondFactor`.
        """
        with self._database.writing() as connection:
            account = _person(connection, authid).id
            row = connection.execute(select(totp_keys).where(totp_keys.c.account == account)).one_or_none()
            if row is None or row.sealed_key is None:
                raise NoSecondFactor(f"{authid!a} has no second factor")
            if row.is_needed:
                raise SecondFactorNeeded(authid)
            for table in (totp_keys, recovery_codes):
                connection.execute(delete(table).where(table.c.account == account))
            self._change(connection, account)

    def use(self, authid: str, code: str, since: float) -> str | None:
        """Use a code of the app, or a recovery code: return which (``totp``, ``recovery``), None for a wrong one.

        It is wrong, too, when the account may not log in or its password has changed after ``since``.
        """
        plain = _plain(code)
        with self._database.writing() as connection:
            account = connection.execute(unchanged(authid, since, self._now())).one_or_none()
            if account is None:
                return None
            if not _DIGITS.fullmatch(plain):
                mine = recovery_codes.c.account == account.id, recovery_codes.c.hash == _hash(plain)
                used = connection.execute(delete(recovery_codes).where(*mine)).rowcount
                return "recovery" if used else None
            row = connection.execute(select(totp_keys).where(totp_keys.c.account == account.id)).one_or_none()
            step = None if row is None or row.sealed_key is None else self._step_of(authid, row.sealed_key, plain)
            if row is None or step is None or step <= row.last_step:
                return None
            connection.execute(update(totp_keys).where(totp_keys.c.account == account.id).values(last_step=step))
            return "totp"

    def _step_of(self, authid: str, sealed: bytes, code: str) -> int | None:
        """Return the step that a code is of, None when it is of none that counts now."""
        app = TOTP(self._key.unseal(sealed, _label(authid)).decode())
        now = int(self._now() // STEP_SECONDS)
        steps = range(max(now - DRIFT_STEPS, 0), now + DRIFT_STEPS + 1)  # a hub without a clock starts in 1970
        right = [step for step in steps if hmac.compare_digest(app.generate_otp(step).encode(), code.encode())]
        return right[0] if right else None

    def _change(self, connection: Connection, account: int) -> None:
        end_sessions(connection, account)
        connection.execute(update(accounts).where(accounts.c.id == account).values(secret_changed_at=self._now()))


def is_set_for(connection: Connection, account: int) -> bool:
    """Return whether an account, by its number, has a second factor."""
    return _sealed(connection, account) is not None


def note_password(connection: Connection, account: int, is_enough_alone: bool) -> None:
    """Remember whether a password that has been set is too short without a second factor."""
    connection.execute(update(totp_keys).where(totp_keys.c.account == account).values(is_needed=not is_enough_alone))


def _sealed(connection: Connection, account: int) -> bytes | None:
    sealed: bytes | None = connection.execute(
        select(totp_keys.c.sealed_key).where(totp_keys.c.account == account)
    ).scalar()
    return sealed


def _person(connection: Connection, authid: str) -> Row[Any]:
    row = account_row(connection, authid)
    if row.kind != "person":
        raise WrongKind(f"the {row.kind} {authid!a} has a random key, which needs no second factor")
    return row


def _put_recovery_codes(connection: Connection, account: int) -> list[str]:
    """Put new recovery codes in place of what is left of the old ones."""
    codes = ["".join(secrets.choice(_ALPHABET) for _ in range(_CODE_CHARACTERS)) for _ in range(RECOVERY_CODES)]
    connection.execute(delete(recovery_codes).where(recovery_codes.c.account == account))
    connection.execute(insert(recovery_codes), [{"account": account, "hash": _hash(code)} for code in codes])
    return ["-".join(code[at : at + 4] for at in range(0, _CODE_CHARACTERS, 4)) for code in codes]


def _plain(code: str) -> str:
    """Return a code without what people put into it for the eye."""
    return re.sub(r"[\s-]", "", code[:64]).lower()


def _hash(code: str) -> bytes:
    return hashlib.sha256(code.encode("utf-8", "surrogatepass")).digest()


def _label(authid: str) -> str:
    return f"totp {authid}"
