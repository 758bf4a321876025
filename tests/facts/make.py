"""Derive the fixtures of this folder from a folder of research about Imgur's API.

    .venv/bin/python tests/facts/make.py FOLDER

`FOLDER` holds `endpoints.json`, `models.json`, `errors.json` and `samples/` (recorded responses). Only facts are taken
over: methods, paths, parameters, field names, the order of fields, types, status codes, error messages. Titles, names,
comments, ids and URLs of people and pictures are replaced by invented ones of the same type and length, and the same
value becomes the same invented value everywhere in a response.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

HERE = Path(__file__).parent

# Values that are facts of the API, and no content: these fields keep what was recorded.
CONSTANTS = frozenset(
    "access_token ad_sense_client_id ad_type album_privacy code edited expires_in layout method"  # noqa: SIM905
    " platform privacy refresh_token safeFlags safe_flags spam status success token_type type unsafeFlags unsafe_flags"
    " viewed vote".split()
)
MESSAGES = frozenset({"detail", "error", "message"})
"""Fields with the text of an error. Names in it are replaced if they are in the path of the request too."""
SCALARS = frozenset({"favorited", "unfavorited", "An error occurred while fetching the comment", "An error occurred"})
"""Texts that are the whole data of a response."""
ID = re.compile(r"[A-Za-z0-9]{5,8}|FAKEdel\w+")
TYPES = {"array of string": "array", "binary": "file", "binary|base64|url": "file"}
"""Types of parameters in one word."""
PATH_WORDS = frozenset({"avatar", "cover", "images", "oauth2", "trophies", "upload", "user", "viral", "hot"})
"""Segments of paths and links that are no ids, beside those of the endpoints."""


def main(folder: Path, made: Path = HERE) -> None:
    """Write all fixtures into the folder `made`."""
    endpoints = [endpoint(each, folder / "samples") for each in read(folder / "endpoints.json")]
    words = PATH_WORDS | {word for each in endpoints for path in paths(each) for word in path.split("/")}
    write(made / "endpoints.json", endpoints)
    write(made / "models.json", [model(each) for each in read(folder / "models.json")])
    write(made / "errors.json", [refusal(each, words) for each in read(folder / "errors.json")])
    (made / "samples").mkdir(exist_ok=True)
    for old in (made / "samples").glob("*.json"):
        old.unlink()
    for sample in sorted((folder / "samples").glob("*.json")):
        write(made / "samples" / sample.name, Invention(words).body(read(sample)))


def endpoint(known: dict[str, Any], samples: Path) -> dict[str, Any]:
    """Return what is known of an endpoint, without notes and sources."""
    status, sources = known["status"], " ".join(known["source"])
    year = re.search(r"(?:about \w+ |since |up to |in )?(\d{4})", status)
    ended = re.match(r"deprecated|removed|docs up to", status) is not None
    return {
        **{name: known[name] for name in ("id", "group", "method", "path", "auth", "documented")},
        "params": [
            {
                **{name: each[name] for name in ("name", "in", "required", "values")},
                "type": TYPES.get(each["type"], each["type"]),
            }
            for each in known["params"]
        ],
        "aliases": [{"method": each["method"], "path": each["path"]} for each in known.get("aliases", ())],
        "recorded": any(samples.glob(f"{known['id']}.*")) or bool(re.search("mock|recording|recorded|dump", sources)),
        "ended": ended,
        "ended_in": int(year[1]) if ended and year else None,
    }


def paths(endpoint: dict[str, Any]) -> Iterator[str]:
    """Yield all paths of an endpoint."""
    return (each["path"] for each in (endpoint, *endpoint["aliases"]))


def model(known: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of a data shape, with their types."""
    fields = [
        {"name": each["name"], "type": each["type"], "nullable": each.get("nullable")} for each in known["fields"]
    ]
    return {"name": known["name"], "fields": fields}


def refusal(known: dict[str, Any], words: frozenset[str]) -> dict[str, Any]:
    """Return an error response: its status, type and body."""
    body = known["body"]
    return {
        "status": known["status"],
        "content_type": known["content_type"],
        "body": body if isinstance(body, str) else Invention(words).body(body),
    }


class Invention:
    """Replace the content of one response, the same value always by the same."""

    def __init__(self, words: frozenset[str]) -> None:
        self._words = words
        self._texts: dict[str, str] = {}
        self._numbers: dict[int | float, int | float] = {}

    def body(self, recorded: Any) -> Any:
        """Return a response of the same form with invented content."""
        for request in find(recorded, "request"):
            self._path(request)  # first, so that messages can be rid of what it names
        return self._value(recorded, "data")

    def _value(self, value: Any, field: str) -> Any:
        match value:
            case dict():
                return {name: self._value(each, name) for name, each in value.items()}
            case list():
                return [self._value(each, field) for each in value]
            case str():
                return self._string(value, field)
            case int() | float() if value > 9 and field not in CONSTANTS:  # below that it says nothing about anybody
                return self._number(value)
            case _:
                return value

    def _number(self, value: float) -> int | float:
        new = 10 ** (len(str(int(value))) - 1) + len(self._numbers)
        return self._numbers.setdefault(value, new + 0.5 if isinstance(value, float) else new)

    def _string(self, text: str, field: str) -> str:
        if not text or field in CONSTANTS or text in SCALARS:
            return text
        if field in MESSAGES:
            return self._without_names(text)
        if field == "request":
            return self._path(text)
        if text.startswith(("http://", "https://")):
            return self._link(text)
        if text.isdigit():
            return str(self._number(int(text)) if int(text) > 9 else text)
        return self._text(text, field)

    def _text(self, text: str, field: str) -> str:
        number = len(self._texts) + 1
        match field:
            case "accent":
                new = f"{number:06X}"
            case "email" | "active_emails":
                new = f"user{number}@example.com"
            case _ if ID.fullmatch(text) and "name" not in field:
                new = self._id(text)
            case _:
                new = f"{field}{' ' if ' ' in text else ''}{number}"
        return self._texts.setdefault(text, new)

    def _id(self, old: str) -> str:
        return f"x{len(self._texts) + 1:0{len(old) - 1}d}"

    def _path(self, path: str) -> str:
        return "/".join(map(self._segment, path.split("/")))

    def _link(self, link: str) -> str:
        parts = urlsplit(link)
        return parts._replace(path=self._path(parts.path)).geturl()

    def _segment(self, segment: str) -> str:
        """Replace an id in a path; a letter for the size of a thumbnail may follow it, and an extension."""
        stem, dot, extension = segment.partition(".")
        if len(stem) < 4 or stem in self._words:
            return segment
        if stem[:-1] in self._texts:
            return self._texts[stem[:-1]] + stem[-1] + dot + extension
        return self._texts.setdefault(stem, self._id(stem)) + dot + extension

    def _without_names(self, message: str) -> str:
        for old, new in self._texts.items():
            message = message.replace(old, new)
        return message


def find(value: Any, field: str) -> Iterator[str]:
    """Yield all texts of this field."""
    if isinstance(value, Mapping):
        for name, each in value.items():
            if name == field and isinstance(each, str):
                yield each
            yield from find(each, field)
    elif isinstance(value, list):
        for each in value:
            yield from find(each, field)


def read(path: Path) -> Any:
    """Return the document in a file."""
    return json.loads(path.read_text("utf-8"))


def write(path: Path, document: Any) -> None:
    """Write a document to a file: one line for each item of a list, else for each field."""
    rows = [json.dumps(each) for each in document] if isinstance(document, list) else None
    text = "[\n " + ",\n ".join(rows) + "\n]" if rows else json.dumps(document, indent=1)
    path.write_text(text + "\n", "utf-8", newline="\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
