"""Files written by earlier versions open: a server's data folder, an upload ledger, stored logins, pickled objects.

`earlier/` holds an archive of each generation; `earlier/make.py` says what is in it.
"""

from __future__ import annotations

import json
import pickle
import zipfile
from pathlib import Path
from typing import Any

import pytest

from pyimgur import Imgur, Ledger
from pyimgur.logins import Logins
from pyimgur.testing.local_server import LocalImgur

EARLIER = Path(__file__).parent / "earlier"
GENERATIONS = sorted(EARLIER.glob("*.zip"))


@pytest.fixture(params=GENERATIONS, ids=lambda path: path.stem)
def earlier(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A folder with what one earlier version wrote."""
    with zipfile.ZipFile(request.param) as archive:
        archive.extractall(tmp_path)
    return tmp_path


def facts(earlier: Path) -> dict[str, Any]:
    return json.loads((earlier / "facts.json").read_text("utf-8"))


def test_a_servers_data_folder_opens_and_serves_what_it_holds(earlier: Path) -> None:
    known = facts(earlier)
    token = {
        "access_token": known["access_token"],
        "refresh_token": known["refresh_token"],
        "expires_in": 3600,
        "account_username": known["username"],
        "account_id": 1,
    }
    prepared = {"client_id": known["client_id"], "client_secret": known["client_secret"], "token": token}
    imgur = LocalImgur(earlier / "data", prepared)
    try:
        im = imgur.client
        im.refresh_access_token()  # the earlier access token has expired, the refresh token lives on
        assert im.get_user("me").name == known["username"]
        for id, title in known["images"].items():
            image = im.get_image(id)
            assert (image.title, image.download(earlier).stat().st_size) == (title, image.size), id
        assert [image.id for image in im.get_album(known["album"]).images] == known["album_images"]
        assert im.get_gallery_album(known["album"]).title == "Colors for everybody"
        assert im.get_comment(known["comments"]["reply"]).text == "The answer"
        stranger = Imgur(known["client_id"], base_url=imgur.url)
        nobodys = next(id for id, title in known["images"].items() if title == "Nobody's")
        assert stranger.image(known["deletehashes"][nobodys]).delete()
    finally:
        imgur.close()


def test_a_ledger_opens(earlier: Path) -> None:
    ledger = Ledger(earlier / "uploads.db")
    entries = {entry.state: entry for entry in ledger.entries(states=("open", "uncertain", "deleted"))}
    assert set(entries) == {"open", "uncertain", "deleted"}
    assert entries["uncertain"].deletehash == "deletehash00002"
    done = {entry.kind: entry for entry in ledger.entries(states=("done",))}
    assert (done["image"].id, done["image"].title, done["image"].sha256) == ("aaaaaa1", "Done", f"{1:064x}")
    assert (done["album"].id, done["album"].path) == ("bbbbbbb", "Holidays")


def test_stored_logins_open(earlier: Path) -> None:
    logins = Logins(earlier / "logins.json")
    assert [login.account for login in logins.all()] == ["bob", "ann"]
    for login in logins.all():
        im = logins.client(login)
        assert (im.access_token, im.refresh_token) == (f"access of {login.account}", f"refresh of {login.account}")


def test_pickled_objects_load(earlier: Path) -> None:
    known = facts(earlier)
    image, album, user, comment = pickle.loads((earlier / "objects.pickle").read_bytes())
    assert (image.id in known["images"], image.title) == (True, "Red")
    assert (album.id, album.title) == (known["album"], "Colors for everybody")
    assert [each.id for each in album.images] == known["album_images"]
    assert user.name == known["username"]
    assert (comment.id, comment.text) == (known["comments"]["first"], "The first comment")
