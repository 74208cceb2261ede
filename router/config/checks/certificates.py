"""Certificate files: there, readable, and fitting together."""

import ssl
from collections.abc import Iterator
from pathlib import Path

from ..places import resolve
from ..problems import Problem, under
from ..transports import ListeningTls


def certificate_problems(tls: ListeningTls, data_dir: Path, path: str) -> Iterator[Problem]:
    """Yield what is wrong with the files of a listener, of which it names certificate and key."""
    certificate, key = resolve(data_dir, tls.certificate or ""), resolve(data_dir, tls.key or "")
    problems = [
        *_file_problems(certificate, under(path, "certificate")),
        *_file_problems(key, under(path, "key")),
        *pem_problems(tls.chain_certificates, data_dir, under(path, "chain_certificates")),
    ]
    yield from problems
    if problems:
        return
    if key.stat().st_mode & 0o007:
        yield Problem(under(path, "key"), f"everybody may read {key}: run chmod o= on it")
    try:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key, password="")
    except ssl.SSLError as error:
        why = "are no PEM files, or do not belong together"
        if error.reason == "KEY_VALUES_MISMATCH":
            why = "do not belong together: the certificate is for another key"
        yield Problem(path, f"{certificate} and {key} {why}")


def _file_problems(file: Path, path: str) -> Iterator[Problem]:
    try:
        with file.open("rb"):
            return
    except OSError as error:
        yield Problem(path, f"{file}: {error.strerror}")


def pem_problems(names: tuple[str, ...], data_dir: Path, path: str) -> Iterator[Problem]:
    """Yield what is wrong with files of certificates."""
    for index, name in enumerate(names):
        file = resolve(data_dir, name)
        missing = list(_file_problems(file, under(path, index)))
        yield from missing
        if missing:
            continue
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(file)
        except ssl.SSLError:
            yield Problem(under(path, index), f"{file} holds no certificate in PEM form")
