"""`back_up`: list what a source has, save it in a folder, and report totals that add up."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from ..client import Imgur
from ..exceptions import AnswerError
from . import exports
from .calls import Calls, Pauses
from .crawl import Crawl, estimate_calls
from .downloads import Downloads
from .errors import BackupError, CreditLimitReached
from .files import FileSaver
from .folder_lock import locked
from .manifest import Manifest
from .report import Event, OnEvent, Planned, Result, summarize
from .rows import Run
from .sidecars import Sidecar
from .sources import OwnAccount, Source
from .view import build_view

DEFAULT_JOBS = 4
MAX_JOBS = 16
_HOUR = 3600.0
_SIDECAR_BATCH = 200
_RETRY_PAUSES = (5.0, 20.0)
"""Seconds before files that failed are tried again, once for each."""


@dataclass(frozen=True, slots=True)
class Options:
    """Settings of a run.

    Attributes:
        jobs: how many files are downloaded at the same time, 1 to 16.
        max_credits: the most API credits that one run spends; None for no limit.
        with_secrets: whether delete hashes are stored.
        name: a template of file names for `view/`, a second tree of hard links; empty for none.
        signed_in_by_cookie: whether the client has the cookies of a signed-in browser instead of a token.
        clock: returns the Unix time.
        sleep: waits so many seconds.
    """

    jobs: int = DEFAULT_JOBS
    max_credits: int | None = None
    with_secrets: bool = True
    name: str = ""
    signed_in_by_cookie: bool = False
    clock: Callable[[], float] = time.time
    sleep: Callable[[float], object] = time.sleep


DEFAULT_OPTIONS = Options()


def _ignore(event: Event) -> None:
    """Take an event and do nothing."""


def back_up(
    im: Imgur,
    folder: Path | str,
    source: Source | None = None,
    options: Options = DEFAULT_OPTIONS,
    on_event: OnEvent = _ignore,
) -> Result:
    """Save what a source has in a folder, and return totals that add up.

    An interrupted run is continued where it was, without listing again what it has listed. After a finished one, a new
    run lists everything again, saves what is new, and finds out what is not at Imgur any more; its files stay.

    Args:
        im: the client, whose account or client id decides what can be read.
        folder: the folder; it is created if it does not exist.
        source: what to save; by default everything of the client's account.
        options: how it runs.
        on_event: is called with what happens, in the calling thread.

    Raises:
        BackupError: the folder is in use by another run, of another account or of a newer version, or cannot be
            written to; the disk is full.
        ImgurError: Imgur refused the account itself, or could not be reached for minutes. What was saved stays, and
            the next call continues.
    """
    folder, source = Path(folder), source or OwnAccount()
    with locked(folder), closing(Manifest(folder, with_secrets=options.with_secrets)) as manifest:
        return _BackupRun(im, folder, manifest, source, options, on_event).result()


class _BackupRun:
    """One call of `back_up`."""

    def __init__(
        self, im: Imgur, folder: Path, manifest: Manifest, source: Source, options: Options, on_event: OnEvent
    ) -> None:
        self._folder = folder
        self._manifest = manifest
        self._source = source
        self._options = options
        self._on_event = on_event
        sidecar = Sidecar(folder, source.key.split()[0], with_secrets=options.with_secrets, clock=options.clock)
        self._sidecar = sidecar
        self._downloads = Downloads(
            FileSaver(im, folder, sidecar),
            manifest,
            max(1, min(options.jobs, MAX_JOBS)),
            Pauses(options.clock, options.sleep, on_event),
            on_event,
        )
        pauses = Pauses(options.clock, options.sleep, on_event, meanwhile=self._downloads.run)
        as_user = isinstance(source, OwnAccount) and not options.signed_in_by_cookie
        self._calls = Calls(im, pauses, as_user=as_user, max_credits=options.max_credits)
        self._im = im

    def result(self) -> Result:
        run, is_new = self._begin()
        stopped = ""
        try:
            if is_new:
                self._plan()
            Crawl(self._calls, self._manifest, run, self._on_event).list(self._source)
        except CreditLimitReached as error:
            stopped = error.message
        finally:
            self._manifest.add_credits(run, self._calls.spent)
        self._download()
        self._write_files()
        result = summarize(self._manifest, run, self._calls.spent, stopped)
        if not stopped:
            self._manifest.end_run(run, self._options.clock(), result.as_json())
        return result

    def _download(self) -> None:
        """Save what is pending; files that failed are tried again, after a pause."""
        self._downloads.run()
        for pause in _RETRY_PAUSES:
            if not self._manifest.retry_failed(len(_RETRY_PAUSES) + 1):
                break
            self._downloads.pauses.wait(pause, "some downloads failed, and are tried again")
            self._downloads.run()

    def _begin(self) -> tuple[Run, bool]:
        """Return the interrupted run of this source, or a new one."""
        site = self._im.site.api
        run = self._manifest.unfinished_run(self._source.key, site)
        return (run, False) if run else (self._manifest.begin_run(self._source.key, site, self._options.clock()), True)

    def _plan(self) -> None:
        """Estimate the credits of a new run, if its source has counts, and report it."""
        counts: dict[str, int] = {}
        if isinstance(self._source, OwnAccount):
            for name in ("images", "albums", "comments"):
                with suppress(AnswerError):
                    count = self._calls.get(f"3/account/me/{name}/count")
                    counts[name] = count if isinstance(count, int) else 0
        credits = estimate_calls(counts) if counts else 0
        budget = self._im.budget
        left = [left for left in (budget.user_remaining, budget.client_remaining) if left is not None]
        available = min(left) if left and budget.enforced else None
        self._on_event(Planned(credits, available, _waiting(credits, available, budget.user_limit)))

    def _write_files(self) -> None:
        """Write the sidecars that changed, and the files for people and other programs.

        Raises:
            BackupError: they cannot be written.
        """
        try:
            written: list[str] = []
            for item in self._manifest.without_sidecar():
                self._sidecar.write(item, item.sha256 or "", item.size or 0, self._manifest.albums_of(item.id))
                written.append(item.id)
                if len(written) == _SIDECAR_BATCH:
                    self._manifest.record_sidecars(written)
                    written = []
            self._manifest.record_sidecars(written)
            exports.write_all(self._folder, self._manifest, with_secrets=self._options.with_secrets)
            if self._options.name:
                build_view(self._folder, self._manifest, self._options.name)
        except OSError as error:
            raise BackupError(f"cannot write into {str(self._folder)!r}: {error.strerror or error}") from error
        except ValueError as error:  # a path of an edited manifest
            raise BackupError(f"the manifest was edited: {error}") from error


def _waiting(credits: int, available: int | None, limit: int | None) -> float:
    """Return how long a run waits for credits: an hour for each time that they are used up."""
    if available is None or credits <= available:
        return 0.0
    return _HOUR * -(-(credits - available) // max(1, limit or credits))
