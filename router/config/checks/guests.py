"""Guests: the program and its directory are there."""

from collections.abc import Iterator
from pathlib import Path

from ..places import find_program, resolve
from ..problems import Problem, shown, under
from ..workers import Environment, GuestWorker


def guest_problems(worker: GuestWorker, data_dir: Path, path: str) -> Iterator[Problem]:
    """Yield what is wrong with one guest worker."""
    options, workdir = under(path, "options"), worker.options.workdir
    if workdir is not None and not resolve(data_dir, workdir).is_dir():
        yield Problem(under(options, "workdir"), f"there is no directory {resolve(data_dir, workdir)}")
    elif find_program(data_dir, workdir, worker.executable) is None:
        yield Problem(under(path, "executable"), f"there is no program {shown(worker.executable)} that can be run")
    yield from environment_problems(worker.options.env, under(options, "env"))


def environment_problems(environment: Environment, path: str) -> Iterator[Problem]:
    """Yield what is wrong with the environment of a process."""
    for name, value in environment.vars.items():
        if not name or "=" in name or "\0" in name + value:
            yield Problem(under(under(path, "vars"), name), "is not the name of a variable, or its value holds a 0")
