"""Draws a file of results as an SVG: a panel for each kind of work, in it a bar for each router.

    python -m benchmarks.plot benchmarks/results/bench.json docs/performance.svg [--only TEXT] [--cpu]

The colours follow what the reader's system prefers, light or dark.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from . import report
from .generator import Work

ROUTERS = {"wampi": "wampi", "yardstick": "yardstick, which checks nothing", "crossbar": "Crossbar.io"}
SERIALIZERS = {"json": "JSON", "msgpack": "MessagePack", "cbor": "CBOR"}

PANEL_WIDTH, MARGIN, LABEL_WIDTH, VALUE_WIDTH = 450, 20, 122, 76
BAR_HEIGHT, BAR_STEP, ROW_GAP, HEAD_HEIGHT, PANEL_GAP = 9, 11, 9, 46, 26
WIDTH = 2 * PANEL_WIDTH + 3 * MARGIN
LEGEND_HEIGHT, FOOT_HEIGHT = 46, 34

STYLE = """
svg{--ground:#fff;--text:#1f2328;--dim:#59636e;--line:#d1d9e0;--wampi:#1a7f4b;--yardstick:#a3adb8;--crossbar:#c9622c}
@media(prefers-color-scheme:dark){svg{--ground:#0d1117;--text:#e6edf3;--dim:#9ba3ad;--line:#3d444d;
--wampi:#3fb97a;--yardstick:#6e7985;--crossbar:#e58b52}}
.ground{fill:var(--ground)}.line{stroke:var(--line)}
text{font:12px system-ui,sans-serif;fill:var(--text)}.title{font-size:14px;font-weight:600}
.dim{fill:var(--dim)}.label{text-anchor:end}.value{font-size:10px}
.wampi{fill:var(--wampi)}.yardstick{fill:var(--yardstick)}.crossbar{fill:var(--crossbar)}
"""

Bar = tuple[str, float]  # router, value


@dataclass(frozen=True)
class Kind:
    """What a panel shows: its title, what the numbers are, and how they are had."""

    title: str
    note: str
    value: report.Value


@dataclass(frozen=True)
class Row:
    """One piece of work in a panel."""

    label: str
    bars: list[Bar]


Panel = tuple[Kind, list[Row]]


# ---- what is drawn -----------------------------------------------------------------------------------------------


def panels(samples: list[report.Sample], routers: list[str], cpu: bool = False) -> list[Panel]:
    """Return the panels: latency where one call is under way, CPU of subscriptions, rates elsewhere; or all CPU."""
    found: dict[Kind, list[Row]] = {}
    for work in dict.fromkeys(sample.work for sample in samples):
        kind = _kind(work, cpu)
        bars = [(router, report.middle(samples, work, router, kind.value)) for router in routers]
        row = Row(_label(work), [(router, number) for router, number in bars if number is not None])
        found.setdefault(kind, []).append(row)
    return list(found.items())


def _kind(work: Work, cpu: bool) -> Kind:
    title, note, value = _title(work), "a second, more is better", report.per_second
    if work.scenario == "calls" and work.in_flight == 1:
        note, value = "median latency in microseconds, less is better", report.p50_us
    if work.subscriptions or cpu:
        note, value = "router CPU of an operation in microseconds, less is better", report.router_cpu_us
    return Kind(title, note, value)


def _title(work: Work) -> str:
    size = f"{work.payload_bytes // 1000} kB" if work.payload_bytes >= 1000 else f"{work.payload_bytes} B"
    if work.subscriptions:
        return f"Events of {size}, {work.sessions} of so many subscriptions match{'es' if work.sessions == 1 else ''}"
    if work.scenario == "calls":
        return f"Calls of {size}, {work.in_flight} in flight"
    if work.scenario == "events":
        return f"Events of {size}, delivered to {work.sessions} subscribers"
    return f"Logins, {work.in_flight} at once"


def _label(work: Work) -> str:
    if work.subscriptions:
        return f"{work.subscriptions:,}".replace(",", "\N{NO-BREAK SPACE}")
    return f"{SERIALIZERS[work.serializer]}{', TLS' if work.tls else ''}"


# ---- drawing -----------------------------------------------------------------------------------------------------


def draw(drawn: list[Panel], about: dict[str, Any]) -> str:
    """Return the SVG document: the panels in two columns, each below the shorter one."""
    tops = [LEGEND_HEIGHT, LEGEND_HEIGHT]
    names = dict.fromkeys(router for _, rows in drawn for row in rows for router, _ in row.bars)
    parts = _legend([router for router in names if router in ROUTERS])
    for kind, rows in drawn:
        column = tops.index(min(tops))
        parts += _panel(MARGIN + column * (PANEL_WIDTH + MARGIN), tops[column], kind, rows)
        tops[column] += _height(rows) + PANEL_GAP
    height = max(tops) + FOOT_HEIGHT - PANEL_GAP
    parts.append(f'<text x="{MARGIN}" y="{height - 12}" class="dim">{escape(_caption(about))}</text>')
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}"'
        f' role="img">\n<title>Benchmarks of wampi</title>\n<style>{STYLE}</style>\n'
        '<rect width="100%" height="100%" class="ground"/>\n' + "\n".join(parts) + "\n</svg>\n"
    )


def _legend(routers: list[str]) -> list[str]:
    parts, left = [], MARGIN
    for router in routers:
        parts.append(f'<rect class="{router}" width="12" height="12" rx="2" transform="translate({left} 14)"/>')
        parts.append(f'<text x="{left + 18}" y="24">{escape(ROUTERS[router])}</text>')
        left += 44 + round(6.3 * len(ROUTERS[router]))
    return parts


def _height(rows: list[Row]) -> int:
    return HEAD_HEIGHT + sum(BAR_STEP * len(row.bars) + ROW_GAP for row in rows)


def _panel(left: int, top: int, kind: Kind, rows: list[Row]) -> list[str]:
    parts = [
        f'<text x="{left}" y="{top + 16}" class="title">{escape(kind.title)}</text>',
        f'<text x="{left}" y="{top + 33}" class="dim">{escape(kind.note)}</text>',
        f'<path d="M{left} {top + 40.5}h{PANEL_WIDTH}" class="line"/>',
    ]
    most = max(number for row in rows for _, number in row.bars)
    top += HEAD_HEIGHT
    for row in rows:
        middle = top + BAR_STEP * len(row.bars) / 2 + 3
        parts.append(f'<text x="{left + LABEL_WIDTH - 8}" y="{middle:.1f}" class="label">{escape(row.label)}</text>')
        for router, number in row.bars:
            parts += _bar(left + LABEL_WIDTH, top, router, number, most)
            top += BAR_STEP
        top += ROW_GAP
    return parts


def _bar(left: int, top: int, router: str, number: float, most: float) -> list[str]:
    length = max(1.0, (PANEL_WIDTH - LABEL_WIDTH - VALUE_WIDTH) * number / most)
    colour = router if router in ROUTERS else "dim"
    return [
        f'<rect x="{left}" y="{top}" width="{length:.1f}" height="{BAR_HEIGHT}" rx="1.5" class="{colour}"/>',
        f'<text x="{left + length + 6:.1f}" y="{top + BAR_HEIGHT - 0.5}" class="value">{_shown(number)}</text>',
    ]


def _shown(number: float) -> str:
    if number >= 1e6:
        return f"{number / 1e6:.2f} million"
    if number >= 100:
        return f"{number:,.0f}".replace(",", "\N{NO-BREAK SPACE}")
    return f"{number:.1f}" if number >= 10 else f"{number:.2f}"


def _caption(about: dict[str, Any]) -> str:
    """Return one line on the machine and the day."""
    machine = about.get("machine", {})
    parts = [
        str(machine.get("processor", "")),
        f"{machine['cores']} cores" if "cores" in machine else "",
        f"Python {machine['python']}" if "python" in machine else "",
        str(about.get("at", "")).partition("T")[0],
    ]
    return ", ".join(part for part in parts if part)


def main(arguments: list[str] | None = None) -> int:
    """Draw the file named on the command line."""
    parser = argparse.ArgumentParser(prog="benchmarks.plot", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("results", type=Path)
    parser.add_argument("svg", type=Path)
    parser.add_argument("--only", action="append", default=[], help="draw only work whose name contains this")
    parser.add_argument("--cpu", action="store_true", help="draw the router's CPU time for an operation")
    options = parser.parse_args(arguments)
    samples, about = report.read_results(options.results)
    wanted = [one for one in samples if not options.only or any(text in one.work.name for text in options.only)]
    if not wanted:
        print("nothing to draw", file=sys.stderr)
        return 1
    options.svg.write_text(draw(panels(wanted, about["routers"], options.cpu), about), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
