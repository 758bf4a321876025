"""Write what people and other programs read without this package: JSON files, checksums, and a README."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from .durable import flush_folder, make_durable_folder, write_durable
from .layout import ACCOUNT, CHECKSUMS, FORMAT, INCOMING, README, album_path, inside, is_id
from .manifest import Manifest
from .records import SECRET
from .rows import Raw
from .sidecars import PRIVATE, encode

_LINE_FILES = {
    "favorites.jsonl": ("favorite", "folder, position, id, kind"),
    "posts.jsonl": ("post", "id"),
    "comments.jsonl": ("comment", "id"),
}
"""Name -> the table whose rows are its lines, and their order."""
_README = """\
This folder is a backup of pictures from Imgur, made by pyimgur (format {format}).

  files/        The pictures, as Imgur had them. The name is the picture's id, and a number for the upper-case letters
                in it, because ids differ by case and many disks ignore that.
                NAME.json beside a picture is what Imgur knew of it: title, description, time, albums.
{secrets}\
  albums/       One file for each album: title, description, privacy, cover, and the pictures in order.
  account/      The account itself: profile, settings, avatar, favorites, posts and comments.
  SHA256SUMS    A checksum for each picture.
  pyimgur-backup.sqlite3
                The list of everything, a SQLite database. The tables have plain names.

Check that no picture is damaged, without pyimgur:

  sha256sum --check --quiet SHA256SUMS          (macOS: shasum -a 256 --check SHA256SUMS)

With pyimgur:

  pyimgur backup check FOLDER                   Check everything, also what is missing.
  pyimgur backup FOLDER                         Continue, or save what is new since.

Every file can be copied with any program. The names and the order of an album are in albums/.
"""
_SECRETS = """\
                These files hold delete hashes: with one, anybody can delete the picture. Keep them private.
"""


def write_all(folder: Path, manifest: Manifest, *, with_secrets: bool) -> None:
    """Write all of them; each replaces the one of an earlier run as a whole.

    Raises:
        OSError: they cannot be written.
    """
    _write_albums(folder, manifest, with_secrets=with_secrets)
    make_durable_folder(folder / ACCOUNT, folder)
    write_durable(folder / ACCOUNT / "account.json", [encode(manifest.documents())], folder / INCOMING, mode=PRIVATE)
    for name, (table, order) in _LINE_FILES.items():
        write_durable(
            folder / ACCOUNT / name, _json_lines(manifest.lines(table, order)), folder / INCOMING, mode=PRIVATE
        )
    write_durable(folder / CHECKSUMS, _checksums(manifest), folder / INCOMING)
    text = _README.format(format=FORMAT, secrets=_SECRETS if with_secrets else "")
    write_durable(folder / README, [text.encode()], folder / INCOMING)
    flush_folder(folder / ACCOUNT)
    flush_folder(folder)


def _write_albums(folder: Path, manifest: Manifest, *, with_secrets: bool) -> None:
    for id in manifest.ids("album"):
        if not is_id(id):
            continue
        path = inside(folder, album_path(id))
        make_durable_folder(path.parent, folder)
        data = encode({**manifest.album(id, with_secrets=with_secrets), "images": manifest.members(id)})
        if not path.is_file() or path.read_bytes() != data:
            write_durable(path, [data], folder / INCOMING, mode=PRIVATE if with_secrets else 0o666)
    if (folder / "albums").is_dir():
        flush_folder(folder / "albums")


def _checksums(manifest: Manifest) -> Iterator[bytes]:
    return (f"{item.sha256}  {item.path}\n".encode("utf-8", "replace") for item in manifest.saved())


def _json_lines(rows: Iterable[Raw]) -> Iterator[bytes]:
    for row in rows:
        line: dict[str, Any] = {**row.pop("raw"), "pyimgur": {name: row[name] for name in row if name != SECRET}}
        yield f"{json.dumps(line, ensure_ascii=False, sort_keys=True)}\n".encode("utf-8", "replace")
