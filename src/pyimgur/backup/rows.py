"""Rows of the manifest as values."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

Raw: TypeAlias = dict[str, Any]
ITEM_COLUMNS = "id, kind, state, link, path, size, expected_size, sha256, created, deletehash, saved, tries, raw"


@dataclass(frozen=True, slots=True)
class Run:
    """A run of a backup: the same one until it has listed and tried everything."""

    number: int
    source: str
    account: str | None
    credits: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    """How far a run has come with one list."""

    name: str
    next: int = 0
    """The next page, or for a list of pages from the end the number of pages read."""
    done: bool = False
    listed: int = 0
    expected: int | None = None
    """How many Imgur says there are; None if it does not say."""
    note: str = ""
    """Why the list could not be read; empty if it was."""

    @property
    def missing(self) -> int:
        """How many are missing from the list, by Imgur's own count."""
        return max(0, (self.expected or 0) - self.listed)


@dataclass(frozen=True, slots=True)
class Item:
    """An image of the manifest."""

    id: str
    kind: str
    state: str
    link: str
    path: str | None
    size: int | None
    expected_size: int | None
    sha256: str | None
    created: int | None
    deletehash: str | None = field(repr=False)
    saved: float | None
    tries: int
    raw: Raw = field(repr=False)


def put_step(run: Run, step: Step) -> tuple[str, Sequence[object]]:
    """Return the statement that records how far a run has come with a list."""
    return (
        "INSERT OR REPLACE INTO step (run, name, next, done, listed, expected, note) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (run.number, step.name, step.next, step.done, step.listed, step.expected, step.note or None),
    )


def to_step(row: tuple[Any, ...]) -> Step:
    """Return a row of the table `step`."""
    name, next, done, listed, expected, note = row
    return Step(name, next, bool(done), listed, expected, note)


def to_item(row: tuple[Any, ...]) -> Item:
    """Return a row with the columns of `ITEM_COLUMNS`."""
    return Item(**dict(zip(ITEM_COLUMNS.split(", "), row, strict=True)) | {"raw": json.loads(row[-1])})
