"""Check a backup: every row has its file, every file has a row, files decode, and the totals add up."""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

from ..client import Imgur
from .compare import Comparison
from .decoding import decode_error
from .durable import digests_of
from .errors import BackupError
from .folder_lock import locked
from .layout import FILES, id_in, inside, sidecar_path
from .manifest import Manifest
from .report import summarize
from .rows import Item

State = Literal["good", "damaged", "incomplete"]
Kind = Literal["missing", "size", "digest", "undecodable", "sidecar", "unknown", "path", "different", "not saved"]
MAX_PROBLEMS = 100
"""How many problems a result names."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem of one file, album or list.

    Attributes:
        kind: `missing`, `size`, `digest` or `undecodable` for a saved image; `sidecar` for its JSON; `unknown` for a
            file without a row; `path` for a row whose path leads out of the folder; `different` for what another
            server does not have, or has otherwise; `not saved` for what is not complete.
        what: the path, id or name.
        detail: what is wrong with it.
    """

    kind: Kind
    what: str
    detail: str


OnProblem: TypeAlias = Callable[[Problem], object]


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The outcome of a check.

    Attributes:
        checked: how many saved images were checked.
        saved: how many there are.
        damaged: how many problems of saved images were found.
        incomplete: how many images, albums, posts and list entries are not saved.
        problems: the first of them.
    """

    checked: int
    saved: int
    damaged: int
    incomplete: int
    problems: tuple[Problem, ...]

    @property
    def state(self) -> State:
        """`damaged` if something that was saved is not as it was; else `incomplete` if something is not saved."""
        return "damaged" if self.damaged else "incomplete" if self.incomplete else "good"

    def as_json(self) -> dict[str, Any]:
        """Return the result as a JSON document."""
        return {"state": self.state, **asdict(self), "problems": [asdict(problem) for problem in self.problems]}


def _ignore(problem: Problem) -> None:
    """Take a problem and do nothing."""


def check(
    folder: Path | str,
    *,
    quick: bool = False,
    part: tuple[int, int] = (1, 1),
    decode: bool = False,
    repair: bool = False,
    against: Imgur | None = None,
    on_problem: OnProblem = _ignore,
) -> CheckResult:
    """Check a backup, and return what is wrong with it; nothing is changed without `repair`.

    Args:
        folder: the folder of the backup.
        quick: compare sizes only, and read no file.
        part: (1, 10) checks the first tenth of the images; ten such checks cover all of them.
        decode: also decode each image and video, which needs Pillow and PyAV.
        repair: mark what is damaged, so that the next run of `back_up` downloads it again.
        against: a client of another server, whose images and albums have to be the same.
        on_problem: is called with each problem.

    Raises:
        BackupError: it is no backup, of a newer version, or damaged itself.
        ArgumentError: there is no such part.
    """
    folder, (number, parts) = Path(folder), part
    if not 1 <= number <= parts:
        raise BackupError(f"there is no part {number} of {parts}")
    with closing(Manifest(folder)) as manifest:
        if not manifest.exists:
            raise BackupError(f"{str(folder)!r} is no backup: it has no manifest")
        if not repair:
            return _Check(folder, manifest, quick, number - 1, parts, decode, against, on_problem).result()
        with locked(folder):
            return _Check(folder, manifest, quick, number - 1, parts, decode, against, on_problem, repair).result()


@dataclass
class _Check:
    """One check."""

    folder: Path
    manifest: Manifest
    quick: bool
    part: int
    parts: int
    decode: bool
    against: Imgur | None
    on_problem: OnProblem
    repair: bool = False

    def result(self) -> CheckResult:
        checked = saved = damaged = incomplete = 0
        problems: list[Problem] = []
        comparison = None if self.against is None else Comparison(self.against)
        for item in self.manifest.saved():
            saved += 1
            if not self._in_part(item.id):
                continue
            checked += 1
            problem = self._problem(item) or (comparison and self._difference(comparison, item))
            if problem and self.repair and problem.kind != "different":
                self.manifest.record_failed(item, "pending", problem.detail)
            damaged += self._report(problem, problems)
        for problem in (*self._unknown_files(), *self._album_differences(comparison)):
            damaged += self._report(problem, problems)
        for problem in self._not_saved():
            incomplete += self._report(problem, problems)
        return CheckResult(checked, saved, damaged, incomplete, tuple(problems))

    def _in_part(self, id: str) -> bool:
        return zlib.crc32(id.encode()) % self.parts == self.part

    def _report(self, problem: Problem | None, problems: list[Problem]) -> int:
        if problem is None:
            return 0
        self.on_problem(problem)
        if len(problems) < MAX_PROBLEMS:
            problems.append(problem)
        return 1

    def _problem(self, item: Item) -> Problem | None:
        """Return what is wrong with the file of a saved item."""
        try:
            path = inside(self.folder, item.path or "")
        except ValueError as error:
            return Problem("path", item.id, str(error))
        try:
            size = path.stat().st_size
        except OSError as error:
            return Problem("missing", item.path or "", error.strerror or str(error))
        if size != item.size:
            return Problem("size", item.path or "", f"{size:,} bytes instead of {item.size or 0:,}")
        if not inside(self.folder, sidecar_path(item.path or "")).is_file():
            return Problem("sidecar", sidecar_path(item.path or ""), "it is missing")
        return None if self.quick else self._content_problem(item, path)

    def _content_problem(self, item: Item, path: Path) -> Problem | None:
        try:
            digest = digests_of(path)[0]
        except OSError as error:
            return Problem("missing", item.path or "", error.strerror or str(error))
        if digest != item.sha256:
            return Problem("digest", item.path or "", "its content was changed")
        if self.decode and (error := decode_error(path)):
            return Problem("undecodable", item.path or "", error)
        return None

    def _unknown_files(self) -> Iterator[Problem]:
        """Yield the files without a row; one whose row is pending is where a run was killed."""
        for path in _files(self.folder / FILES):
            id, relative = id_in(path.name), path.relative_to(self.folder).as_posix()
            if not self._in_part(id or ""):
                continue
            item = self.manifest.item(id) if id else None
            known = item and (item.state != "saved" or relative in {item.path, sidecar_path(item.path or "")})
            if not known:
                yield Problem("unknown", relative, "the manifest does not have it")

    def _difference(self, comparison: Comparison, item: Item) -> Problem | None:
        detail = comparison.image(item)
        return Problem("different", item.id, detail) if detail else None

    def _album_differences(self, comparison: Comparison | None) -> Iterator[Problem]:
        if comparison is None:
            return
        for id in self.manifest.ids("album", state="saved"):
            if self._in_part(id) and (detail := comparison.album(id, self.manifest.members(id))):
                yield Problem("different", f"album {id}", detail)

    def _not_saved(self) -> Iterator[Problem]:
        """Yield what is not complete: items that a later run can still save, and entries that lists lack."""
        run = self.manifest.last_run()
        if run is None:
            yield Problem("not saved", "backup", "no run has begun")
            return
        result = summarize(self.manifest, run, 0)
        for name, totals in (("images", result.images), ("albums", result.albums), ("posts", result.posts)):
            for state in ("blocked", "refused", "failed", "pending"):
                if count := getattr(totals, state):
                    yield Problem("not saved", name, f"{count:,} {state}")
        for step in result.lists:
            if step.missing:
                yield Problem("not saved", step.name, f"{step.missing:,} of {step.expected or 0:,} were not listed")
        if not self.manifest.has_ended(run):
            yield Problem("not saved", "backup", "the last run was not finished")


def _files(folder: Path) -> Iterator[Path]:
    """Yield all files below a folder; symbolic links are files, and never followed."""
    if not folder.is_dir():
        return
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from _files(Path(entry.path))
            else:
                yield Path(entry.path)
