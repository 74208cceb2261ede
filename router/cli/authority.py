"""``wampi ca``: the hub's own certificate authority, which phones and browsers are to trust."""

import argparse
from pathlib import Path
from typing import Any

from .arguments import add_data_option, file
from .errors import CommandError


def add_commands(commands: Any) -> None:
    """Declare the commands."""
    parser = commands.add_parser(
        "ca",
        help="the hub's own certificate authority",
        description="The hub's own certificate authority, which phones and browsers are to trust.",
    )
    actions = parser.add_subparsers(title="commands", dest="action", metavar="COMMAND", required=True)
    show = actions.add_parser("show", help="say where it is, and its fingerprint", description=show_authority.__doc__)
    add_data_option(show)
    show.set_defaults(run=show_authority)
    renew = actions.add_parser(
        "renew",
        help="make a new one; everybody has to trust it afresh",
        description="Makes a new authority and a new server certificate. Everybody has to trust the new one; "
        "a hub that runs takes it within a minute.",
    )
    add_data_option(renew)
    renew.add_argument("--config", type=file, metavar="FILE", help="the configuration (default: as for wampi up)")
    renew.set_defaults(run=renew_authority)


def show_authority(options: argparse.Namespace) -> int:
    """Says where the certificate is, until when it holds, and the fingerprint to compare on a phone."""
    from cryptography import x509  # noqa: PLC0415
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415

    path = _published(options.data)
    try:
        certificate = x509.load_pem_x509_certificate(path.read_bytes())
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}; the first start of a hub makes it") from None
    except ValueError:
        raise CommandError(f"{path} holds no certificate in PEM form") from None
    print(f"file         {path}")
    print(f"name         {certificate.subject.rfc4514_string()}")
    print(f"valid until  {certificate.not_valid_after_utc.date().isoformat()}")
    print(f"SHA-256      {certificate.fingerprint(SHA256()).hex(':').upper()}")
    return 0


def renew_authority(options: argparse.Namespace) -> int:
    """Make a new authority."""
    from functools import partial  # noqa: PLC0415

    from twisted.internet.task import Clock  # noqa: PLC0415 - nothing is scheduled here

    from ..config import ConfigurationError, read  # noqa: PLC0415
    from ..datadir import TLS, default_configuration  # noqa: PLC0415
    from ..transport.authority import AuthorityError, LocalAuthority  # noqa: PLC0415
    from ..transport.host import host_identity  # noqa: PLC0415
    from ..transport.system import ReactorClock  # noqa: PLC0415

    try:
        node = read(options.config or default_configuration(options.data))
    except ConfigurationError as error:
        raise CommandError(str(error).partition("\n")[0]) from None
    if not _published(options.data).exists():
        raise CommandError(f"there is no authority in {options.data}: the first start of a hub makes it")
    names = [name for router in node.routers for transport in router.transports for name in transport.host_names]
    identity = partial(host_identity, tuple(names))
    try:
        LocalAuthority(options.data / TLS, ReactorClock(Clock()), SilentLog(), identity).replace()
    except (AuthorityError, OSError) as error:
        raise CommandError(str(error)) from None
    return show_authority(options)


class SilentLog:
    """A log for a command, which says itself what it did."""

    def info(self, event: str, **fields: object) -> None:
        """Say nothing."""

    def warn(self, event: str, **fields: object) -> None:
        """Say nothing."""


def _published(data_dir: Path) -> Path:
    from ..datadir import PUBLISHED_AUTHORITY  # noqa: PLC0415

    return data_dir / PUBLISHED_AUTHORITY
