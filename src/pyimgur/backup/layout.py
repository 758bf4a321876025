"""The names of the files in a backup's folder.

File names come from ids and a file's first bytes only: never from titles or from what a server calls a file, so that
no name leads out of the folder. Ids that differ by case only are different images, and many file systems fold case, so
that each name has the case of its id as a suffix: `aBcdeFg` is `files/ab/aBcdeFg-12.jpg`.
"""

from __future__ import annotations

import re
from pathlib import Path

FORMAT = 1
"""The version of the folder's format, as sidecars and the README say it."""
MANIFEST = "pyimgur-backup.sqlite3"
LOCK = ".pyimgur-backup.lock"
CHECKSUMS = "SHA256SUMS"
README = "README.txt"
FILES = "files"
ALBUMS = "albums"
ACCOUNT = "account"
INCOMING = "incoming"
"""The folder of transfers in progress."""
VIEW = "view"
_DIGITS = "0123456789abcdefghijklmnopqrstuv"
_ID = re.compile(r"[0-9A-Za-z]{1,32}")
_FILE_NAME = re.compile(r"([0-9A-Za-z]{1,32})-([0-9a-v]{1,7})\.([a-z0-9]{1,5})(\.json)?")


def is_id(text: object) -> bool:
    """Return whether this is an id that can be part of a file's name."""
    return isinstance(text, str) and _ID.fullmatch(text) is not None


def case_suffix(id: str) -> str:
    """Return the case of an id: a bit for each character, 1 for an upper-case one, as a number in base 32."""
    bits, digits = int("".join("01"[character.isupper()] for character in id), 2), ""
    while bits or not digits:
        bits, digit = divmod(bits, len(_DIGITS))
        digits = _DIGITS[digit] + digits
    return digits


def stem(id: str) -> str:
    """Return the name of an id's files, without an extension."""
    return f"{id}-{case_suffix(id)}"


def file_path(id: str, extension: str) -> str:
    """Return the path of an image, relative to the folder, with `/`."""
    return f"{FILES}/{id[:2].lower()}/{stem(id)}.{extension}"


def account_path(name: str, extension: str) -> str:
    """Return the path of a picture of the account itself, such as its avatar."""
    return f"{ACCOUNT}/{name}.{extension}"


def sidecar_path(path: str) -> str:
    """Return the path of the sidecar of a file."""
    return f"{path}.json"


def album_path(id: str) -> str:
    """Return the path of an album's JSON."""
    return f"{ALBUMS}/{stem(id)}.json"


def id_in(name: str) -> str | None:
    """Return the id in the name of an image or sidecar; None if it is no such name."""
    match = _FILE_NAME.fullmatch(name)
    return match[1] if match and match[2] == case_suffix(match[1]) else None


def inside(folder: Path, path: str) -> Path:
    """Return a path of the manifest as one below the folder.

    Raises:
        ValueError: it leads out of the folder: the manifest was edited.
    """
    parts = path.split("/")
    if path.startswith("/") or any(part in {"", ".", ".."} or "\\" in part or "\0" in part for part in parts):
        raise ValueError(f"{path!r} leads out of the backup")
    return folder.joinpath(*parts)
