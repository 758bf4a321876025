"""Backups that are interrupted: kill -9, full disks, rate limits, lists that shift, two runs at once."""

from __future__ import annotations

import hashlib
import io
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PIL import Image as Drawing

from backup_support import change, client, enforce, picture, rows, run, upload
from pyimgur.backup import BackupError, Fetched, Options, Paused, Planned, back_up
from pyimgur.backup.manifest import Manifest
from pyimgur.exceptions import AuthenticationError, RateLimitError

if TYPE_CHECKING:
    from pyimgur.backup import Event
    from pyimgur.testing import LocalImgur

PROGRAM = """
import sys
from pyimgur import Imgur
from pyimgur.backup import Options, back_up
url, client_id, token, folder = sys.argv[1:]
with Imgur(client_id, access_token=token, base_url=url) as im:
    print("begun", flush=True)
    print(back_up(im, folder, options=Options(jobs=3)).complete)
"""


def api_calls(imgur: LocalImgur, since: int = 0) -> list[str]:
    return [request.path for request in list(imgur.requests)[since:] if request.credentials != "none"]


def downloads(imgur: LocalImgur, since: int = 0) -> list[str]:
    return [request.path for request in list(imgur.requests)[since:] if request.path.endswith(".png")]


def test_after_kill_9_at_most_the_transfers_in_flight_are_repeated(imgur: LocalImgur, tmp_path: Path) -> None:
    ids, out = upload(imgur, 40), tmp_path / "out"
    since = len(imgur.requests)
    imgur.fail("custom", path="/*.png", delay=0.02, times=None)
    token = imgur.client.access_token
    assert token
    kills = 0
    while kills < 4:
        done_before = len(downloads(imgur, since))
        with subprocess.Popen(
            [sys.executable, "-c", PROGRAM, imgur.url, imgur.client_id, token, str(out)], stdout=subprocess.PIPE
        ) as process:
            while len(downloads(imgur, since)) < done_before + 6 and process.poll() is None:
                time.sleep(0.005)
            process.send_signal(signal.SIGKILL)
        kills += 1
        for state, path, sha256 in rows(out, "SELECT state, path, sha256 FROM item"):
            if state == "saved":
                assert (out / path).is_file(), "a row says more than the disk"
                assert sha256
    result = run(imgur, out)
    assert result.complete
    assert {path[1:-4] for path in downloads(imgur, since)} == set(ids)
    repeated = len(downloads(imgur, since)) - len(ids)
    assert repeated <= kills * 3, "more than the transfers in flight were repeated"
    lists = [path for path in api_calls(imgur, since) if path.startswith("/3/account/me/images/0")]
    assert len(lists) == 1, "it was listed again"
    assert not list((out / "incoming").iterdir())


def test_a_file_whose_row_was_lost_is_verified_and_kept(imgur: LocalImgur, tmp_path: Path) -> None:
    ids, out = upload(imgur, 2), tmp_path / "out"
    run(imgur, out)
    change(out, "UPDATE item SET state = 'pending', path = NULL, sha256 = NULL WHERE kind = 'image'")
    change(out, "UPDATE run SET ended = NULL")
    [edited, kept] = sorted((out / "files").rglob("*.png"))
    edited.write_bytes(b"truncated")
    since = len(imgur.requests)
    assert run(imgur, out).complete
    statuses = sorted(request.status or 0 for request in list(imgur.requests)[since:])
    assert statuses == [200, 304], "one conditional request for each"
    contents = {path.read_bytes() for path in (edited, kept)}
    assert contents == {picture(number) for number in range(len(ids))}


def test_two_runs_at_once_are_refused(imgur: LocalImgur, tmp_path: Path) -> None:
    upload(imgur, 1)
    out, second = tmp_path / "out", list[BaseException]()

    def during(event: Event) -> None:
        if not second:
            with client(imgur) as im, pytest.raises(BackupError, match="another run works on") as refused:
                back_up(im, out)
            second.append(refused.value)

    with client(imgur) as im:
        assert back_up(im, out, on_event=during).complete
    assert second
    assert run(imgur, out).complete, "the lock is released"


@pytest.fixture
def eighty_thousand(imgur: LocalImgur, tmp_path: Path) -> Path:
    """A backup of 80,000 images that was interrupted after all but five."""
    out = tmp_path / "out"
    upload(imgur, 1)
    run(imgur, out)
    change(
        out,
        """INSERT INTO item (id, kind, state, link, path, size, sha256, created, sidecar, raw)
        WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 79999)
        SELECT printf('x%06d', i), 'image', CASE WHEN i % 16000 THEN 'saved' ELSE 'pending' END, ?,
        printf('files/x0/x%06d-0.png', i), 100, '00', 1, 1, '{"id": "x", "title": "a title of usual length"}' FROM n""",
        f"{imgur.url}/removed-too.png",
    )
    change(out, "UPDATE run SET ended = NULL")
    return out


def test_a_resume_of_80000_asks_for_nothing_twice(
    imgur: LocalImgur, eighty_thousand: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    statements: list[str] = []
    original = Manifest._rows

    def counted(self: Manifest, sql: str, *values: object) -> list[tuple[object, ...]]:
        found = original(self, sql, *values)
        statements.append(f"{len(found)} {sql}")
        return found

    monkeypatch.setattr(Manifest, "_rows", counted)
    since = len(imgur.requests)
    first: list[int] = []

    def on_event(event: Event) -> None:
        if not first:
            first.append(len(statements))
            assert sum(int(line.split()[0]) for line in statements) < 500, "rows were read before the first download"

    with client(imgur) as im:
        back_up(im, eighty_thousand, on_event=on_event)
    assert first
    assert first[0] < 100, "statements before the first result"
    assert api_calls(imgur, since) == []
    assert len(list(imgur.requests)[since:]) == 5, "each pending one, once"


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux tells the most memory of a process")
def test_memory_does_not_grow_with_the_backup(imgur: LocalImgur, eighty_thousand: Path) -> None:
    program = f"""{PROGRAM}
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
print(int(status["VmHWM"].split()[0]) // 1024)
"""
    token = imgur.client.access_token
    assert token
    words = [sys.executable, "-c", program, imgur.url, imgur.client_id, token, str(eighty_thousand)]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    assert int(done.stdout.split()[-1]) < 100, "megabytes"
    assert len((eighty_thousand / "SHA256SUMS").read_text().splitlines()) > 79_000, "all of them passed through"


def test_credits_that_are_used_up_pause_the_run_until_they_reset(imgur: LocalImgur, tmp_path: Path) -> None:
    ids = upload(imgur, 6)
    for _ in range(12):
        imgur.client.create_album("album")
    imgur.client.create_album("full", images=ids)
    enforce(imgur, person=10)
    imgur.advance(hours=2)
    events: list[Event] = []
    try:
        result = run(imgur, tmp_path / "out", events=events)
    finally:
        enforce(imgur, person=2_000)
    assert result.complete
    [planned] = [event for event in events if isinstance(event, Planned)]
    assert (planned.credits > 10, planned.available is not None, planned.seconds >= 3600) == (True, True, True)
    pauses = [event for event in events if isinstance(event, Paused)]
    assert len(pauses) >= 3
    assert all(0 < pause.seconds <= 3602 for pause in pauses)
    assert not [request for request in imgur.requests if request.status == 429], "a call that would fail is not sent"


def test_max_credits_ends_the_run_and_the_next_one_continues(imgur: LocalImgur, tmp_path: Path) -> None:
    ids, out = upload(imgur, 5), tmp_path / "out"
    since = len(imgur.requests)
    result = run(imgur, out, max_credits=14)
    assert (result.complete, result.credits, len(api_calls(imgur, since))) == (False, 14, 14)
    assert "14 credits" in result.stopped
    assert result.images.saved >= len(ids), "what is listed is saved: files take no credits"
    while not (result := run(imgur, out, max_credits=5)).complete:
        assert result.credits == 5
    assert rows(out, "SELECT count(*), max(credits) FROM run") == [(1, len(api_calls(imgur, since)))]


def test_an_hour_of_429_is_survived(imgur: LocalImgur, tmp_path: Path) -> None:
    upload(imgur, 6)
    until = imgur.clock() + 3600
    imgur.fail("gateway-limit", path="/3/account/me/images*", times=None)
    imgur.fail("custom", status=429, path="/*.png", times=None)
    events: list[Event] = []

    def sleep(seconds: float) -> None:
        imgur.advance(seconds=seconds)
        if imgur.clock() > until:
            imgur._faults.clear()

    with client(imgur) as im:
        options = Options(clock=imgur.clock, sleep=sleep)
        result = back_up(im, tmp_path / "out", options=options, on_event=events.append)
    assert result.complete, result.as_json()
    assert sum(event.seconds for event in events if isinstance(event, Paused)) >= 3600
    assert len(imgur.requests) < 200, "it asks politely"


def test_a_limit_that_never_ends_ends_the_run(imgur: LocalImgur, tmp_path: Path) -> None:
    imgur.fail("rate-limit", path="/3/account/me", times=None)
    with pytest.raises(RateLimitError):
        run(imgur, tmp_path / "out")


def test_a_list_that_shifts_is_walked_again_from_the_end(imgur: LocalImgur, tmp_path: Path) -> None:
    """Images that are deleted while page 0 is read move others to it, which the walk has passed."""
    ids = upload(imgur, 6)
    import pyimgur.backup.lists as lists

    out, deleted = tmp_path / "out", list[str]()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lists, "PAGE_SIZE", 2)

        def during(event: Event) -> None:
            if getattr(event, "list", "") == "images" and not deleted:
                deleted.extend(ids[-2:])  # the newest: they were on the page that has just been read
                for id in deleted:
                    imgur.client.get_image(id).delete()

        with client(imgur) as im:
            result = back_up(im, out, on_event=during)
    saved = {id for (id,) in rows(out, "SELECT id FROM item WHERE state = 'saved' AND kind = 'image'")}
    assert saved >= set(ids[:4]), "the two that moved to the page before are missing"
    assert {step.name: step.missing for step in result.lists}["images"] == 0


def test_what_a_list_lacks_is_reported_by_number(imgur: LocalImgur, tmp_path: Path) -> None:
    upload(imgur, 2)
    body = json.dumps({"data": 5, "success": True, "status": 200})
    imgur.fail("custom", path="/3/account/me/images/count", status=200, body=body, times=None)
    result = run(imgur, tmp_path / "out")
    assert {step.name: step.missing for step in result.lists if step.missing} == {"images": 3}
    assert (result.missing, result.complete) == (3, False)


def test_a_read_only_folder_is_a_clear_error(imgur: LocalImgur, tmp_path: Path) -> None:
    if os.geteuid() == 0:
        blocker = tmp_path / "file"
        blocker.write_text("")
        with pytest.raises(BackupError, match="cannot write into"):
            run(imgur, blocker / "out")
        return
    (tmp_path / "out").mkdir(mode=0o500)
    with pytest.raises(BackupError, match="cannot write into"):
        run(imgur, tmp_path / "out")


def test_a_full_disk_is_a_clear_error_and_loses_nothing(
    imgur: LocalImgur, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import errno

    from pyimgur.backup.files import DigestSink

    upload(imgur, 6)
    written, lock, original = list[int](), threading.Lock(), DigestSink.write

    def write(self: DigestSink, chunk: bytes) -> None:
        with lock:
            written.append(len(chunk))
            full = len(written) > 3
        if full:
            from pyimgur._transfer.file_sink import _file_error

            raise _file_error("cannot write", OSError(errno.ENOSPC, "No space left on device"))
        original(self, chunk)

    monkeypatch.setattr(DigestSink, "write", write)
    out = tmp_path / "out"
    with pytest.raises(BackupError, match="No space left"):
        run(imgur, out)
    saved = rows(out, "SELECT path FROM item WHERE state = 'saved'")
    assert len(saved) == 3
    assert all((out / path).is_file() for (path,) in saved)
    monkeypatch.undo()
    since = len(imgur.requests)
    assert run(imgur, out).complete
    assert api_calls(imgur, since) == []


def test_a_resume_with_another_login_is_refused_before_it_lists(imgur: LocalImgur, tmp_path: Path) -> None:
    upload(imgur, 1)
    out = tmp_path / "out"
    assert not run(imgur, out, max_credits=6).complete
    change(out, "UPDATE run SET account = 'somebody'")
    since = len(imgur.requests)
    with pytest.raises(BackupError, match="another folder"):
        run(imgur, out)
    assert api_calls(imgur, since) == ["/3/account/me"]


def test_files_that_failed_are_tried_again_before_the_run_ends(imgur: LocalImgur, tmp_path: Path) -> None:
    ids = upload(imgur, 4)
    imgur.fail("down", path=f"/{ids[0]}.png", times=2)
    events: list[Event] = []
    assert run(imgur, tmp_path / "out", events=events).complete
    assert [event.state for event in events if isinstance(event, Fetched) and event.id == ids[0]] == [
        "failed", "failed", "saved",
    ]  # fmt: skip


def test_a_large_file_is_resumed_where_it_broke_off(imgur: LocalImgur, tmp_path: Path) -> None:
    noise, file = random.Random(7).randbytes(1000 * 900 * 3), io.BytesIO()
    Drawing.frombytes("RGB", (1000, 900), noise).save(file, "PNG")
    id = imgur.client.upload_image(file.getvalue()).id
    imgur.fail("custom", path=f"/{id}.png", cut_response=1_500_000)
    assert run(imgur, tmp_path / "out").complete
    statuses = [request.status for request in imgur.requests if request.path == f"/{id}.png"]
    assert statuses == [200, 206]
    [(sha256, proof)] = rows(tmp_path / "out", f"SELECT sha256, proof FROM item WHERE id = '{id}'")
    assert (sha256, proof) == (hashlib.sha256(file.getvalue()).hexdigest(), "digest")


def test_favorites_beyond_the_last_page_are_read_from_the_other_end(imgur: LocalImgur, tmp_path: Path) -> None:
    import pyimgur.backup.listings as listings

    ids = upload(imgur, 6)
    for id in ids:
        imgur.client.image(id).favorite()
    newest = imgur.client.get_user("me").get_favorites()
    page = json.dumps({"data": [item.raw for item in newest[:3]], "success": True, "status": 200})
    imgur.fail("custom", path="/3/account/me/favorites/0/newest", status=200, body=page, times=None)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(listings, "LAST_PAGE", 1)
        assert run(imgur, tmp_path / "out").favorites == 6


def test_a_token_that_is_rejected_ends_the_run(imgur: LocalImgur, tmp_path: Path) -> None:
    upload(imgur, 1)
    imgur.client.create_album("one")
    imgur.fail("dead-token-401", path="/3/album/*", times=None)
    with client(imgur, refresh_token=None) as im, pytest.raises(AuthenticationError):
        back_up(im, tmp_path / "out")
    assert rows(tmp_path / "out", "SELECT state FROM album") == [("pending",)]
