"""What a run gave: the costs of every code path in every round, and the figures of a row made of them."""

from __future__ import annotations

import statistics
from dataclasses import dataclass

from rows import ATTACK_GOALS, ATTACKS, CROWD, CROWD_DOES, MIB, PROBES, Row


@dataclass(frozen=True)
class Results:
    """The costs (seconds of processor and of wall clock, bytes of growth), by code path, a round each."""

    machine: str
    rounds: int
    costs: dict[str, list[dict[str, float]]]

    def of(self, row: Row) -> Figures:
        """The figures of a row: each ratio is of one round."""
        ours, other = ([cost[row.by] for cost in self.costs[path]] for path in (row.ours, row.other))
        each = sorted(_compared(row, a, b) for a, b in zip(ours, other, strict=True))
        growth = statistics.median(cost["growth"] for cost in self.costs[row.ours])
        return Figures(
            statistics.median(each), each[0], each[-1], statistics.median(ours), statistics.median(other), growth
        )


@dataclass(frozen=True)
class Figures:
    """One row: ours against the other's, and what both took, in seconds."""

    median: float
    least: float
    most: float
    ours: float
    other: float
    growth: float


def _compared(row: Row, ours: float, other: float) -> float:
    return ours / other if row.extra is None else (ours - other) / row.extra * 1000


def cells(row: Row, figures: Figures) -> tuple[str, ...]:
    """A row as texts: work, what is counted, ratio, range, goal, growth, its goal, and whether both are met."""
    unit = "" if row.extra is None else " ms"
    digits = 2 if row.extra is None else 0
    growth = "" if row.growth is None else f"{figures.growth / MIB:.1f} MiB"
    return (
        row.work,
        "CPU" if row.by == "cpu" else "wall",
        f"{figures.median:.{digits}f}{unit}",
        f"{figures.least:.{digits}f} to {figures.most:.{digits}f}",
        "" if row.goal is None else f"{row.goal:g}{unit}",
        growth,
        "" if row.growth is None else f"{row.growth // MIB} MiB",
        "" if row.goal is None else "yes" if met(row, figures) else "no",
    )


def met(row: Row, figures: Figures) -> bool:
    """Whether a row is where it should be."""
    near = row.goal is None or figures.median <= row.goal
    return near and (row.growth is None or figures.growth <= row.growth)


def crowds(results: Results) -> list[str]:
    """What came of many clients at once, if that was looked at."""
    return [f"{CROWD_DOES}: {_crowd(seen)}" for seen in results.costs.get(CROWD, ())]


def _crowd(seen: dict[str, float]) -> str:
    parts = [
        f"{seen[what]:,.0f} {what} (p50 {seen[f'{what} p50'] * 1000:.0f} ms, p99 {seen[f'{what} p99'] * 1000:.0f} ms)"
        for what in ("reads", "uploads")
    ]
    return f"{' and '.join(parts)}, {seen['errors']:.0f} errors"


ATTACK_HEADS = ("attack", "probe", "idle p50, p99", "attacked p50, p99", "times", "goal", "met")


def attack_cells(results: Results) -> list[tuple[str, ...]]:
    """A line for each attack that was made and each probe: milliseconds on the idle server and during the attack."""
    return [
        _attack(ATTACKS[path], probe, costs[0])
        for path, costs in results.costs.items()
        if path in ATTACKS
        for probe in PROBES
    ]


def _attack(does: str, probe: str, seen: dict[str, float]) -> tuple[str, ...]:
    idle, during = ([seen[f"{prefix}{probe} {at}"] for at in ATTACK_GOALS] for prefix in ("idle ", ""))
    times = [after / before for before, after in zip(idle, during, strict=True)]
    goals = tuple(ATTACK_GOALS.values())
    return (
        does.removeprefix("attack: "),
        probe,
        *(", ".join(f"{seconds * 1000:.0f} ms" for seconds in each) for each in (idle, during)),
        ", ".join(f"{each:.1f}" for each in times),
        ", ".join(f"{goal * 1000:.0f} ms" for goal in goals),
        "yes" if all(seconds <= goal for seconds, goal in zip(during, goals, strict=True)) else "no",
    )


HEADS = ("work", "by", "ours/other", "least to most", "goal", "growth", "goal", "met")


def table(rows: tuple[Row, ...], results: Results) -> str:
    """All rows as text."""
    text = _columns([HEADS, *(cells(row, results.of(row)) for row in rows)])
    attacks = attack_cells(results)
    attacked = _columns([ATTACK_HEADS, *attacks]) if attacks else []
    return "\n".join([f"{results.machine}, {results.rounds} rounds", *text, *crowds(results), *attacked])


def _columns(lines: list[tuple[str, ...]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return ["  ".join(f"{cell:<{width}}" for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines]
