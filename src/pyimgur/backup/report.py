"""Report a backup: events while it runs, and totals that add up at its end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, TypeAlias

from .manifest import Manifest
from .rows import Run, Step


@dataclass(frozen=True, slots=True)
class Planned:
    """The estimate before a run lists anything.

    Attributes:
        credits: the calls that listing takes, each of which costs a credit.
        available: the credits left now; None if Imgur did not say.
        seconds: how long the run waits for more credits.
    """

    credits: int
    available: int | None
    seconds: float


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of a list was read: how many entries are known so far, and how many Imgur says there are."""

    list: str
    listed: int
    expected: int | None


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file was saved, or could not be.

    Attributes:
        id: the id of the image.
        state: the state of the item: `saved`, `gone`, `blocked`, `refused` or `failed`.
        path: the path in the folder; None if it was not saved.
        size: bytes.
        error: why it was not saved.
        left: how many items are still to be saved.
        seconds: how long the rest is going to take; None if that is not known yet.
    """

    id: str
    state: str
    path: str | None
    size: int
    error: str
    left: int
    seconds: float | None


@dataclass(frozen=True, slots=True)
class Paused:
    """The run waits so many seconds, for this reason."""

    seconds: float
    reason: str


@dataclass(frozen=True, slots=True)
class Note:
    """Something that the user should know."""

    text: str


Event: TypeAlias = Planned | Listed | Fetched | Paused | Note
OnEvent: TypeAlias = Callable[[Event], object]


@dataclass(frozen=True, slots=True)
class Totals:
    """How many items are in each state; `listed` is their sum."""

    listed: int
    saved: int
    gone: int
    blocked: int
    refused: int
    failed: int
    pending: int

    @classmethod
    def of(cls, counts: Mapping[str, int]) -> Totals:
        """Return the totals of these counts."""
        return cls(listed=sum(counts.values()), **counts)

    @property
    def closes(self) -> bool:
        """Whether everything that was listed is accounted for."""
        return self.listed == self.saved + self.gone + self.blocked + self.refused + self.failed + self.pending

    @property
    def not_done(self) -> int:
        """How many of them a later run can still save."""
        return self.blocked + self.refused + self.failed + self.pending


@dataclass(frozen=True, slots=True)
class Result:
    """The outcome of a run.

    Attributes:
        images: the totals of the images.
        albums: the totals of the albums, whose images are listed one album at a time.
        posts: the totals of the posts, whose comments are listed one post at a time.
        favorites: how many favorites are known.
        comments: how many comments are known.
        vanished: how many images that are saved are not at Imgur any more.
        lists: how many entries each list has, and how many Imgur says it has.
        credits: the credits that this run has spent.
        stopped: why the run ended early; empty if it has tried everything.
        errors: the first images that are not saved: id, state and error.
    """

    images: Totals
    albums: Totals
    posts: Totals
    favorites: int
    comments: int
    vanished: int
    lists: tuple[Step, ...]
    credits: int
    stopped: str = ""
    errors: tuple[tuple[str, str, str], ...] = field(default=(), repr=False)

    @property
    def missing(self) -> int:
        """How many entries the lists lack, by Imgur's own counts."""
        return sum(step.missing for step in self.lists)

    @property
    def unreadable(self) -> list[Step]:
        """The lists and documents that could not be read."""
        return [step for step in self.lists if step.note]

    @property
    def complete(self) -> bool:
        """Whether everything that Imgur still has is saved."""
        not_done = self.images.not_done + self.albums.not_done + self.posts.not_done
        unfinished = any(not step.done for step in self.lists)
        return not (not_done or self.missing or self.stopped or unfinished)

    def as_json(self) -> dict[str, Any]:
        """Return the result as a JSON document."""
        lists = {
            step.name: {"listed": step.listed, "expected": step.expected, "missing": step.missing, "note": step.note}
            for step in self.lists
        }
        return {
            "complete": self.complete,
            "stopped": self.stopped,
            "images": asdict(self.images),
            "albums": asdict(self.albums),
            "posts": asdict(self.posts),
            "favorites": self.favorites,
            "comments": self.comments,
            "vanished": self.vanished,
            "missing": self.missing,
            "lists": lists,
            "credits": self.credits,
            "errors": [{"id": id, "state": state, "error": error} for id, state, error in self.errors],
        }


MAX_ERRORS = 20
"""How many images that are not saved a result names."""


def summarize(manifest: Manifest, run: Run, credits: int, stopped: str = "") -> Result:
    """Return the result of a run by its manifest."""
    return Result(
        images=Totals.of(manifest.counts("item")),
        albums=Totals.of(manifest.counts("album")),
        posts=Totals.of(manifest.counts("post")),
        favorites=manifest.count("favorite", "folder = ''"),
        comments=manifest.count("comment"),
        vanished=manifest.count("item", "gone IS NOT NULL AND state = 'saved'"),
        lists=tuple(manifest.steps(run)),
        credits=credits,
        stopped=stopped,
        errors=tuple(manifest.not_saved(MAX_ERRORS)),
    )
