"""MP4s made in the background: none is forgotten, and failures are retried a limited number of times."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from site_support import NewSite, Sites, completed, shown, until

from motion_support import film, gif, streams
from pyimgur.server.blobs import Blob
from pyimgur.server.jobs import transcoder
from pyimgur.server.media import MediaWorkers, WorkerError
from pyimgur.server.services import images, renditions


async def never(context: Any) -> None:
    """In the place of what works in the background."""


def test_whoever_asks_first_has_it_made(new_site: NewSite, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transcoder, "_convert_all", never)
    site = new_site()
    data = site.upload(gif())
    assert shown(site, data["id"])["processing"] == {"status": "pending"}
    assert streams(site.get(data["mp4"]).content)[1] == ["h264"]
    assert shown(site, data["id"])["processing"] == {"status": "completed"}


def test_what_a_server_left_is_made_by_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Sites(tmp_path) as sites, monkeypatch.context() as patch:
        patch.setattr(transcoder, "_convert_all", never)
        ids = [sites.start().upload(gif())["id"]]
    with Sites(tmp_path) as sites:
        assert completed(sites.start(), ids[0])["mp4_size"] > 0


class Broken:
    """Conversions that crash; `tried` are the ids."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.tried: list[str] = []
        monkeypatch.setattr(MediaWorkers, "to_mp4", lambda _, source, target, **how: self.fail(source))
        monkeypatch.setattr(transcoder, "PAUSE", 0)

    async def fail(self, source: Path) -> None:
        self.tried.append(source.name)
        raise WorkerError("crashed")


def test_what_cannot_be_made_is_not_tried_for_ever(new_site: NewSite, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = Broken(monkeypatch)
    site = new_site()
    bad, worse = site.upload(gif()), site.upload(film("webm", "libvpx"))
    until(lambda: [shown(site, each["id"])["processing"]["status"] for each in (bad, worse)] == ["failed"] * 2)
    assert Counter(broken.tried) == {bad["id"]: renditions.TRIES, worse["id"]: renditions.TRIES}
    assert not {"mp4", "gifv", "mp4_size"} & shown(site, bad["id"]).keys()
    assert shown(site, worse["id"])["mp4"] == ""
    assert site.get(bad["mp4"]).status_code == 302
    assert site.get(bad["link"]).status_code == 200
    assert len(broken.tried) == 2 * renditions.TRIES


def test_tries_are_counted_over_restarts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = Broken(monkeypatch)
    monkeypatch.setattr(transcoder, "PAUSE", 3600)
    with Sites(tmp_path) as sites:
        id = sites.start().upload(gif())["id"]
        until(lambda: broken.tried == [id])
    for tries in range(2, renditions.TRIES + 1):
        with Sites(tmp_path) as sites:
            site = sites.start()
            assert shown(site, id)["processing"] == {"status": "pending"}
            assert site.get(f"/{id}.mp4").status_code == 302
            assert broken.tried == [id] * tries
    with Sites(tmp_path) as sites:
        assert shown(sites.start(), id)["processing"] == {"status": "failed"}
    assert broken.tried == [id] * renditions.TRIES


def test_what_failed_once_may_go_well(new_site: NewSite, monkeypatch: pytest.MonkeyPatch) -> None:
    real, broken = MediaWorkers.to_mp4, Broken(monkeypatch)

    async def fail_once(self: MediaWorkers, source: Path, target: Path, **how: Any) -> None:
        if not broken.tried:
            await broken.fail(source)
        await real(self, source, target, **how)

    monkeypatch.setattr(MediaWorkers, "to_mp4", fail_once)
    site = new_site()
    assert completed(site, site.upload(gif())["id"])["mp4_size"] > 0


def test_what_is_new_goes_before_what_failed(new_site: NewSite, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = Broken(monkeypatch)
    monkeypatch.setattr(transcoder, "PAUSE", 3600)
    site = new_site()
    first = site.upload(gif())["id"]
    until(lambda: broken.tried == [first])
    second = site.upload(gif())["id"]
    until(lambda: broken.tried == [first, second])


def test_a_try_counts_before_it_begins_unless_the_server_is_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So one that takes the server down with it is not made for ever."""
    begun = threading.Event()

    async def hang(self: MediaWorkers, source: Path, target: Path, **how: Any) -> None:
        begun.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(MediaWorkers, "to_mp4", hang)
    with Sites(tmp_path) as sites:
        site = sites.start()
        id = site.upload(gif())["id"]
        assert begun.wait(30)
        assert site.run(lambda context: images.get(context, id)).mp4_tries == 1
    monkeypatch.setattr(transcoder, "_convert_all", never)
    with Sites(tmp_path) as sites:
        assert sites.start().run(lambda context: images.get(context, id)).mp4_tries == 0


def test_a_trouble_that_passes_is_no_failure(new_site: NewSite, monkeypatch: pytest.MonkeyPatch) -> None:
    real, times = renditions.mp4, list[str]()

    async def full_once(context: Any, row: Any, **how: Any) -> Blob:
        times.append(row.id)
        if len(times) == 1:
            raise OSError(28, "No space left on device")
        return await real(context, row, **how)

    monkeypatch.setattr(renditions, "mp4", full_once)
    monkeypatch.setattr(transcoder, "PAUSE", 0)
    site = new_site()
    assert completed(site, site.upload(gif())["id"])["mp4_size"] > 0
