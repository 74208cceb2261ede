"""Draws a file of results as an SVG: for each piece of work a bar for each router.

python -m benchmarks.plot benchmarks/results/bench.json docs/performance.svg
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from xml.sax.saxutils import escape

from . import report
from .generator import Work

COLOURS = {"wampi": "#2f7d4f", "yardstick": "#9aa5b1", "crossbar": "#c05a2b"}
WIDTH, LABEL_WIDTH, VALUE_WIDTH, BAR_HEIGHT, GAP = 760, 90, 150, 18, 34

Bar = tuple[str, float]  # router, value


def panels(samples: list[report.Sample], routers: list[str], cpu: bool = False) -> list[tuple[str, str, list[Bar]]]:
    """Return title, unit and bars of each panel: latency where one call is under way, the rate elsewhere, or CPU."""
    found = []
    for work in dict.fromkeys(sample.work for sample in samples):
        title, unit, value = _shown(work, cpu)
        bars = [(router, report.middle(samples, work, router, value)) for router in routers]
        found.append((title, unit, [(router, number) for router, number in bars if number is not None]))
    return found


def _shown(work: Work, cpu: bool) -> tuple[str, str, report.Value]:
    if cpu:
        return f"{work.name} (router CPU of an operation, less is better)", "us", report.router_cpu_us
    if work.scenario == "calls" and work.in_flight == 1:
        return f"{work.name} (median latency, less is better)", "us", report.p50_us
    return work.name, "a second", report.per_second


def draw(drawn: list[tuple[str, str, list[Bar]]]) -> str:
    """Return the SVG document."""
    parts, top = [], 10
    for title, unit, bars in drawn:
        top += 20
        parts.append(f'<text x="10" y="{top}" class="title">{escape(title)}</text>')
        top += 8
        most = max(number for _, number in bars)
        for router, number in bars:
            parts += _bar(top, router, number, most, unit)
            top += BAR_HEIGHT + 4
        top += GAP - BAR_HEIGHT
    style = "text{font:13px sans-serif;fill:#222}.title{font-weight:bold}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {top}" width="{WIDTH}" height="{top}">\n'
        f'<style>{style}</style>\n<rect width="100%" height="100%" fill="#fff"/>\n' + "\n".join(parts) + "\n</svg>\n"
    )


def _bar(top: int, router: str, number: float, most: float, unit: str) -> list[str]:
    length = max(1.0, (WIDTH - LABEL_WIDTH - VALUE_WIDTH - 20) * number / most)
    baseline = top + BAR_HEIGHT - 5
    return [
        f'<text x="10" y="{baseline}">{escape(router)}</text>',
        f'<rect x="{LABEL_WIDTH}" y="{top}" width="{length:.1f}" height="{BAR_HEIGHT}"'
        f' fill="{COLOURS.get(router, "#555")}"/>',
        f'<text x="{LABEL_WIDTH + length + 6:.1f}" y="{baseline}">{_shown_number(number)} {escape(unit)}</text>',
    ]


def _shown_number(number: float) -> str:
    return f"{number:,.0f}" if number >= 100 else f"{number:.2g}" if number < 1 else f"{number:.1f}"


def main(arguments: list[str] | None = None) -> int:
    """Draw the file named on the command line."""
    parser = argparse.ArgumentParser(prog="benchmarks.plot", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("results", type=Path)
    parser.add_argument("svg", type=Path)
    parser.add_argument("--only", action="append", default=[], help="draw only work whose name contains this")
    parser.add_argument("--cpu", action="store_true", help="draw the router's CPU time for an operation")
    options = parser.parse_args(arguments)
    samples, about = report.read_results(options.results)
    wanted = [panel for panel in panels(samples, about["routers"], options.cpu) if _wanted(panel[0], options.only)]
    if not wanted:
        print("nothing to draw", file=sys.stderr)
        return 1
    options.svg.write_text(draw(wanted), encoding="utf-8")
    return 0


def _wanted(title: str, only: list[str]) -> bool:
    return not only or any(text in title for text in only)


if __name__ == "__main__":
    sys.exit(main())
