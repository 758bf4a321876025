"""Views and bandwidth: which requests count as views, and that reading never writes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from gallery_support import submit_album
from site_support import ANONYMOUS, NewSite, Site, Sites, picture, until

from motion_support import film, gif
from pyimgur.server.errors import BusyError
from pyimgur.server.jobs import periodic_flush
from pyimgur.server.services import view_counter

if TYPE_CHECKING:
    from pathlib import Path

    from pyimgur.server.services.context import ServerContext

PNG = picture("PNG", (200, 150))


def seen(site: Site, id: str) -> tuple[int, int]:
    """Views and bandwidth of an image, as the API tells them once they are saved."""
    site.run(lambda context: view_counter.save(context.view_counter, context.db))
    data = site.get(f"/3/image/{id}", headers=ANONYMOUS).json()["data"]
    return data["views"], data["bandwidth"]


def test_two_looks_are_seen_by_a_third_request(shared_site: Site) -> None:
    data = shared_site.upload(PNG)
    for _ in range(2):
        assert shared_site.get(data["link"]).content == PNG
    assert seen(shared_site, data["id"]) == (2, 2 * len(PNG))
    second = shared_site.get(f"/post/v1/media/{data['id']}", headers=ANONYMOUS).json()
    assert second["view_count"] == 2


@pytest.mark.parametrize("path", ["/{id}.png", "/{id}.jpg", "/{id}.webp", "/download/{id}", "/download/{id}/a.png"])
def test_what_is_a_view(shared_site: Site, path: str) -> None:
    id = shared_site.upload(PNG)["id"]
    sent = shared_site.get(path.format(id=id)).content
    assert seen(shared_site, id) == (1, len(sent))


@pytest.mark.parametrize("path", ["/{id}s.jpg", "/{id}h.jpg", "/{id}_d.webp?maxwidth=100"])
def test_a_small_form_is_bytes_only(shared_site: Site, path: str) -> None:
    id = shared_site.upload(PNG)["id"]
    sent = shared_site.get(path.format(id=id)).content
    assert seen(shared_site, id) == (0, len(sent))


@pytest.mark.parametrize("path", ["/{id}", "/3/image/{id}", "/post/v1/media/{id}"])
def test_a_page_and_a_program_have_seen_no_picture_yet(shared_site: Site, path: str) -> None:
    id = shared_site.upload(PNG)["id"]
    assert shared_site.get(path.format(id=id), headers=ANONYMOUS).status_code == 200
    assert seen(shared_site, id) == (0, 0)


def test_nothing_new_is_no_view(shared_site: Site) -> None:
    data = shared_site.upload(PNG)
    tag = shared_site.get(data["link"]).headers["etag"]
    assert shared_site.get(data["link"], headers={"If-None-Match": tag}).status_code == 304
    assert shared_site.request("HEAD", data["link"]).status_code == 200
    assert shared_site.get(data["link"], headers={"Range": "bytes=999999-"}).status_code == 416
    assert seen(shared_site, data["id"]) == (1, len(PNG))


def test_a_video_in_parts_is_one_view(shared_site: Site) -> None:
    """A player asks for two bytes, then for all of it, then goes on from where it was."""
    moving = film()
    data = shared_site.upload(moving)
    for part in ("bytes=0-1", "bytes=0-", "bytes=100-"):
        assert shared_site.get(data["link"], headers={"Range": part}).status_code == 206
    assert seen(shared_site, data["id"]) == (1, 2 + len(moving) + len(moving) - 100)


def test_the_video_of_a_gif_is_the_gif(shared_site: Site) -> None:
    id = shared_site.upload(gif())["id"]
    sent = [shared_site.get(f"/{id}.{ext}").content for ext in ("gif", "mp4")]
    assert seen(shared_site, id) == (2, sum(map(len, sent)))


def test_an_album_is_seen_on_its_page(shared_site: Site) -> None:
    ann = shared_site.person("ann")
    album = submit_album(shared_site, ann, privacy="public")
    for _ in range(2):
        assert shared_site.get(f"/a/{album}").status_code == 200
    shared_site.request("HEAD", f"/a/{album}")
    shared_site.run(lambda context: view_counter.save(context.view_counter, context.db))
    paths = (f"/3/album/{album}", f"/3/gallery/album/{album}", f"/3/account/ann/album/{album}")
    assert [shared_site.get(path, headers=ANONYMOUS).json()["data"]["views"] for path in paths] == [2, 2, 2]


def test_what_is_deleted_meanwhile_is_passed_over(shared_site: Site) -> None:
    gone, kept = shared_site.upload(PNG), shared_site.upload(PNG)
    for data in (gone, kept):
        shared_site.get(data["link"])
    shared_site.delete(f"/3/image/{gone['deletehash']}", headers=ANONYMOUS)
    assert seen(shared_site, kept["id"]) == (1, len(PNG))


def test_a_read_writes_nothing(new_site: NewSite, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(periodic_flush, "FLUSH_INTERVAL", 3600)
    site = new_site()
    data = site.upload(PNG)
    before = site.run(lambda context: context.db.change_token())
    for path in (data["link"], f"/{data['id']}", f"/3/image/{data['id']}"):
        assert site.get(path, headers=ANONYMOUS).status_code == 200
    assert site.run(lambda context: context.db.change_token()) == before
    site.run(lambda context: view_counter.save(context.view_counter, context.db))
    assert site.run(lambda context: context.db.change_token()) != before


def test_a_server_that_stops_saves_what_it_has_counted(tmp_path: Path) -> None:
    with Sites(tmp_path) as sites:
        site = sites.start()
        data = site.upload(PNG)
        site.get(f"/{data['id']}.png")
        until(lambda: site.context.view_counter.views == {data["id"]: 1})  # counted once it is sent
    with Sites(tmp_path) as sites:
        assert seen(sites.start(), data["id"]) == (1, len(PNG))


def test_what_was_not_saved_is_counted_the_next_time(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    data = site.upload(PNG)
    site.get(data["link"])

    async def busy(*_: Any) -> None:
        site.context.view_counter.count_image(data["id"], 1, view=True)  # somebody looks meanwhile
        raise BusyError("the database is locked")

    async def fail(context: ServerContext) -> None:
        with monkeypatch.context() as patch:
            patch.setattr(context.db, "write", busy)
            await view_counter.save(context.view_counter, context.db)

    with pytest.raises(BusyError):
        site.run(fail)
    assert seen(site, data["id"]) == (2, len(PNG) + 1)


def test_saving_goes_on_after_a_trouble_and_is_done_a_last_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(periodic_flush, "FLUSH_INTERVAL", 0)
    calls: list[str] = []

    async def broken() -> None:
        calls.append("broken")
        raise OSError("the disk is away")

    async def sound() -> None:
        calls.append("sound")

    async def run() -> None:
        async with periodic_flush.periodic_flush(broken, sound):
            while len(calls) < 4:
                await asyncio.sleep(0)
            calls.clear()
        assert calls[-2:] == ["broken", "sound"]

    asyncio.run(run())
