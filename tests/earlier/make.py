"""Make the files of this folder: a server's data folder, an upload ledger, stored logins, and pickled objects.

    .venv/bin/python tests/earlier/make.py tests/earlier/1.zip

Each numbered archive was made once, by the code of its time, and is never made again: every later version must open
what is in it.
"""

from __future__ import annotations

import io
import json
import pickle
import shutil
import sqlite3
import sys
import tempfile
from pathlib import Path
from typing import Any

from PIL import Image

from pyimgur import Imgur, Ledger
from pyimgur.ledger import LedgerEntry
from pyimgur.logins import Login, Logins
from pyimgur.testing import LocalImgur, local_imgur
from pyimgur.tokens import StoredToken

SITE = "http://127.0.0.1:4648"
DATABASE = "pyimgur.sqlite3"


def main(archive: Path) -> None:
    """Write every fixture into `archive`, a new zip file."""
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "made"
        with local_imgur(Path(folder) / "data") as imgur:
            facts, objects = fill(imgur)
            shutil.copytree(
                Path(folder) / "data", made / "data", ignore=shutil.ignore_patterns("*sqlite3*", "tokens.json")
            )
            copy_database(Path(folder) / "data", made / "data")
        (made / "objects.pickle").write_bytes(pickle.dumps(objects, protocol=4))
        (made / "facts.json").write_text(json.dumps(facts, indent=1, sort_keys=True) + "\n", "utf-8")
        write_ledger(made / "uploads.db")
        write_logins(made / "logins.json")
        shutil.make_archive(str(archive.with_suffix("")), "zip", made)


def picture(color: str, kind: str = "PNG", **options: Any) -> io.BytesIO:
    """Return a small encoded picture."""
    made = io.BytesIO()
    Image.new("RGB", (12, 8), color).save(made, kind, **options)
    return io.BytesIO(made.getvalue())


def fill(imgur: LocalImgur) -> tuple[dict[str, Any], list[Any]]:
    """Put one of everything on the server; return what a later version must find, and objects to pickle."""
    im = imgur.client
    red = im.upload_image(picture("red"), title="Red", description="A red picture")
    green = im.upload_image(picture("green", "JPEG"), title="Green")
    frames = [Image.new("RGB", (12, 8), color) for color in ("blue", "yellow")]
    moving = io.BytesIO()
    frames[0].save(moving, "GIF", save_all=True, append_images=frames[1:], duration=100, loop=0)
    gif = im.upload_image(io.BytesIO(moving.getvalue()), title="Blue")
    stranger = Imgur(imgur.client_id, base_url=imgur.url)
    nobodys = stranger.upload_image(picture("black"), title="Nobody's")
    album = im.create_album("Colors", description="All of them", images=[red, green, gif])
    album.update(cover=green)
    album.submit_to_gallery("Colors for everybody")
    comment = im.get_gallery_album(album.id).comment("The first comment")
    reply = comment.reply("The answer")
    red.favorite()
    user = im.get_user("me")
    facts = {
        "username": imgur.username,
        "password": imgur.password,
        "client_id": imgur.client_id,
        "client_secret": imgur.client_secret,
        "access_token": im.access_token,
        "refresh_token": im.refresh_token,
        "images": {image.id: image.title for image in (red, green, gif, nobodys)},
        "deletehashes": {image.id: image.deletehash for image in (red, green, gif, nobodys)},
        "album": album.id,
        "album_images": [red.id, green.id, gif.id],
        "comments": {"first": comment.id, "reply": reply.id},
    }
    objects = [im.get_image(red.id), im.get_album(album.id), user, im.get_comment(comment.id)]
    return facts, objects


def copy_database(source: Path, target: Path) -> None:
    """Copy a data folder's database into one file."""
    with sqlite3.connect(source / DATABASE) as db, sqlite3.connect(target / DATABASE) as copy:
        db.backup(copy)


def write_ledger(path: Path) -> None:
    """Write a ledger with an entry in each state."""
    ledger = Ledger(path)
    for number, state in enumerate(("open", "done", "uncertain", "deleted")):
        entry = LedgerEntry(
            f"/pictures/{state}.png", SITE, "id", "tester", 100 + number, f"{number:064x}", title=state.title(),
            when=1_700_000_000.0 + number, state=state, id=f"aaaaaa{number}", deletehash=f"deletehash{number:05}",
            link=f"https://i.imgur.com/aaaaaa{number}.png", begun=1_700_000_000.0, run="earlier",
            key=f"key{number}",
        )  # fmt: skip
        ledger.write(entry)
    ledger.write(
        LedgerEntry("Holidays", SITE, "id", "tester", kind="album", state="done", id="bbbbbbb", when=1_700_000_010.0)
    )


def write_logins(path: Path) -> None:
    """Write two logins, with their tokens in the file beside it."""
    logins = Logins(path)
    for account in ("ann", "bob"):
        token = StoredToken(account, f"access of {account}", f"refresh of {account}", 1_900_000_000.0)
        logins.keep(Login(SITE, account, "id", "secret", place="file"), token)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
