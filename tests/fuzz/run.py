"""Fuzzing for as long as one likes: atheris changes the seeds, guided by the branches they reach, until a target fails.

    PYTHONPATH=tests python tests/fuzz/run.py SECONDS [TARGET ...]

Each target runs in a process of its own for that long. An input that fails is written to ``build/fuzz``; to keep it
from coming back, add it to the corpus, which the test suite replays. Inputs that reach new branches are gathered in
``build/fuzz/<target>``, and the next run goes on from there.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
CORPUS = HERE / "corpus"
FOUND = HERE.parents[1] / "build" / "fuzz"
INSTRUMENTED = ["wampi.router.codec", "wampi.router.transport", "autobahn.websocket"]
LARGEST_BYTES = 4096
PATIENCE_SECONDS = 10


def fuzz(target: str, seconds: int) -> None:
    """Fuzz one target; atheris ends the process itself."""
    import atheris

    with atheris.instrument_imports(include=INSTRUMENTED):
        from support.fuzzing import TARGETS
    found = FOUND / target
    found.mkdir(parents=True, exist_ok=True)
    options = [f"-max_total_time={seconds}", f"-artifact_prefix={FOUND}/{target}-"]
    options += [f"-max_len={LARGEST_BYTES}", f"-timeout={PATIENCE_SECONDS}", "-print_final_stats=1"]
    atheris.Setup([sys.argv[0], *options, str(found), str(CORPUS / target)], TARGETS[target])
    atheris.Fuzz()


def main() -> int:
    """Fuzz the targets one after the other; return how many have failed."""
    names = sorted(path.name for path in CORPUS.iterdir())
    parser = argparse.ArgumentParser(description="Fuzz WebSocket and the codecs.")
    parser.add_argument("seconds", type=int, help="how long, for each target")
    parser.add_argument("target", nargs="*", choices=[*names, []], help="all when none is named")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.here:
        fuzz(arguments.target[0], arguments.seconds)
    failed = [name for name in arguments.target or names if not _run(name, arguments.seconds)]
    for name in failed:
        print(f"{name} has failed: the input is in {FOUND}/{name}-*", file=sys.stderr)
    return len(failed)


def _run(target: str, seconds: int) -> bool:
    print(f"fuzzing {target} for {seconds} s", flush=True)
    return subprocess.run([sys.executable, __file__, str(seconds), target, "--here"], check=False).returncode == 0


if __name__ == "__main__":
    sys.exit(main())
