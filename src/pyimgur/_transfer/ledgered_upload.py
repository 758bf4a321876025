"""Upload with a ledger: the upload is recorded before the file is sent, and completed after the response.

An upload that a crash left open is sent again with its key if the server supports idempotency keys, otherwise searched
among the account's newest images, and else an `UploadUncertain`. A file is identified by its digest, which is computed
before it is sent and again while it is sent: a file that changes in between is not uploaded.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, cast

from .._core.effects import Flow, RunBlocking, Sleep
from .._core.request import Request, get
from .._core.source import IfKnown, Progress, Source
from .._policy.client_state import ClientExecutor, ClientState
from .._policy.flow import execute
from ..exceptions import FileError, ImgurError, LedgerError
from ..ledger import Ledger, LedgerEntry, StartedUpload, stored_path
from .sources import FileSource, digest
from .upload import may_have_arrived, upload
from .upload_search import I, UploadedImage

POLL_INTERVAL = 0.25
"""Seconds between two checks whether another program has finished uploading the same file."""
MAX_POLLS = 1200


def upload_with_ledger(
    executor: ClientExecutor, request: Request[I], ledger: Ledger, if_known: IfKnown, progress: Progress | None
) -> Flow[I]:
    """Upload a file once, and return its image; with "reuse", that of an earlier upload if there is one.

    Raises:
        LedgerError: the ledger cannot be written; nothing was sent, or its `image` is what was uploaded.
        UploadUncertain: the upload may have arrived.
    """
    state = executor.state
    request = replace(request, resend_hint="upload it again with if_known='ignore'")
    yield from _fetch_account(executor)
    if request.file is not None and request.file.repeatable:
        request = replace(request, file=(yield RunBlocking(partial(_with_digest, request.file))))
    started = yield from _begin(ledger, _entry(state, request), if_known)
    if started.entry.state == "done":
        return _image(executor, request, started.entry)
    try:
        image = yield from upload(executor, request, started.entry.key, progress, started.since, ledger)
        yield RunBlocking(partial(_complete, ledger, started.entry, image, state.clock()))
    except LedgerError:
        raise
    except ImgurError as error:
        yield RunBlocking(partial(_record_failure, ledger, started, may_have_arrived(error)))
        raise
    finally:
        ledger.release(started.entry)
    return image


def _fetch_account(executor: ClientExecutor) -> Flow[None]:
    """Fetch the user's name, which ledger entries contain, if the client has only a token."""
    state = executor.state
    if state.access_token is not None and state.account is None:
        me = yield from execute(executor, get("3/account/me", dict[str, Any]).by("user"))
        state.account = str(me.get("url") or "") or None


def _begin(ledger: Ledger, new: LedgerEntry, if_known: IfKnown) -> Flow[StartedUpload]:
    for _ in range(MAX_POLLS):
        started = yield RunBlocking(partial(ledger.begin, new, if_known))
        if started is not None:
            return started
        yield Sleep(POLL_INTERVAL)
    raise LedgerError(
        f"another program has been uploading {new.path!r} for {MAX_POLLS * POLL_INTERVAL:g} s: is it stuck?"
    )


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
        album=_text(
            request.known.get("album") or fields.get("album")
        ),  # the id if it is known, as a delete hash is secret
        when=state.clock(),
    )


def _path(request: Request[Any]) -> str:
    if request.file is None:
        return _text(request.params.get("image")) or ""
    inner = request.file.inner if isinstance(request.file, DigestedSource) else request.file
    return stored_path(inner.path) if isinstance(inner, FileSource) else _text(request.file.name) or ""


def _text(value: object) -> str | None:
    """Return the value as text that a database can store, even if it contains undecodable bytes of a file name."""
    return None if value is None else str(value).encode("utf-8", "backslashreplace").decode()


def _complete(ledger: Ledger, entry: LedgerEntry, image: UploadedImage, now: float) -> None:
    """Record the image of an upload.

    Raises:
        LedgerError: it cannot be recorded; the error's `image` is what was uploaded.
    """
    deletehash, link = _text(image.raw.get("deletehash")), _text(image.raw.get("link"))
    done = replace(entry, state="done", when=now, id=image.id, deletehash=deletehash, link=link)
    try:
        ledger.write(done)
    except LedgerError as error:
        text = f"{entry.path!r} was uploaded as {done.link}, but {error}"
        raise LedgerError(text, image=cast("Any", image)) from error


def _record_failure(ledger: Ledger, started: StartedUpload, uncertain: bool) -> None:
    """Mark the entry of an upload that may have arrived as uncertain, and remove that of one that did not.

    If that fails, the entry stays open, and the next upload of the same file takes it over.
    """
    with suppress(LedgerError):
        if uncertain or started.since is not None:
            ledger.write(replace(started.entry, state="uncertain"))
        else:
            ledger.forget(started.entry)


def _image(executor: ClientExecutor, request: Request[I], entry: LedgerEntry) -> I:
    """Return the image of an entry; its other fields are fetched when they are read."""
    columns = {"id": entry.id, "deletehash": entry.deletehash, "link": entry.link, "title": entry.title}
    fields = {name: value for name, value in columns.items() if value is not None}
    return request.result_type.from_data({**fields, "reused": True}, executor)


@dataclass(frozen=True)
class DigestedSource:
    """A source with a known digest; reading it raises `FileError` at its end if its bytes differ."""

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

    @property
    def may_block(self) -> bool:
        return self.inner.may_block

    def chunks(self) -> Iterator[bytes]:
        sha256 = hashlib.sha256()
        for chunk in self.inner.chunks():
            sha256.update(chunk)
            yield chunk
        if sha256.hexdigest() != self.sha256:
            raise FileError(f"{self.name!r} changed while it was uploaded")


def _with_digest(file: Source) -> DigestedSource:
    return DigestedSource(file, digest(file))
