"""Files in the memory cache: the same responses as from the disk, and gone when deleted."""

from __future__ import annotations

import asyncio
import gc
import io
import itertools
import logging
import os
import sqlite3
import tracemalloc
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import httpx2
import PIL.Image
import pytest
from context_support import blob_path
from site_support import ANONYMOUS, Site, picture, until
from sqlalchemy import delete

from database_support import database_of, run_elsewhere
from pyimgur.server.app import create_app
from pyimgur.server.db.schema import image
from pyimgur.server.errors import DatabaseUnusableError
from pyimgur.server.http.middleware import image_cache
from pyimgur.server.services import view_counter
from pyimgur.server.settings import Settings
from pyimgur.testing.server_thread import ServerThread, listener

if TYPE_CHECKING:
    from httpx2 import Response
    from site_support import NewSite

PNG = picture("PNG", (200, 150))
SECOND = picture("PNG", (201, 150))


def twice(site: Site, path: str) -> Response:
    """The answer to a second request, when the first has been kept."""
    site.get(path)
    return site.get(path)


def wait_until_stored(site: Site, id: str) -> None:
    """Wait until the cache has a picture: it stores the response once that is sent."""
    until(lambda: f"/{id}.png" in site.app.state.image_cache._entries)


def on_disk(site: Site, id: str) -> None:
    """Take a picture's file away, so that only what the cache has can still be given."""
    wait_until_stored(site, id)
    blob_path(site.context, id).unlink()


def test_it_comes_from_memory_as_it_came_from_the_disk(site: Site) -> None:
    id = site.upload(PNG)["id"]
    first = site.get(f"/{id}.png")
    on_disk(site, id)
    second = site.get(f"/{id}.png")
    assert (second.status_code, second.content) == (200, PNG)
    first.headers.pop("date")
    second.headers.pop("date")
    assert second.headers.multi_items() == first.headers.multi_items()


def test_a_deleted_picture_is_gone_at_once(site: Site) -> None:
    data = site.upload(PNG)
    assert twice(site, f"/{data['id']}.png").status_code == 200
    assert site.delete(f"/3/image/{data['deletehash']}", headers=ANONYMOUS).status_code == 200
    assert site.get(f"/{data['id']}.png").status_code == 302


def test_one_that_another_process_removes_too(site: Site) -> None:
    id = site.upload(PNG)["id"]
    assert twice(site, f"/{id}.png").status_code == 200
    asyncio.run(run_elsewhere(site.settings.data, delete(image).where(image.c.id == id)))
    assert site.get(f"/{id}.png").status_code == 302


def test_after_each_commit_it_is_read_anew(site: Site) -> None:
    id = site.upload(PNG)["id"]
    assert twice(site, f"/{id}.png").content == PNG
    site.upload(SECOND)
    on_disk(site, id)
    assert site.get(f"/{id}.png").status_code == 302  # nothing was kept that is not there any more


def test_every_time_it_was_seen(site: Site) -> None:
    id = site.upload(PNG)["id"]
    for _ in range(3):
        assert site.get(f"/{id}.png").content == PNG
        assert len(site.get(f"/{id}s.png").content) > 0
    small = len(site.get(f"/{id}s.png").content)
    site.run(lambda context: view_counter.save(context.view_counter, context.db))
    told = site.get(f"/3/image/{id}", headers=ANONYMOUS).json()["data"]
    assert (told["views"], told["bandwidth"]) == (3, 3 * len(PNG) + 4 * small)


@pytest.mark.parametrize(
    ("method", "headers", "status", "sent"),
    [
        ("GET", {"Range": "bytes=1-3"}, 206, PNG[1:4]),
        ("GET", {"Range": "bytes=999999-"}, 416, b""),
        ("GET", {"If-None-Match": "*"}, 304, b""),
        ("GET", {"If-Modified-Since": "Wed, 01 Jan 2098 00:00:00 GMT"}, 304, b""),
        ("GET", {"Range": "bytes=1-3", "If-Range": '"another"'}, 200, PNG),
        ("HEAD", {}, 200, b""),
        ("POST", {}, 405, None),
        ("OPTIONS", {}, 200, b""),
        ("GET", {"Host": "evil.example"}, 421, None),
        ("GET", {"Accept-Encoding": "gzip"}, 200, PNG),
    ],
)
def test_who_asks_for_something_else_gets_that(
    shared_site: Site, method: str, headers: dict[str, str], status: int, sent: bytes | None
) -> None:
    id = shared_site.upload(PNG)["id"]
    assert twice(shared_site, f"/{id}.png").status_code == 200
    answer = shared_site.request(method, f"/{id}.png", headers=headers)
    assert answer.status_code == status
    if sent is not None:
        assert answer.content == sent


def test_another_form_is_another_answer(shared_site: Site) -> None:
    id = shared_site.upload(PNG)["id"]
    forms = [f"/{id}.png", f"/{id}s.png", f"/{id}.webp", f"/{id}_d.png?maxwidth=90"]
    first = [shared_site.get(path).content for path in forms]
    assert len(set(first)) == len(forms)
    assert [shared_site.get(path).content for path in forms] == first


def test_a_width_is_part_of_the_question(shared_site: Site) -> None:
    id = shared_site.upload(picture("PNG", (900, 600)))["id"]
    wide, narrow = (twice(shared_site, f"/{id}_d.png?maxwidth={width}").content for width in (800, 200))
    assert len(wide) > len(narrow)


def test_a_part_that_is_all_of_it_is_not_kept_as_the_whole(shared_site: Site) -> None:
    id = shared_site.upload(PNG)["id"]
    assert shared_site.get(f"/{id}.png", headers={"Range": "bytes=0-"}).status_code == 206
    assert shared_site.get(f"/{id}.png").status_code == 200


def open_files(site: Site) -> list[str]:
    """Return the names of the stored files that this process has open."""
    blobs = str(site.settings.data / "blobs")
    targets: list[str] = []
    for link in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):  # another thread has closed it
            targets.append(str(link.readlink()))
    return sorted(Path(target.removesuffix(" (deleted)")).name for target in targets if target.startswith(blobs))


def test_a_picture_that_made_room_in_memory_comes_from_its_open_file(
    new_site: NewSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(image_cache, "MAX_BYTES", len(PNG) + image_cache.ENTRY_OVERHEAD)
    monkeypatch.setattr(image_cache, "spare_descriptors", lambda: 10)
    site = new_site()
    made = [site.upload(file) for file in (PNG, SECOND)]
    for each in made:
        site.get(f"/{each['id']}.png")
        on_disk(site, each["id"])
    for _ in range(3):
        assert [site.get(f"/{each['id']}.png").content for each in made] == [PNG, SECOND]
    site.run(lambda context: view_counter.save(context.view_counter, context.db))
    shown = [site.get(f"/3/image/{each['id']}", headers=ANONYMOUS).json()["data"] for each in made]
    assert [(one["views"], one["bandwidth"]) for one in shown] == [(4, 4 * len(PNG)), (4, 4 * len(SECOND))]
    assert [site.get(f"/{each['id']}.png").status_code for each in made] == [302, 302], "after a commit"


def test_a_file_that_became_shorter_is_not_sent_from_the_cache(
    new_site: NewSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(image_cache, "MAX_BYTES", 0)
    monkeypatch.setattr(image_cache, "spare_descriptors", lambda: 10)
    site = new_site()
    id = site.upload(PNG)["id"]
    site.get(f"/{id}.png")
    wait_until_stored(site, id)
    os.truncate(blob_path(site.context, id), 10)
    assert site.get(f"/{id}.png").content == PNG[:10]


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="open files are listed in /proc")
def test_open_files_are_few_and_closed_when_something_changes(
    new_site: NewSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(image_cache, "spare_descriptors", lambda: 2)
    site = new_site()
    made = [site.upload(picture("PNG", (40, 30 + number))) for number in range(4)]
    for each in made:
        site.get(f"/{each['id']}.png")
    until(lambda: len(open_files(site)) == 2)  # the oldest is closed once the newest is sent
    assert open_files(site) == sorted(each["id"] for each in made[2:])
    on_disk(site, made[0]["id"])
    assert site.get(f"/{made[0]['id']}.png").status_code == 200, "its bytes are still in memory"
    site.delete(f"/3/image/{made[3]['deletehash']}", headers=ANONYMOUS)
    site.run(lambda _: site.app.state.image_cache.drop_outdated())
    assert open_files(site) == []


def test_the_oldest_make_room(new_site: NewSite, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(image_cache, "MAX_OPEN", 0)
    monkeypatch.setattr(image_cache, "MAX_BYTES", len(PNG) + len(SECOND) + 2 * image_cache.ENTRY_OVERHEAD)
    site = new_site()
    ids = [site.upload(file)["id"] for file in (PNG, SECOND, PNG)]
    for id in ids:
        site.get(f"/{id}.png")
        on_disk(site, id)
    assert [site.get(f"/{id}.png").status_code for id in ids] == [302, 200, 200]


def test_thousands_of_tiny_pictures_take_no_more_than_there_is_room(
    new_site: NewSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(image_cache, "MAX_BYTES", 64 << 10)
    monkeypatch.setattr(image_cache, "MAX_OPEN", 16)
    site, file = new_site(), io.BytesIO()
    PIL.Image.new("P", (1, 1)).save(file, "GIF")
    ids = [site.upload(file.getvalue())["id"] for _ in range(20)]
    endings = ["".join(letters) for letters in itertools.product("jJ", "pP", "eE", "gG")]
    site.get(f"/{ids[0]}.gif")
    gc.collect()
    tracemalloc.start()
    for id, ending in itertools.product(ids, endings):
        assert site.get(f"/{id}.{ending}").status_code == 200
    gc.collect()
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert taken < 4 * image_cache.MAX_BYTES


def test_it_has_its_address_in_the_access_log(new_site: NewSite, caplog: pytest.LogCaptureFixture) -> None:
    site = new_site(access_log=True)
    id = site.upload(PNG)["id"]
    with caplog.at_level(logging.INFO, "pyimgur.access"):
        twice(site, f"/{id}.png")
        until(lambda: [message.split()[1] for message in caplog.messages].count(f"/{id}.png") == 2)


@pytest.mark.sqlite
def test_a_damaged_database_is_reported_as_everywhere(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def damaged(*_: object) -> None:
        raise sqlite3.DatabaseError("database disk image is malformed")

    async def unreadable(_: object) -> None:
        raise DatabaseUnusableError("database disk image is malformed")

    monkeypatch.setattr(type(site.context.db), "change_token", unreadable)
    monkeypatch.setattr("pyimgur.server.db.dialects.sqlite.engine.execute", damaged)
    answer = site.get("/abcdefg.png", headers={"X-Forwarded-Host": "api.imgur.com"})
    assert (answer.status_code, answer.json()["success"]) == (500, False)


def test_a_server_that_begins_again_begins_with_nothing(tmp_path: Path) -> None:
    bound, url = listener()
    app = create_app(Settings(data=tmp_path, database=database_of(tmp_path), public_url=url, durable=False))
    served = ServerThread(bound, app, app)
    with httpx2.Client(base_url=url, trust_env=False) as client:
        made = client.post("/3/image", headers=ANONYMOUS, files={"image": ("a.png", PNG)}).json()["data"]
        path = f"/{made['id']}.png"
        assert [client.get(path).status_code for _ in range(2)] == [200, 200]
    served.stop()
    asyncio.run(run_elsewhere(tmp_path, delete(image)))
    bound, url = listener()
    served = ServerThread(bound, app, app)
    try:
        with httpx2.Client(base_url=url, trust_env=False) as client:
            for title in "abc":  # each commit takes the version on to where it was
                assert client.get(path).status_code == 302
                client.post("/3/album", headers=ANONYMOUS, data={"title": title})
    finally:
        served.stop()
