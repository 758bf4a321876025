"""What moves, what is stripped, other forms of a picture, and the pages to show, save and delete one."""

from __future__ import annotations

import io
import json
import re
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av
import pytest
from metadata_support import MARK, marked_avif, marked_bmp, marked_gif, marked_jpeg, marked_png, saved, seen
from PIL import Image
from site_support import ANONYMOUS, NewSite, Person, Site, completed, picture, shown

from motion_support import film, gif, streams
from pyimgur.server.services import renditions

if TYPE_CHECKING:
    from playwright.sync_api import Browser

PNG = picture("PNG")


# ---- GIF to MP4


def test_a_gif_becomes_an_mp4_in_the_background(shared_site: Site, facts: Path) -> None:
    file = gif()
    data = shared_site.upload(file)
    link = shared_site.settings.public_url + f"/{data['id']}"
    assert (data["animated"], data["looping"], data["link"]) == (True, True, f"{link}.gif")
    assert (data["mp4"], data["gifv"], data["hls"]) == (f"{link}.mp4", f"{link}.gifv", "")
    assert (data["mp4_size"], data["processing"]) == (0, {"status": "pending"})
    later = completed(shared_site, data["id"])
    made = shared_site.get(data["mp4"])
    assert (made.status_code, made.headers["content-type"]) == (200, "video/mp4")
    assert later["mp4_size"] == len(made.content) > 0
    assert streams(made.content)[1] == ["h264"]
    assert shared_site.get(data["link"]).content == file
    recorded = json.loads((facts / "samples" / "gallery_image.2025.json").read_text())["data"]
    names = {"mp4", "gifv", "hls", "mp4_size", "looping"}
    assert {name: type(later[name]) for name in names} == {name: type(recorded[name]) for name in names}


def test_a_form_that_is_lost_is_made_again(site: Site) -> None:
    data = site.upload(gif())
    completed(site, data["id"])
    before = site.get(data["mp4"]).content
    for file in (site.settings.data / "derived").rglob(f"{data['id']}.*"):
        file.unlink()
    assert len(site.get(data["mp4"]).content) == len(before)


def test_however_many_ask_it_is_made_once(new_site: NewSite, monkeypatch: pytest.MonkeyPatch) -> None:
    from asyncio import gather

    from pyimgur.server.media import MediaWorkers
    from pyimgur.server.services import images

    real, times = MediaWorkers.resize, list[int]()

    async def counted(self: MediaWorkers, *given: Any, **named: Any) -> None:
        times.append(1)
        await real(self, *given, **named)

    monkeypatch.setattr(MediaWorkers, "resize", counted)
    site = new_site()
    id = site.upload(PNG)["id"]

    async def many(context: Any) -> set[str]:
        assert await images.get(context, id)
        blobs = await gather(*(renditions.scaled(context, id, "webp") for _ in range(20)))
        await gather(*(blob.close() for blob in blobs))
        return {blob.name for blob in blobs}

    assert len(site.run(many)) == len(times) == 1


def test_a_deleted_gif_leaves_nothing(site: Site) -> None:
    data = site.upload(gif())
    completed(site, data["id"])
    assert site.delete(f"/3/image/{data['deletehash']}", headers=ANONYMOUS).status_code == 200
    assert site.get(data["mp4"]).status_code == 302
    assert not [file for file in site.settings.data.rglob("*") if file.name.startswith(data["id"])]


@pytest.mark.parametrize("file", [gif(frames=1), PNG])
def test_what_does_not_move_has_no_film(shared_site: Site, file: bytes) -> None:
    data = shared_site.upload(file)
    assert not {"mp4", "gifv", "mp4_size", "looping", "processing"} & data.keys()
    assert shared_site.get(f"/{data['id']}.mp4").headers["location"].endswith("/removed.png")
    answer = shared_site.get(f"/{data['id']}.gifv")
    assert (answer.status_code, answer.headers["location"]) == (302, data["link"])


@pytest.mark.parametrize("format", ["PNG", "WEBP", "AVIF"])
def test_other_pictures_that_move_come_back_as_they_were(shared_site: Site, format: str) -> None:
    file = io.BytesIO()
    first, *more = [Image.new("RGB", (33, 21), (100 * number, 0, 0)) for number in range(3)]
    first.save(file, format, save_all=True, append_images=more, duration=100)
    sent = file.getvalue()
    data = shared_site.upload(sent)
    assert (data["type"], data["animated"]) == (f"image/{format.lower()}", True)
    kept = shared_site.get(data["link"]).content
    if format == "AVIF":  # it says when it was made: that goes
        assert len(kept) == len(sent)
        sent, kept = kept, shared_site.get(shared_site.upload(kept)["link"]).content
    assert kept == sent
    assert Image.open(io.BytesIO(shared_site.get(f"/{data['id']}t.jpg").content)).format == "JPEG"


# ---- films


def test_an_mp4_is_its_own(shared_site: Site, ann: Person) -> None:
    file = film(sound="aac")
    data = shared_site.upload(file, ann.bearer)
    assert (data["type"], data["animated"], data["has_sound"]) == ("video/mp4", True, True)
    assert data["link"] == data["mp4"]
    assert (data["mp4_size"], data["size"], data["processing"]) == (len(file), len(file), {"status": "completed"})
    assert "looping" not in data
    assert shared_site.get(data["link"]).content == file


@pytest.mark.parametrize(
    ("format", "codec", "type"),
    [
        ("webm", "libvpx", "video/webm"),
        ("matroska", "libx264", "video/x-matroska"),
        ("mov", "libx264", "video/quicktime"),
        ("avi", "mpeg4", "video/x-msvideo"),
        ("flv", "libx264", "video/x-flv"),
        ("vob", "mpeg2video", "video/mpeg"),
    ],
)
def test_other_films_become_mp4s(shared_site: Site, ann: Person, format: str, codec: str, type: str) -> None:
    file = film(format, codec)
    data = shared_site.upload(file, ann.bearer)
    assert (data["type"], data["processing"]) == (type, {"status": "pending"})
    later = completed(shared_site, data["id"])
    made = shared_site.get(later["mp4"]).content
    assert (len(made), streams(made)[1]) == (later["mp4_size"], ["h264"])
    assert shared_site.get(data["link"]).content == file
    assert Image.open(io.BytesIO(shared_site.get(f"/{data['id']}.jpg").content)).size == (64, 48)


@pytest.mark.parametrize("word", ["1", "true"])
def test_sound_is_left_out_where_it_is_not_wanted(shared_site: Site, ann: Person, word: str) -> None:
    data = shared_site.upload(film(sound="aac"), ann.bearer, disable_audio=word)
    assert data["has_sound"] is False
    kept = shared_site.get(data["link"]).content
    assert (streams(kept)[1], len(kept)) == (["h264"], data["size"])


def test_a_film_without_sound_stays_as_it_is(shared_site: Site, ann: Person) -> None:
    for file in (film(), PNG, gif()):
        data = shared_site.upload(file, ann.bearer, disable_audio="1")
        assert shared_site.get(data["link"]).content == file


# ---- what a camera notes


def photograph() -> bytes:
    """A JPEG with a place in it, to be seen on its side."""
    file, notes = io.BytesIO(), Image.Exif()
    notes[0x0112], notes[0x010F] = 6, "ACME camera"
    notes.get_ifd(0x8825).update({1: "N", 2: (48.0, 51.0, 30.0)})
    Image.new("RGB", (40, 30), "teal").save(file, "JPEG", exif=notes, comment=b"at home")
    return file.getvalue()


@pytest.mark.parametrize(
    ("strip", "anonymous", "own"), [("anonymous", True, False), ("all", True, True), ("none", False, False)]
)
def test_whose_photographs_are_stripped(new_site: NewSite, strip: str, anonymous: bool, own: bool) -> None:
    site, file = new_site(strip=strip), photograph()
    for headers, stripped in ((ANONYMOUS, anonymous), (site.person("ann").bearer, own)):
        data = site.upload(file, headers)
        answer = site.get(data["link"])
        kept, again = answer.content, {"If-None-Match": answer.headers["etag"]}
        assert (b"ACME" not in kept, b"at home" not in kept) == (stripped, stripped)
        assert (kept == file) is not stripped
        assert data["size"] == len(kept)
        with Image.open(io.BytesIO(kept)) as seen:
            assert (seen.getexif()[0x0112], bool(seen.getexif().get_ifd(0x8825))) == (6, not stripped)
        assert (data["width"], data["height"]) == (30, 40)
        assert site.get(data["link"], headers=again).status_code == 304
    assert len(site.files()) == 2


MARKED = {
    "JPEG": marked_jpeg(saved("JPEG"), 6),
    "PNG": marked_png(saved("PNG"), 6),
    "GIF": marked_gif(saved("GIF")),
    "BMP": marked_bmp(saved("BMP")),
    "AVIF": marked_avif(saved("AVIF")),
}


@pytest.mark.parametrize("format", MARKED)
def test_metadata_of_every_sort_goes_from_what_is_served(shared_site: Site, format: str) -> None:
    assert MARK in MARKED[format]
    data = shared_site.upload(MARKED[format])
    kept = shared_site.get(data["link"]).content
    assert MARK not in kept
    assert seen(kept) == seen(MARKED[format])
    assert data["size"] == len(kept)
    assert (data["width"], data["height"]) == seen(kept)[0][1]


def test_a_films_notes_go_too(site: Site) -> None:
    data = site.upload(film(title="my garden"))
    assert b"my garden" not in site.get(data["link"]).content


@pytest.mark.parametrize("format", ["PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP"])
def test_who_noted_nothing_gets_back_what_was_sent(shared_site: Site, format: str) -> None:
    file = picture(format)
    assert shared_site.get(shared_site.upload(file)["link"]).content == file


def test_a_full_disk_while_stripping_leaves_nothing(new_site: NewSite, monkeypatch: pytest.MonkeyPatch) -> None:
    async def full(self: Any, source: Path, target: Path, **_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pyimgur.server.media.worker_pool.MediaWorkers.clean", full)
    site = new_site()
    assert site.post("/3/image", headers=ANONYMOUS, files={"image": PNG}).status_code == 507
    assert site.files() == []


# ---- other sizes, other types


@pytest.mark.parametrize(
    ("name", "size", "format"),
    [
        ("_d.jpg?maxwidth=520&shape=thumb&fidelity=high", (520, 260), "JPEG"),
        ("_d.png?maxwidth=290", (290, 145), "PNG"),
        ("_d.webp?maxwidth=520&shape=thumb", (520, 260), "WEBP"),
        ("_d.webp?maxwidth=530&fidelity=grand", (520, 260), "WEBP"),
        ("_d.jpeg?maxwidth=1", (16, 8), "JPEG"),
        ("_d.jpg?maxwidth=5000", (1000, 500), "JPEG"),
        ("_d.jpg", (1000, 500), "JPEG"),
        ("_d.jpg?maxwidth=nonsense", (1000, 500), "JPEG"),
        ("_d.jpg?maxwidth=-1", (1000, 500), "JPEG"),
        ("_d.jpg?maxwidth=99999999999999999999", (1000, 500), "JPEG"),
        ("_d.gif?maxwidth=100", (100, 50), "JPEG"),
        (".webp", (1000, 500), "WEBP"),
    ],
)
def test_scaling(shared_site: Site, large: str, name: str, size: tuple[int, int], format: str) -> None:
    answer = shared_site.get(f"/{large}{name}")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == f"image/{format.lower()}"
    with Image.open(io.BytesIO(answer.content)) as seen:
        assert (seen.size, seen.format) == (size, format)
    assert shared_site.get(f"/{large}{name}", headers={"If-None-Match": answer.headers["etag"]}).status_code == 304


@pytest.fixture(scope="module")
def large(shared_site: Site) -> str:
    return shared_site.upload(picture("PNG", (1000, 500)))["id"]


def test_no_number_of_widths_fills_the_disk(site: Site) -> None:
    id = site.upload(PNG)["id"]
    for width in range(1, 200):
        assert site.get(f"/{id}_d.jpg?maxwidth={width}").status_code == 200
    assert len(list((site.settings.data / "derived").rglob("*.jpg"))) < 10


@pytest.mark.parametrize("name", ["nothing_d.jpg", "_d.jpg", "nothingm_d.webp"])
def test_scaling_what_is_not_there(shared_site: Site, name: str) -> None:
    assert shared_site.get(f"/{name}").headers["location"].endswith("/removed.png")


def test_webp_of_what_moves(shared_site: Site) -> None:
    data = shared_site.upload(gif())
    assert shared_site.get(f"/{data['id']}.webp").headers["content-type"] == "image/gif"
    assert shared_site.get(f"/{data['id']}_d.webp?maxwidth=16").headers["content-type"] == "image/webp"


# ---- the page of a film


def test_a_gifv_page_is_what_programs_read(shared_site: Site) -> None:
    data = shared_site.upload(gif(), title="<b>\"'</script>")
    answer = shared_site.get(data["gifv"])
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    elements = re.search(r'(?s)<div class="video-elements">(.*?)</div>', answer.text)
    assert elements
    assert re.findall(r'<source\s+src="([^"]+)"\s+type="([^"]+)"', elements[1]) == [(data["mp4"], "video/mp4")]
    about = dict(re.findall(r'<meta (?:property|name)="([^"]+)" content="([^"]*)"', answer.text))
    assert (about["og:video"], about["og:video:type"], about["og:video:width"]) == (data["mp4"], "video/mp4", "32")
    assert re.search(r"<video [^>]* controls autoplay loop", answer.text)  # what moves by itself can be stopped
    assert about["twitter:player"] == f"{shared_site.settings.public_url}/{data['id']}/embed"
    item = re.search(r"(?s)var\s+videoItem\s*=\s*(\{.*?\})", answer.text)
    assert item
    assert json.loads(item[1])["gifUrl"] == data["link"]
    assert "<b>" not in answer.text
    assert unescape(about["og:title"]) == "<b>\"'</script>"


@pytest.mark.parametrize(
    ("moving", "size"), [(gif(2, (5001, 21)), (4096, 16)), (gif(2, (33, 1)), (32, 2)), (film(), (64, 48))]
)
def test_a_gifv_page_says_how_large_the_film_is(shared_site: Site, moving: bytes, size: tuple[int, int]) -> None:
    data = shared_site.upload(moving)
    page = shared_site.get(f"/{data['id']}.gifv").text
    named = re.search(r'(?s)og:video:width" content="(\d+)".*og:video:height" content="(\d+)"', page)
    assert named
    with av.open(io.BytesIO(shared_site.get(data["mp4"]).content)) as container:
        found = container.streams.video[0]
        assert tuple(map(int, named.groups())) == (found.width, found.height) == size


def test_a_gifv_page_of_nothing(shared_site: Site) -> None:
    assert shared_site.get("/nothing.gifv").status_code == 404


# ---- to save


@pytest.mark.parametrize(
    ("name", "saved"),
    [
        ("cat.png", "cat.png"),
        ("cat.html", "cat.png"),
        ('\u732b ".png', "%E7%8C%AB%20%22.png"),
        ("../../etc/passwd", "passwd.png"),
        ("..\\evil.exe", "evil.png"),
        ("", None),
        ("..", None),
        ("a\r\nX-Evil: 1.png", "a%0D%0AX-Evil%3A%201.png"),
    ],
)
def test_a_picture_to_save(shared_site: Site, ann: Person, name: str, saved: str | None) -> None:
    answer = shared_site.post("/3/image", headers=ann.bearer, params={"name": name}, content=PNG)
    id = answer.json()["data"]["id"]
    for path in (f"/download/{id}", f"/download/{id}/any-name"):
        answer = shared_site.get(path)
        assert answer.content == PNG
        told = answer.headers["content-disposition"]
        assert told == f"attachment; filename=\"{id}.png\"; filename*=UTF-8''{saved or f'{id}.png'}"
        assert "x-evil" not in answer.headers


def test_nothing_to_save(shared_site: Site) -> None:
    assert shared_site.get("/download/nothing").status_code == 404


# ---- to delete


def ticket(page: str) -> str:
    found = re.search(r'name="allow" value="([0-9a-f]{64})"', page)
    assert found
    return found[1]


def test_a_delete_link_asks_and_then_deletes(site: Site) -> None:
    data = site.upload(PNG, title="<i>mine")
    path = f"/delete/{data['deletehash']}"
    for _ in range(2):
        page = site.get(path)
        assert page.status_code == 200
        assert page.headers["cache-control"] == "no-store"
        assert "&lt;i&gt;mine" in page.text
    assert shown(site, data["id"])
    answer = site.post(path, data={"allow": ticket(page.text)}, headers={"Origin": site.settings.public_url})
    assert answer.status_code == 200
    assert site.get(f"/3/image/{data['id']}", headers=ANONYMOUS).status_code == 404
    assert site.get(path).status_code == 404
    assert site.post(path, data={"allow": ticket(page.text)}).status_code == 404


def test_a_delete_link_of_an_album(site: Site) -> None:
    image = site.upload(PNG)
    made = site.post("/3/album", headers=ANONYMOUS, data={"deletehashes[]": image["deletehash"]}).json()["data"]
    path = f"/delete/{made['deletehash']}"
    assert site.post(path, data={"allow": ticket(site.get(path).text)}).status_code == 200
    assert site.get(f"/3/album/{made['id']}", headers=ANONYMOUS).status_code == 404
    assert shown(site, image["id"])


@pytest.mark.parametrize("how", ["no ticket", "another page's", "another site", "another browser", "too late"])
def test_who_may_not_delete(site: Site, how: str) -> None:
    data, other = site.upload(PNG), site.upload(PNG)
    path = f"/delete/{data['deletehash']}"
    page, headers = site.get(path), {"Origin": site.settings.public_url, "Accept": "text/html"}
    allow = ticket(page.text)
    match how:
        case "no ticket":
            allow = ""
        case "another page's":
            allow = ticket(site.get(f"/delete/{other['deletehash']}").text)
        case "another site":
            headers["Origin"] = "https://evil.example"
        case "another browser":
            site.http.cookies.clear()
        case _:
            site.clock.forward(3601)
    answer = site.post(path, data={"allow": allow}, headers=headers)
    assert answer.status_code == 403
    assert shown(site, data["id"])


def test_an_id_deletes_nothing(site: Site) -> None:
    ann = site.person("ann")
    image = site.upload(PNG, ann.bearer)["id"]
    album = site.post("/3/album", headers=ann.bearer).json()["data"]["id"]
    for id in (image, album):
        assert site.get(f"/delete/{id}").status_code == 404
        assert site.post(f"/delete/{id}").status_code == 404
    assert shown(site, image)


def test_a_browser_plays_a_gifv_and_deletes_it(browser: Browser, site: Site) -> None:
    data = site.upload(gif(frames=10))
    completed(site, data["id"])
    context = browser.new_context()
    try:
        page = context.new_page()
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.goto(data["gifv"])
        assert page.locator(".video-elements video source").get_attribute("src") == data["mp4"]
        page.goto(f"{site.settings.public_url}/delete/{data['deletehash']}")
        page.get_by_role("button", name="Delete").click()
        page.get_by_text("is deleted").wait_for()
        assert said == []
    finally:
        context.close()
    assert site.get(f"/3/image/{data['id']}", headers=ANONYMOUS).status_code == 404
