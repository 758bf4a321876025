"""`upload_images(files, album=…)`: the album holds the images in the order of the files."""

from __future__ import annotations

import asyncio
import io
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image as Pillow

from client_support import PIXEL, Driven, Wire, both, serving
from pyimgur import Album, ArgumentError, Image, Imgur, ImgurError, Ledger, NotInAlbumError, Upload
from pyimgur._transfer import album_upload
from pyimgur.testing import LocalImgur, local_imgur


@pytest.fixture(scope="module")
def imgur() -> Iterator[LocalImgur]:
    with local_imgur() as server:
        yield server


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pyimgur._policy.flow.FIRST_PAUSE", 0.0)


def picture(number: int) -> bytes:
    made = io.BytesIO()
    Pillow.new("RGB", (number + 1, 4), "teal").save(made, "png")
    return made.getvalue()


def uploads(count: int) -> list[Upload]:
    return [Upload(picture(number), title=str(number)) for number in range(count)]


class Site:
    """An Imgur that answers uploads without an album in the order a test says, and keeps what an album holds."""

    def __init__(self, answered: str, refused: str = "") -> None:
        self.held = ["before"]
        self.adds: list[list[str]] = []
        self._answered = list(answered)
        self._refused = refused
        self._turn = threading.Condition()

    def __call__(self, wire: Wire) -> None:
        if wire.path == "/3/image":
            parts = {name: content.decode("latin-1") for name, (_, content) in wire.parts().items()}
            self._upload(wire, parts["title"], into=parts.get("album"))
        else:
            self._add(wire)

    def _upload(self, wire: Wire, title: str, into: str | None) -> None:
        with self._turn:
            assert into or self._turn.wait_for(lambda: self._answered[0] == title, 20), f"{title} never had its turn"
            if title in self._refused:
                wire.data({"error": "Not this one"}, 400)
            else:
                self.held += [title] if into else []
                wire.data({"id": title, "link": f"https://i.imgur.com/{title}.png"})
            if not into:
                del self._answered[0]
            self._turn.notify_all()

    def _add(self, wire: Wire) -> None:
        ids = wire.form()["ids[]"]
        self.adds.append(ids)
        self.held += [id for id in ids if id not in self.held]
        wire.data(True)


@both
def test_files_that_arrive_backwards_stand_in_order(drive: type[Driven]) -> None:
    site = Site("321")
    told: list[int] = []
    with serving(site) as server, drive(server.url, access_token="t") as it:
        files = [Upload(PIXEL, title=str(number)) for number in range(4)]
        images = it.run(it.im.upload_images(files, "album", each=lambda place, _: told.append(place)))
    assert [image.id for image in images] == ["0", "1", "2", "3"]
    assert site.held == ["before", "0", "1", "2", "3"]
    assert [id for batch in site.adds for id in batch] == ["1", "2", "3"], "each is added once"
    assert told == [0, 1, 2, 3], "each is told of when it is in the album"
    assert [image.raw["album"] for image in images] == ["album"] * 4


@both
def test_files_that_fail_leave_no_gap_and_no_disorder(drive: type[Driven]) -> None:
    site = Site("423", refused="03")
    with serving(site) as server, drive(server.url, access_token="t") as it:
        files = [Upload(PIXEL, title=str(number)) for number in range(5)]
        results = it.run(it.im.upload_images(files, Album({"id": "album"}, None)))
    assert [isinstance(result, ImgurError) for result in results] == [True, False, False, True, False], results
    assert site.held == ["before", "1", "2", "4"]


@both
def test_a_real_server_keeps_the_order_through_faults(drive: type[Driven], imgur: LocalImgur) -> None:
    imgur.reset()
    album = imgur.client.create_album("Holiday")
    earlier = imgur.client.upload_image(picture(30), album=album)
    imgur.fail("down", path="/3/image")
    imgur.fail("cut-after", path="/3/image")
    imgur.fail("down", path="/3/album/*/add")
    imgur.fail("cut-after", path="/3/album/*/add")
    files: list[Any] = uploads(12)
    files[5] = Upload(b"no picture")
    with drive(imgur.url, client_id=imgur.client_id, access_token=imgur.client.access_token) as it:
        results = it.run(it.im.upload_images(files, album.id, concurrency=5))
    failed = [index for index, result in enumerate(results) if isinstance(result, ImgurError)]
    assert failed == [5], results
    wanted = [earlier.id, *(result.id for result in results if not isinstance(result, ImgurError))]
    assert [image.id for image in imgur.client.get_album(album.id).images] == wanted


@both
def test_nobodys_album_is_known_by_its_delete_hash(drive: type[Driven], imgur: LocalImgur) -> None:
    with drive(imgur.url, client_id="nobody") as it:
        album = it.run(it.im.create_album("Anonymous"))
        results = it.run(it.im.upload_images(uploads(6), album))
        more = it.run(it.im.upload_images(uploads(2), album.deletehash))
        held = it.run(it.im.get_album(album.id)).images
    assert [image.id for image in held] == [image.id for image in [*results, *more]]


@pytest.mark.parametrize("key", ["nowhere", "another's"])
@both
def test_an_album_that_takes_nothing_is_found_out_before_more_is_sent(
    drive: type[Driven], imgur: LocalImgur, key: str
) -> None:
    with Imgur("nobody", base_url=imgur.url) as nobody:
        key = nobody.create_album("theirs").id if key == "another's" else key
    count = imgur.client.get_user("me").get_image_count()
    with drive(imgur.url, client_id=imgur.client_id, access_token=imgur.client.access_token) as it:
        results = it.run(it.im.upload_images(uploads(5), key))
    assert all(isinstance(result, ImgurError) for result in results), results
    assert imgur.client.get_user("me").get_image_count() == count, "an image was uploaded into no album"


@both
def test_a_refused_url_that_names_an_album_stops_no_other_file(drive: type[Driven], imgur: LocalImgur) -> None:
    """The server repeats the URL in its answer."""
    album = imgur.client.create_album("Holiday")
    files = [Upload(url="http://127.0.0.1:1/my/album.png"), Upload(url="no album"), *uploads(2)]
    with drive(imgur.url, client_id=imgur.client_id, access_token=imgur.client.access_token) as it:
        results = it.run(it.im.upload_images(files, album.id))
    assert [type(result).__name__ for result in results] == [*["InvalidParameterError"] * 2, "Image", "Image"], results
    assert imgur.client.get_album(album.id).images == results[2:]


@both
def test_an_album_may_be_named_by_its_link(drive: type[Driven], imgur: LocalImgur) -> None:
    album = imgur.client.create_album("Holiday")
    with drive(imgur.url, client_id=imgur.client_id, access_token=imgur.client.access_token) as it:
        images = [it.run(it.im.upload_image(picture(0), album=album.link))]
        images += it.run(it.im.upload_images(uploads(2), album.link))
        with pytest.raises(ArgumentError, match="leads to a user, not to an album"):
            it.run(it.im.upload_images(uploads(1), f"{imgur.url}/user/tester"))
    assert imgur.client.get_album(album.id).images == images
    assert [image.raw["album"] for image in images] == [album.id] * 3


@both
def test_what_was_uploaded_and_could_not_be_added_is_not_lost(drive: type[Driven]) -> None:
    def handle(wire: Wire) -> None:
        if wire.path != "/3/image":
            wire.data({"error": "Permission denied"}, 403)
        else:
            title = wire.parts()["title"][1].decode()
            wire.data({"id": title, "link": "https://i.imgur.com/x.png", "deletehash": "s3cr3ts3cr3ts3c"})

    told: dict[int, Any] = {}
    with serving(handle) as server, drive(server.url, access_token="t") as it:
        files = [Upload(PIXEL, title=str(number)) for number in range(9)]
        results = it.run(it.im.upload_images(files, "album", concurrency=1, each=told.__setitem__))
        uploaded = len(server.calls("POST", "/3/image"))
    first, lost, *_, last = results
    assert first.id == "0"
    assert isinstance(lost, NotInAlbumError), lost
    assert lost.image is not None
    assert (lost.image.id, lost.image.deletehash) == ("1", "s3cr3ts3cr3ts3c")
    assert "s3cr3t" not in f"{lost} {lost!r}"
    assert "image 1 was uploaded" in str(lost)
    assert "Permission denied" in str(last)
    assert uploaded == 2, "the others are not sent into a closed album"
    assert told == dict(enumerate(results))


@both
def test_one_that_cannot_be_added_does_not_keep_the_others_out(drive: type[Driven], tmp_path: Path) -> None:
    """An image of an earlier run that was deleted meanwhile is found out, and the rest goes in, in order."""

    def handle(wire: Wire) -> None:
        if wire.path == "/3/credits":
            wire.data({})
        elif wire.path == "/3/image":
            wire.data({"id": wire.parts()["title"][1].decode(), "link": "https://i.imgur.com/x.png"})
        elif wire.method == "GET":
            wire.data([{"id": id} for id in held])
        elif "gone" in (ids := wire.form()["ids[]"]):
            wire.data({"error": "No such image"}, 400)
        else:
            held.extend(ids)
            wire.data(True)

    held: list[str] = []
    with serving(handle) as server, Ledger(tmp_path / "l.db") as ledger, drive(server.url, ledger=ledger) as it:
        it.run(it.im.upload_images([Upload(b"gone", title="gone")]))
        files = [Upload(PIXEL + bytes([n]), title=str(n)) for n in range(3)]
        files.insert(2, Upload(b"gone", title="new"))
        results = it.run(it.im.upload_images(files, "albumsdeletehash"[:15], concurrency=1, if_known="reuse"))
    assert [type(result).__name__ for result in results] == [*["Image"] * 2, "NotInAlbumError", "Image"], results
    assert held == ["1", "2"], "the first went straight in"


@both
def test_the_ledger_knows_the_album_and_the_next_run_completes_it(
    drive: type[Driven], imgur: LocalImgur, tmp_path: Path
) -> None:
    imgur.reset()
    album = imgur.client.create_album("Holiday")
    files = uploads(6)
    with Ledger(tmp_path / "l.db") as ledger:
        options = {"client_id": imgur.client_id, "access_token": imgur.client.access_token, "ledger": ledger}
        with drive(imgur.url, **options) as it:
            loose = it.run(it.im.upload_images(files[2:4]))  # uploaded, and cut off before they were added
            first = it.run(it.im.upload_images(files[:1], album.id))
            images = it.run(it.im.upload_images(files, album.id, if_known="reuse"))
            again = it.run(it.im.upload_images(files, album.id, if_known="reuse"))
        assert {entry.album for entry in ledger.entries()} == {album.id}
    assert (images[0], images[2:4]) == (first[0], loose)
    assert again == images
    assert imgur.client.get_album(album.id).images == images


CHANGES: dict[str, Callable[[Album, list[Image]], object]] = {
    "the first removed": lambda album, images: album.remove_images(images[0]),
    "one removed": lambda album, images: album.remove_images(images[2]),
    "several removed": lambda album, images: album.remove_images([images[1], images[4]]),
    "the last removed": lambda album, images: album.remove_images(images[5]),
    "all removed": lambda album, images: album.remove_images(images),
    "reordered": lambda album, images: [album.remove_images(images[1:3]), album.add_images(images[1:3])],
    "nothing": lambda album, images: None,
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("whose", ["a user's", "nobody's", "nobody's, by delete hash"])
@both
def test_what_was_removed_from_the_album_since_is_put_back_in_order(
    drive: type[Driven], whose: str, change: str, imgur: LocalImgur, tmp_path: Path
) -> None:
    token = imgur.client.access_token if whose == "a user's" else None
    with (
        Ledger(tmp_path / "l.db") as ledger,
        Imgur(imgur.client_id, access_token=token, base_url=imgur.url) as im,
        drive(imgur.url, client_id=imgur.client_id, access_token=token, ledger=ledger) as it,
    ):
        album = im.create_album("Holiday")
        before = im.upload_image(picture(40), album=album)
        target = album.deletehash if "by delete hash" in whose else album
        images = it.run(it.im.upload_images(uploads(6), target, if_known="reuse"))
        own = [Image({"id": one.id, "deletehash": one.deletehash}, im) for one in images]
        CHANGES[change](album, own)
        again = it.run(it.im.upload_images(uploads(6), target, if_known="reuse"))
        held = im.get_album(album.id).images
    assert again == images
    assert [one.id for one in held] == [one.id for one in [before, *images]]


@both
def test_what_stands_in_order_is_not_touched(drive: type[Driven], tmp_path: Path) -> None:
    """The album is read once, whatever is reused; new images go to its end."""
    held = ["before"]

    def handle(wire: Wire) -> None:
        if wire.path == "/3/image":
            parts = {name: content.decode("latin-1") for name, (_, content) in wire.parts().items()}
            held.extend([parts["title"]] if "album" in parts else [])
            wire.data({"id": parts["title"], "link": "https://i.imgur.com/x.png"})
        elif wire.method == "GET":
            wire.data({"url": "ann"} if wire.path == "/3/account/me" else [{"id": id} for id in held])
        else:
            held.extend(id for id in wire.form()["ids[]"] if id not in held)
            wire.data(True)

    files = [Upload(PIXEL + bytes([number]), title=str(number)) for number in range(6)]
    with (
        serving(handle) as server,
        Ledger(tmp_path / "l.db") as ledger,
        drive(server.url, access_token="t", ledger=ledger) as it,
    ):
        it.run(it.im.upload_images(files[:4], "album", if_known="reuse"))
        begun = len(server.seen)
        it.run(it.im.upload_images(files, "album", if_known="reuse"))
        seen = [f"{wire.method} {wire.path}" for wire in server.seen[begun:]]
    assert held == ["before", *"012345"]
    assert seen.count("GET /3/album/album/images") == 1, seen
    assert not [one for one in seen if "remove" in one], seen


@pytest.mark.parametrize("way", ["remove_images", "images"])
@both
def test_an_album_that_cannot_be_read_or_sorted_still_gets_what_is_missing(
    drive: type[Driven], way: str, imgur: LocalImgur, tmp_path: Path
) -> None:
    imgur.reset()
    album = imgur.client.create_album("Holiday")
    with Ledger(tmp_path / "l.db") as ledger:
        options = {"client_id": imgur.client_id, "access_token": imgur.client.access_token, "ledger": ledger}
        with drive(imgur.url, **options) as it:
            images = it.run(it.im.upload_images(uploads(4), album, if_known="reuse"))
            album.remove_images(images[1].id)
            imgur.fail("region-block", path=f"/3/album/*/{way}")
            again = it.run(it.im.upload_images(uploads(4), album, if_known="reuse"))
    assert again == images
    held = [one.id for one in imgur.client.get_album(album.id).images]
    assert sorted(held) == sorted(one.id for one in images)


@both
def test_an_upload_that_is_resumed_and_was_sent_without_the_album_is_added(
    drive: type[Driven], imgur: LocalImgur, tmp_path: Path
) -> None:
    """Asked again under its key, the server gives the image as it was uploaded: in no album."""
    imgur.reset()
    album = imgur.client.create_album("Holiday")
    with Ledger(tmp_path / "l.db") as ledger:
        options = {"client_id": imgur.client_id, "access_token": imgur.client.access_token, "ledger": ledger}
        with drive(imgur.url, **options, retries=0) as it:
            imgur.fail("cut-after", path="/3/image")
            with pytest.raises(ImgurError):
                it.run(it.im.upload_image(picture(0)))
            images = it.run(it.im.upload_images(uploads(3), album, if_known="reuse"))
        assert {entry.album for entry in ledger.entries()} == {album.id}
    assert imgur.client.get_album(album.id).images == images


def test_an_interruption_leaves_what_is_done_in_order(imgur: LocalImgur) -> None:
    imgur.reset()
    album = imgur.client.create_album("Holiday")
    told: list[Image] = []

    def stop(place: int, result: Any) -> None:
        if isinstance(result, Image):
            told.append(result)
        if len(told) == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        imgur.client.upload_images(uploads(30), album.id, each=stop)
    held = imgur.client.get_album(album.id).images
    assert held[:5] == told, "each is told of once it is in the album"
    assert [image.title for image in held] == [str(number) for number in range(len(held))]
    assert len(held) < 30


def test_a_cancelled_upload_leaves_what_is_done_in_order(imgur: LocalImgur) -> None:
    imgur.reset()
    album = imgur.client.create_album("Holiday")

    async def cancelled() -> None:
        five = asyncio.Event()
        async with imgur.async_client() as client:
            told: list[int] = []

            def each(place: int, _: object) -> None:
                told.append(place)
                if len(told) == 5:
                    five.set()

            task = asyncio.create_task(client.upload_images(uploads(30), album.id, each=each))
            await five.wait()
            task.cancel()
            await asyncio.wait([task])

    asyncio.run(cancelled())
    held = [image.title for image in imgur.client.get_album(album.id).images]
    assert held == [str(number) for number in range(len(held))]
    assert len(held) >= 5


def test_a_call_adds_no_more_than_a_form_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(album_upload, "MAX_BATCH", 2)
    site = Site("54321")
    with serving(site) as server, Driven(server.url, access_token="t") as it:
        it.im.upload_images([Upload(PIXEL, title=str(number)) for number in range(6)], "album", concurrency=5)
    assert [id for batch in site.adds for id in batch] == list("12345")
    assert max(map(len, site.adds)) <= 2


@both
def test_one_file_twice_is_one_image_in_the_album(drive: type[Driven], imgur: LocalImgur, tmp_path: Path) -> None:
    imgur.reset()
    album = imgur.client.create_album("Holiday")
    files = [*uploads(2), *uploads(3)]
    with Ledger(tmp_path / "l.db") as ledger:
        options = {"client_id": imgur.client_id, "access_token": imgur.client.access_token, "ledger": ledger}
        with drive(imgur.url, **options) as it:
            images = it.run(it.im.upload_images(files, album, if_known="reuse"))
            assert it.run(it.im.upload_images(uploads(1), "")), "no album is none"
    assert images[:2] == images[2:4]
    assert imgur.client.get_album(album.id).images == images[2:]


@both
def test_after_an_image_was_added_the_others_are_uploaded_together(drive: type[Driven], tmp_path: Path) -> None:
    """The first file is uploaded before, so the request that adds it shows that the album accepts images."""

    class ReadableSite(Site):
        def __call__(self, wire: Wire) -> None:
            if wire.method == "GET":
                wire.data({"url": "sarah"} if wire.path == "/3/account/me" else [])
            else:
                super().__call__(wire)

    site = ReadableSite("012")
    with (
        Ledger(tmp_path / "l.db") as ledger,
        serving(site) as server,
        drive(server.url, access_token="t", ledger=ledger) as it,
    ):
        it.run(it.im.upload_image(picture(0), title="0"))
        it.run(it.im.upload_images(uploads(3), "album", if_known="reuse"))
    assert [id for batch in site.adds for id in batch] == ["0", "1", "2"], (
        "none of them was sent straight into the album"
    )
