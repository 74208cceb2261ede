"""Runs the Autobahn test suite's cases against a WebSocket server and prints what came of each.

    python fuzzing_client.py URL [PATTERN ...]

prints one line of JSON: a list of ``{"case", "behavior", "close", "why"}``. A process of its own, because the suite,
written for Python 2, patches the interpreter that it runs in.
"""

import asyncio
import json
import os
import sys
from typing import Any

from kosoku import FailureError, run_fuzzingclient


async def run(url: str, patterns: list[str]) -> list[dict[str, Any]]:
    """Run the cases that match a pattern, all of them when there is none."""
    try:
        results = await run_fuzzingclient(url, patterns or None, concurrency=2)
    except FailureError as failure:
        results = failure.results
    return [
        {
            "case": result.case_id,
            "behavior": result.behavior.value,
            "close": result.behavior_close.value,
            "why": f"{result.result} {result.result_close}",
        }
        for result in results
    ]


if __name__ == "__main__":
    print(json.dumps(asyncio.run(run(sys.argv[1], sys.argv[2:]))), flush=True)
    # The suite's threads outlive the run, and may abort an interpreter that is about to end.
    os._exit(0)
