"""The same calls, made with PyImgur 0.8.1 and with ours, and compared: what is sent, what comes back, what is raised.

What differs stands in a table with the reason, and has to differ: who mends a difference strikes it out.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from program_support import PATIENCE, python_program
from side_by_side import CALLS, NAMES

from test_pyimgur_surface import METHODS

PROGRAM = Path(__file__).with_name("side_by_side.py")
LEFT_OUT = {"Imgur.__init__"}

DIFFERENT = {
    "The picture is read where it is, not at an address for browsers": """
image.download(path=folder)
image.download(folder, 'mine', True)
""",
    "Every form of address is known; a post is asked for as what it is, with one call": """
im.get_at_url('http://i.imgur.com/imAge01.png')
im.get_at_url('http://imgur.com/gallery/imAge01')
im.get_at_url('http://imgur.com/gallery/alBum01')
im.get_at_url('http://imgur.com/r/pics/imAge01')
""",
    "An album keeps its title, description and cover, also with images": """
im.create_album('T', 'D', images=['imAge01', image])
im.create_album('T', images='imAge01', cover='imAge01')
""",
    "Imgur's documentation calls these fields `album` and `type`": """
im.upload_image(path, title='T', description='D', album='alBum01')
im.upload_image(path, album=album)
im.upload_image(url='http://example.org/a.png', title='T')
""",
    "Nothing is sent without a token where Imgur asks for a user's": """
anon.get_user('sarah').get_images(limit=1)
anon.get_user('sarah').get_settings()
""",
    "A comment is deleted, not an image of its number": """
comment.delete()
""",
    "A post's comments come at once, without pages": """
post.get_comments(limit=1)
post.get_comments('top', 1)
""",
    "Favorites are posts, which may be albums; answers are notifications": """
user.get_gallery_favorites(limit=1)
user.get_gallery_favorites('newest', 1)
user.get_replies()
""",
    "The address of a comment starts with https": """
comment.text, comment.author, comment.image, comment.parent, comment.replies, comment.is_deleted, comment.permalink
""",
    "A number is a number, also where there is none": """
user.pro_expiration
""",
    "Pictures are `ids`, also when an album is changed": """
album.update(images=['imAge01'], cover=image, layout='grid', privacy='hidden')
""",
    "Two of one kind and id are equal": """
image == im.get_image('imAge01')
""",
    "What makes no sense is refused before anything is sent": """
im.authorization_url('nonsense')
""",
    "The gallery's terms are spoken of only where they are to be bypassed": """
album.submit_to_gallery('T')
image.submit_to_gallery('T')
""",
    "A 429 that says why is no ended token": """
im.get_image('status429')
""",
    "Imgur is down with any 5xx": """
im.get_image('status500')
""",
}


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Any, Any]]:
    """Of each call, what PyImgur made of it and what we do."""
    theirs = made(python_program("pyimgur==0.8.1") / "python", tmp_path_factory.mktemp("theirs"))
    ours = made(Path(sys.executable), tmp_path_factory.mktemp("ours"))
    return {call: (theirs[call], ours[call]) for call in theirs}


def made(python: Path, folder: Path) -> dict[str, Any]:
    (folder / "p.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(60))
    command = [python, "-I", "-W", "ignore", PROGRAM, "p.png"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=True, cwd=folder)
    return json.loads(done.stdout)


def test_every_method_is_among_the_calls() -> None:
    names = {name.partition(".")[2] for name in METHODS.keys() - LEFT_OUT}
    assert {name for name in names if f".{name}(" not in CALLS} == set()


def test_what_is_sent_and_given_is_the_same_but_for_what_is_listed(pairs: dict[str, tuple[Any, Any]]) -> None:
    calls = CALLS.strip().splitlines()
    different = {call for call in calls if not (sent_alike(*pairs[call]) and alike(*pairs[call]))}
    listed = [call for calls in DIFFERENT.values() for call in calls.strip().splitlines()]
    assert different == set(listed), {call: pairs[call] for call in different ^ set(listed)}
    assert len(listed) == len(set(listed))


def test_a_thing_has_the_fields_it_had(pairs: dict[str, tuple[Any, Any]]) -> None:
    lost, other = set[str](), set[str]()
    for name in NAMES:
        theirs, ours = (made["value"] for made in pairs[f"attributes({name})"])
        lost |= {f"{name}.{field}" for field in theirs.keys() - ours.keys()}
        other |= {f"{name}.{field}" for field in theirs if spelled(theirs[field]) != spelled(ours.get(field))}
    assert lost == set()
    assert other - lost == {"comment.permalink", "user.pro_expiration"}


def sent_alike(theirs: dict[str, Any], ours: dict[str, Any]) -> bool:
    """Whether the same is asked in the same order; PyImgur may read on, for it fetches ahead."""
    before, now = ([asked(*one) for one in made["sent"]] for made in (theirs, ours))
    return before[: len(now)] == now and all(method == "GET" for method, *_ in before[len(now) :])


def asked(method: str, path: str, fields: Iterable[tuple[str, str]] = (), who: str = "") -> tuple[object, ...]:
    """A request in one spelling."""
    plain: dict[str, list[str]] = {}
    for name, value in fields:
        if name not in {"perPage", "url"}:  # how many come at once; a mistake of PyImgur's
            plain.setdefault(name.removesuffix("[]"), []).append(str(value).lower())
    form = {name: ",".join(values) for name, values in plain.items()}
    return method, path.rstrip("/"), form, "" if path == "/oauth2/token" else who


def alike(theirs: dict[str, Any], ours: dict[str, Any]) -> bool:
    """Whether the same comes back, or an error of the same name; where nothing came, anything may."""
    if "raises" in theirs:
        return theirs["raises"][0] in ours.get("raises", [])
    if theirs["value"] is None:
        return "value" in ours
    return spelled(theirs["value"]) == spelled(ours.get("value"))


def spelled(value: object) -> str:
    """A value with the names of classes in one spelling, and without the title and link that our `repr` shows too."""
    text = re.sub(r"<Gallery_?(\w)", lambda found: f"<Gallery{found[1].upper()}", json.dumps(value, sort_keys=True))
    return re.sub(r"<(\w+ [\w\u2026-]+) [^<>]*>", r"<\1>", text)
