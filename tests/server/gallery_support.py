"""What the tests of the gallery share: people who put pictures into it, and the recorded fields to compare with."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from site_support import ANONYMOUS, Person, Site, picture

PNG = picture("PNG")


def submit(site: Site, who: Person, title: str = "a post", file: bytes = PNG, **fields: str) -> str:
    """A new picture in the gallery; gives its id."""
    id: str = site.upload(file, who.bearer)["id"]
    post(site, f"/3/gallery/image/{id}", who, title=title, **fields)
    return id


def submit_album(site: Site, who: Person, title: str = "an album", pictures: int = 1, **fields: str) -> str:
    """A new album in the gallery; gives its id."""
    ids = [site.upload(PNG, who.bearer)["id"] for _ in range(pictures)]
    album = site.post("/3/album", headers=who.bearer, data={"ids[]": ids, **fields}).json()["data"]["id"]
    post(site, f"/3/gallery/album/{album}", who, title=title)
    return album


def post(site: Site, path: str, who: Person, **fields: str) -> Any:
    """The data of what must be answered with yes."""
    answer = site.post(path, headers=who.bearer, data=fields)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


def get(site: Site, path: str, who: Person | None = None, **query: str) -> Any:
    """The data of what must be there."""
    answer = site.get(path, headers=who.bearer if who else ANONYMOUS, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


def ids(shown: list[dict[str, Any]]) -> list[Any]:
    return [each["id"] for each in shown]


def titles(shown: list[dict[str, Any]]) -> list[str]:
    return [each["title"] for each in shown]


def recorded(facts: Path, name: str) -> Any:
    """The data of a recorded answer."""
    return json.loads((facts / "samples" / name).read_text())["data"]


def differences(recorded: dict[str, Any], shown: dict[str, Any], *without: str) -> list[str]:
    """Where an answer lacks a recorded field, or has it of another kind; null fits anything."""
    found: list[str] = []
    for name in recorded.keys() - set(without):
        if name not in shown:
            found.append(f"{name} is missing")
        elif None not in (recorded[name], shown[name]) and type(recorded[name]) is not type(shown[name]):
            found.append(f"{name} is {shown[name]!r}, recorded as {recorded[name]!r}")
    return sorted(found)
