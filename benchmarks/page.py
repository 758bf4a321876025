"""docs/performance.md: a run's table and plot put into the page, which is otherwise written by hand.

`make bench ARGS=--publish` does it after a run; `python benchmarks/page.py` again, from what that run left.
"""

from __future__ import annotations

import dataclasses
import json
from xml.sax.saxutils import escape

from results import ATTACK_HEADS, HEADS, Figures, Results, attack_cells, cells, crowds, met
from rows import HERE, ROWS, Row, described

KEPT = HERE / "results.json"
PAGE = HERE.parent / "docs" / "performance.md"
PLOT = PAGE.with_name("performance.svg")
BEGIN, END = "<!-- the run: written by benchmarks/page.py -->", "<!-- end of the run -->"
WIDTH, LEFT, STEP, BAR = 860, 330, 26, 14
"""Of the plot, in pixels: all of it, the names, from row to row, and a bar's height."""
MOST = 2.0
"""Where the plot ends, in shares of the goal."""


def publish(rows: tuple[Row, ...], results: Results) -> None:
    """Keep a run, and show it on the page."""
    KEPT.write_text(json.dumps(dataclasses.asdict(results), indent=1) + "\n")
    shown = tuple(row for row in rows if row.ours in results.costs and row.other in results.costs)
    before, _, rest = PAGE.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}\n{run_of(shown, results)}\n{END}{after}")
    PLOT.write_text(plot(shown, results))


def run_of(rows: tuple[Row, ...], results: Results) -> str:
    """The tables, in Markdown: where there is a goal, and where there is only a distance; then who did what."""
    goals = [row for row in rows if row.goal is not None]
    distances = [row for row in rows if row.goal is None]
    paths = dict.fromkeys(path for row in rows for path in (row.ours, row.other))
    return "\n\n".join(
        [
            f"Measured on {results.machine}; {results.rounds} rounds.",
            markdown(HEADS, [cells(row, results.of(row)) for row in goals]),
            *(f"{said[0].upper()}{said[1:]}." for said in crowds(results)),
            *_attacks(results),
            "Compared with raw sockets and other lower bounds:",
            markdown(HEADS[:4], [cells(row, results.of(row))[:4] for row in distances]),
            "Code paths:",
            markdown(("work", "ours", "other"), [(row.work, f"`{row.ours}`", f"`{row.other}`") for row in rows]),
            markdown(("code path", "is"), [(f"`{path}`", described(path)) for path in paths]),
        ]
    )


def _attacks(results: Results) -> list[str]:
    """What others notice of attacks, if those were made."""
    found = attack_cells(results)
    return ["Response times of other clients during an attack:", markdown(ATTACK_HEADS, found)] if found else []


def markdown(heads: tuple[str, ...], lines: list[tuple[str, ...]]) -> str:
    rows = [heads, tuple("---" for _ in heads), *lines]
    return "\n".join(f"| {' | '.join(cell.replace('|', '/') for cell in row)} |" for row in rows)


def plot(rows: tuple[Row, ...], results: Results) -> str:
    """Each goal's row as a bar, in shares of its goal: what ends left of the line is where it should be."""
    goals = [(row, results.of(row)) for row in rows if row.goal is not None]
    height = STEP * (len(goals) + 2)
    at = x_of(1.0)
    parts = [bar(row, figures, STEP * (number + 1)) for number, (row, figures) in enumerate(goals)]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        'font-family="sans-serif" font-size="12">\n'
        f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>\n'
        + "\n".join(parts)
        + f'\n<line x1="{at}" x2="{at}" y1="{STEP - 8}" y2="{height - STEP}" stroke="#222" stroke-dasharray="4 3"/>\n'
        f'<text x="{at}" y="{height - 8}" text-anchor="middle" fill="#222">the goal</text>\n</svg>\n'
    )


def x_of(share: float) -> float:
    return round(LEFT + (WIDTH - LEFT - 90) * min(share, MOST) / MOST, 1)


def bar(row: Row, figures: Figures, y: int) -> str:
    """One row: its name, a bar to the median, a line from the least to the most, and the figures."""
    assert row.goal is not None
    median, least, most = (x_of(value / row.goal) for value in (figures.median, figures.least, figures.most))
    color = "#1bb76e" if met(row, figures) else "#c0561b"
    said = cells(row, figures)[2]
    middle = y + BAR / 2
    return (
        f'<text x="{LEFT - 8}" y="{y + 11}" text-anchor="end" fill="#222">{escape(row.work)}</text>'
        f'<rect x="{LEFT}" y="{y}" width="{round(median - LEFT, 1)}" height="{BAR}" fill="{color}"/>'
        f'<line x1="{least}" x2="{most}" y1="{middle}" y2="{middle}" stroke="#222"/>'
        f'<text x="{max(median, most) + 6}" y="{y + 11}" fill="#222">{said}, goal {cells(row, figures)[4]}</text>'
    )


def main() -> None:
    results = Results(**json.loads(KEPT.read_text()))
    publish(tuple(row for row in ROWS if {row.ours, row.other} <= results.costs.keys()), results)


if __name__ == "__main__":
    main()
