"""What a backup saves besides the own account, cookies, and the diagnosis of a site."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import pytest

from backup_support import picture, rows, run, upload
from client_support import Wire, enveloped, serving
from pyimgur import AuthenticationError, Imgur
from pyimgur.backup import (
    BackupError,
    Links,
    OneAlbum,
    Options,
    OwnAccount,
    PublicUser,
    back_up,
    diagnose,
    read_cookies,
)
from pyimgur.sites import IMGUR, Site

if TYPE_CHECKING:
    from pathlib import Path

    from pyimgur.testing import LocalImgur

SECRET = "s3cret-cookie-value"
LINE = f".imgur.com\tTRUE\t/\tTRUE\t9999999999\taccesstoken\t{SECRET}"


def saved(out: Path) -> set[str]:
    return {id for (id,) in rows(out, "SELECT id FROM item WHERE state = 'saved' AND kind = 'image'")}


def test_what_others_can_see_of_a_user(imgur: LocalImgur, tmp_path: Path) -> None:
    ids = upload(imgur, 7)
    im = imgur.client
    im.create_album("public", images=ids[:2], privacy="public")
    im.create_album("hidden", images=ids[2:3], privacy="hidden")
    im.image(ids[3]).submit_to_gallery("posted")
    im.create_comment(ids[3], "a comment")
    album = im.create_album("posted album", images=ids[4:6])
    album.submit_to_gallery("an album")
    im.get_gallery_item(ids[3]).favorite()
    with imgur.anonymous() as anonymous:
        given = Options(clock=imgur.clock)
        result = back_up(anonymous, tmp_path / "out", PublicUser("tester"), given)
        assert result.complete, result.as_json()
        assert saved(tmp_path / "out") == {*ids[:2], ids[3], *ids[4:6]}, "not what is hidden"
        assert (result.comments, result.favorites, result.posts.saved) == (1, 1, 2)
        links = tmp_path / "as links"
        assert back_up(anonymous, links, PublicUser("tester", favorite_files=False), given).favorites == 1
    assert not [request for request in imgur.requests if "comments/best" in request.path]


def test_an_album_and_links(imgur: LocalImgur, tmp_path: Path) -> None:
    ids = upload(imgur, 5)
    album = imgur.client.create_album("one", images=[ids[1], ids[0]])
    assert run(imgur, tmp_path / "album", OneAlbum(album.id)).complete
    assert saved(tmp_path / "album") == {ids[0], ids[1]}
    since = len(imgur.requests)
    links = [f"{imgur.url}/{ids[2]}h.jpg", ids[3], f"{imgur.url}/a/{album.id}", "https://example.org/x.png", "zZzZz"]
    result = run(imgur, tmp_path / "links", Links(links))
    assert saved(tmp_path / "links") == {*ids[:4]}
    assert (result.images.gone, result.complete) == (1, True), "an id without an image is gone"
    assert [step.note for step in result.lists] == ["1 links lead to none"]
    calls = [request.path for request in list(imgur.requests)[since:] if request.path.startswith("/3/")]
    assert not [path for path in calls if ids[2] in path], "the link of a file costs no credits"
    missing = run(imgur, tmp_path / "missing", OneAlbum("gOneGon"))
    assert (missing.albums.gone, missing.complete) == (1, True)


# ---- cookies


def test_only_the_cookies_of_the_site_are_read(tmp_path: Path) -> None:
    path = tmp_path / "cookies.txt"
    lines = (
        "# Netscape HTTP Cookie File",
        "",
        LINE,
        "#HttpOnly_.imgur.com\tTRUE\t/\tTRUE\t0\tsession\tabc=def",
        "imgur.com\tFALSE\t/\tTRUE\t0\thostonly\tx",
        ".google.com\tTRUE\t/\tTRUE\t0\tSID\ty",
        ".com\tTRUE\t/\tTRUE\t0\tsuper\ty",
        "notimgur.com\tTRUE\t/\tTRUE\t0\tother\ty",
        ".imgur.com\tTRUE\t/gallery\tTRUE\t0\tdeep\ty",
        ".imgur.com\tTRUE\t/\tTRUE\t1000\texpired\ty",
    )
    path.write_text("\r\n".join(lines))
    assert read_cookies(path) == f"accesstoken={SECRET}; session=abc=def"
    with pytest.raises(BackupError, match=r"no valid cookie for img\.example\.org"):
        read_cookies(path, Site.at("https://img.example.org"))


@pytest.mark.parametrize(
    "line",
    [
        LINE.replace("\t", " "),
        LINE.replace("\tTRUE\t/", "\tmaybe\t/"),
        f"{LINE}; other=1",
        f"{LINE}\x01",
        LINE.replace("accesstoken", "access token"),
        LINE.replace("9999999999", "soon"),
        json.dumps([{"domain": ".imgur.com", "value": SECRET}]),
    ],
)
def test_another_format_is_refused_without_showing_it(line: str, tmp_path: Path) -> None:
    path = tmp_path / "cookies.txt"
    path.write_text(f"{LINE}\n{line}\n")
    with pytest.raises(BackupError, match="line 2 of") as refused:
        read_cookies(path)
    assert SECRET not in str(refused.value)


def answer(account: str) -> Any:
    """A handler that knows who is signed in by a cookie only."""

    def handle(wire: Wire) -> None:
        if wire.path.endswith(".png"):
            wire.picture(picture(1))
        elif wire.headers.get("cookie") != f"accesstoken={SECRET}":
            wire.answer(enveloped({"error": f"Unauthorized {wire.headers.get('cookie')}"}, 401), 401)
        elif wire.path == "/3/account/me":
            wire.data({"url": account, "id": 1})
        elif wire.path == "/3/account/me/images/0":
            wire.data([{"id": "aBcdeFg", "link": f"http://{wire.headers['host']}/aBcdeFg.png", "size": 1}])
        elif wire.path.endswith("/count"):
            wire.data(1 if "images" in wire.path else 0)
        else:
            wire.data([])

    return handle


def test_cookies_sign_in_and_are_sent_to_the_api_only(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    path = tmp_path / "cookies.txt"
    path.write_text(f"127.0.0.1\tFALSE\t/\tTRUE\t0\taccesstoken\t{SECRET}\n")
    options = Options(signed_in_by_cookie=True)
    with serving(answer("sarah")) as server:
        cookie = read_cookies(path, Site.at(server.url))
        with Imgur("abc123", base_url=server.url, cookie=cookie, retries=0) as im:
            result = back_up(im, tmp_path / "out", OwnAccount("Sarah"), options)
            assert (result.images.saved, result.complete) == (1, True), result.as_json()
            with pytest.raises(BackupError, match=r"login of 'sarah', and the backup that of 'tim'"):
                back_up(im, tmp_path / "tims", OwnAccount("tim"), options)
            assert SECRET not in repr(im)
        pictures = [wire for wire in server.seen if wire.path.endswith(".png")]
        assert [wire.headers.get("cookie") for wire in pictures] == [None]
        with Imgur("abc123", base_url=server.url, cookie="accesstoken=wrong-cookie", retries=0) as im:
            with pytest.raises(Exception, match="401") as refused:
                back_up(im, tmp_path / "wrong", options=options)
            assert "wrong-cookie" not in str(refused.value)
    assert SECRET not in caplog.text
    assert SECRET.encode() not in b"".join(file.read_bytes() for file in tmp_path.rglob("out/**/*") if file.is_file())
    assert IMGUR.api.startswith("https://")


# ---- diagnosis


def test_the_diagnosis_has_no_value_of_the_account(imgur: LocalImgur) -> None:
    [id] = upload(imgur, 1)
    imgur.client.user("me").change_settings(bio="very private words")
    answers = list(diagnose(imgur.client))
    assert {answer.status for answer in answers} == {200}
    text = json.dumps([asdict(answer) for answer in answers])
    deletehash = imgur.client.get_image(id).deletehash
    assert deletehash
    for secret in ("very private", imgur.username, id, deletehash, imgur.client.access_token or "", "number 0"):
        assert secret not in text
    by_call = {answer.call: answer for answer in answers}
    assert by_call["GET 3/account/me/images/0?perPage=100"].entries == 1
    assert by_call["GET an image"].shape == {"etag": "SHA-256"}
    assert by_call["GET 3/account/me"].limits["x-ratelimit-userlimit"]
    imgur.fail("region-block", path="/3/account/me")
    imgur.fail("cut-after", path="/3/credits", times=None)
    with Imgur(imgur.client_id, access_token=imgur.client.access_token, base_url=imgur.url, retries=0) as im:
        failed = [answer for answer in diagnose(im) if answer.error]
    assert [(answer.status, bool(answer.error)) for answer in failed] == [(0, True), (400, True)]


# ---- hostile answers


def test_hostile_answers_stop_nothing_and_lead_nowhere(tmp_path: Path) -> None:
    huge = {"id": "huGe1", "datetime": 10**40, "size": "9" * 30, "title": "\ud800", "deletehash": {"a": 1}, "type": []}
    images: list[Any] = [huge, None, 7, {"id": "../../evil"}, {"id": ["x"]}, {}, {"id": "liNkk", "link": "http://[bad"}]
    album = {"id": "alBum12", "title": {"x": 1}, "images_count": "many", "cover": 5, "privacy": None}

    def handle(wire: Wire) -> None:
        if wire.path.startswith("/3/account/me/images/0"):
            wire.data(images)
        elif wire.path == "/3/account/me":
            wire.data({"url": "a/../b?x", "avatar": "file:///etc/passwd", "cover": 5})
        elif wire.path == "/3/account/me/albums/0":
            wire.data([album, {"id": "otHer12"}])
        elif wire.path.startswith("/3/album/"):
            wire.data({**album, "images": [*images, {"id": "mEmbr", "images": 3}]})
        elif wire.path.endswith("/comments/newest/0"):
            wire.data([{"id": "12", "comment": {"no": "text"}, "children": [{"id": 10**30}]}])
        elif wire.path.endswith("folders"):
            wire.data([{"id": "\u00b2"}, {"id": "../1"}, 5])
        elif wire.path.endswith("count"):
            wire.data("none")
        elif wire.path.endswith((".png", ".jpg")):
            wire.picture(picture(3))
        else:
            wire.data([])

    with serving(handle) as server, Imgur("abc", access_token="t" * 20, base_url=server.url, retries=0) as im:
        result = back_up(im, tmp_path / "out", options=Options(name="{title}/{album}"))
    assert saved(tmp_path / "out") == {"huGe1", "liNkk", "mEmbr"}
    assert rows(tmp_path / "out", "SELECT id, state FROM album ORDER BY id") == [
        ("alBum12", "saved"), ("otHer12", "failed"),
    ]  # fmt: skip
    assert not result.complete
    assert [wire.path for wire in server.seen if "/../" in wire.path] == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out"]


def test_symbolic_links_in_the_folder_are_not_followed(imgur: LocalImgur, tmp_path: Path) -> None:
    out, elsewhere = tmp_path / "out", tmp_path / "elsewhere"
    upload(imgur, 1)
    run(imgur, out)
    elsewhere.mkdir()
    (elsewhere / "precious").write_text("")
    new = (upload(imgur, 1, start=number)[0][:2].lower() for number in range(9, 99))
    folder = next(folder for name in new if not (folder := out / "files" / name).exists())
    folder.symlink_to(elsewhere)
    with pytest.raises(BackupError, match="is a symbolic link"):
        run(imgur, out)
    folder.unlink()
    (out / "incoming").rmdir()
    (out / "incoming").symlink_to(elsewhere)
    with pytest.raises(BackupError, match="is a symbolic link"):
        run(imgur, out)
    assert [path.name for path in elsewhere.iterdir()] == ["precious"]


def test_where_the_api_refuses_cookies_the_web_site_is_read(imgur: LocalImgur, tmp_path: Path) -> None:
    """Our server takes tokens only: here one signs in, as the cookies of a browser would."""
    ids = upload(imgur, 4)
    hidden = imgur.client.create_album("hidden", images=ids[:2], privacy="hidden")
    imgur.client.image(ids[3]).submit_to_gallery("posted")
    imgur.client.create_comment(ids[3], "a comment")
    imgur.fail("custom", status=403, error="Unauthorized", path="/3/account/me*", times=None)
    out, options = tmp_path / "out", {"signed_in_by_cookie": True}
    with pytest.raises(BackupError, match=r"login of 'tester', and the backup that of 'sarah'"):
        run(imgur, tmp_path / "sarahs", OwnAccount("sarah"), **options)
    assert not run(imgur, out, max_credits=8, **options).complete
    result = run(imgur, out, **options)
    assert result.complete, result.as_json()
    assert saved(out) == set(ids)
    assert rows(out, "SELECT id, title, privacy FROM album") == [(hidden.id, "hidden", "hidden")]
    assert (result.comments, result.posts.saved) == (1, 1)
    with pytest.raises(AuthenticationError):
        run(imgur, tmp_path / "token")
