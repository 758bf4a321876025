"""An upload that stands in a ledger: written down before it is sent, completed after its answer.

What a crash left open is asked again under its key where the server honours keys, looked for among the account's
newest images elsewhere, and else `UploadUncertain`. A file is known by its digest, which is taken before it is sent
and again while it is sent: what changes in between is not uploaded.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from .._core.effects import Flow, RunBlocking, Sleep
from .._core.request import Request, get
from .._core.source import Progress, Source
from .._policy.client_state import ClientState
from .._policy.flow import execute
from ..exceptions import FileError, ImgurError, LedgerError
from ..ledger import Begun, IfKnown, Ledger, LedgerEntry, stored_path
from .sources import FileSource
from .upload import digest, may_have_arrived, upload

if TYPE_CHECKING:
    from .._core.executor import Executor
    from ..resources import Image

PAUSE = 0.25
"""Seconds between two looks at what another program does with the same file."""
LOOKS = 1200


def upload_with_ledger(
    runner: Executor, request: Request[Image[Any]], ledger: Ledger, if_known: IfKnown, progress: Progress | None
) -> Flow[Image[Any]]:
    """The picture, uploaded once; or the one that the file was before, if that is wanted."""
    state = runner.state
    yield from _learn_account(runner)
    if request.file is not None and request.file.repeatable:
        request = replace(request, file=(yield RunBlocking(partial(_known_by_digest, request.file))))
    begun = yield from _begin(ledger, _entry(state, request), if_known)
    if begun.entry.state == "done":
        return _image(runner, request, begun.entry)
    try:
        image = yield from upload(runner, request, begun.entry.key, progress, begun.since)
        yield RunBlocking(partial(_complete, ledger, begun.entry, image, state.clock()))
    except LedgerError:
        raise
    except ImgurError as error:
        yield RunBlocking(partial(_record_failure, ledger, begun, may_have_arrived(error)))
        raise
    finally:
        ledger.release(begun.entry)
    return image


def _learn_account(runner: Executor) -> Flow[None]:
    """Know whose uploads these are, where only a token was given."""
    state = runner.state
    if state.access_token is not None and state.account is None:
        me = yield from execute(runner, get("3/account/me", dict[str, Any]).by("user"))
        state.account = str(me.get("url") or "") or None


def _begin(ledger: Ledger, new: LedgerEntry, if_known: IfKnown) -> Flow[Begun]:
    for _ in range(LOOKS):
        begun = yield RunBlocking(partial(ledger.begin, new, if_known))
        if begun is not None:
            return begun
        yield Sleep(PAUSE)
    raise LedgerError(f"another program has been uploading {new.path!r} for {LOOKS * PAUSE:g} s: is it stuck?")


def _entry(state: ClientState, request: Request[Any]) -> LedgerEntry:
    file, fields = request.file, request.params
    return LedgerEntry(
        path=_path(request),
        site=state.site.api,
        client_id=state.client_id,
        account=state.account if state.access_token is not None else None,
        size=file.size if file else None,
        sha256=file.sha256 if isinstance(file, DigestedSource) else None,
        title=_text(fields.get("title")),
        album=_text(request.known.get("album") or fields.get("album")),  # the id, where it is known: no secret
        when=state.clock(),
    )


def _path(request: Request[Any]) -> str:
    if request.file is None:
        return _text(request.params.get("image")) or ""
    inner = request.file.inner if isinstance(request.file, DigestedSource) else request.file
    return stored_path(inner.path) if isinstance(inner, FileSource) else _text(request.file.name) or ""


def _text(value: object) -> str | None:
    """As a database can keep it, even where it is made of a file's name that is no text."""
    return None if value is None else str(value).encode("utf-8", "backslashreplace").decode()


def _complete(ledger: Ledger, entry: LedgerEntry, image: Image[Any], now: float) -> None:
    deletehash, link = _text(image.raw.get("deletehash")), _text(image.raw.get("link"))
    done = replace(entry, state="done", when=now, id=image.id, deletehash=deletehash, link=link)
    try:
        ledger.write(done)
    except LedgerError as error:
        raise LedgerError(f"{entry.path!r} was uploaded as {done.link}, but {error}", image=image) from error


def _record_failure(ledger: Ledger, begun: Begun, uncertain: bool) -> None:
    """Leave an entry of what may have arrived, none of what did not; if that fails, it is open, and looked at later."""
    with suppress(LedgerError):
        if uncertain or begun.since is not None:
            ledger.write(replace(begun.entry, state="uncertain"))
        else:
            ledger.forget(begun.entry)


def _image(runner: Executor, request: Request[Image[Any]], entry: LedgerEntry) -> Image[Any]:
    """The picture that an entry tells of; what else there is to it is fetched when it is asked for."""
    told = {"id": entry.id, "deletehash": entry.deletehash, "link": entry.link, "title": entry.title}
    known = {name: value for name, value in told.items() if value is not None}
    return request.into.from_data({**known, "reused": True}, runner)


@dataclass(frozen=True)
class DigestedSource:
    """A source whose bytes are known: others than these are not sent to the end."""

    inner: Source
    sha256: str

    @property
    def name(self) -> str:
        return self.inner.name

    @property
    def size(self) -> int | None:
        return self.inner.size

    @property
    def repeatable(self) -> bool:
        return self.inner.repeatable

    def chunks(self) -> Iterator[bytes]:
        found = hashlib.sha256()
        for chunk in self.inner.chunks():
            found.update(chunk)
            yield chunk
        if found.hexdigest() != self.sha256:
            raise FileError(f"{self.name!r} changed while it was uploaded")


def _known_by_digest(file: Source) -> DigestedSource:
    return DigestedSource(file, digest(file))
