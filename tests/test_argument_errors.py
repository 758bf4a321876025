"""Invalid arguments raise an error with advice before anything is sent, in sync and async."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import pyimgur
from client_support import PIXEL, Driven, both, serving
from pyimgur import ArgumentError, Imgur, MissingFileError, NotAuthorizedError
from pyimgur.budget import Policy
from pyimgur.resources import Album, Image


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda im: im.create_album(privacy="secert"), "privacy must be one of 'public', 'hidden', 'secret'"),
        (lambda im: im.create_album(layout="zzz"), "layout must be one of"),
        (lambda im: im.album("x").update(privacy="privat"), "privacy must be one of"),
        (lambda im: im.user("me").change_settings(album_privacy="x"), "album_privacy must be one of"),
        (lambda im: im.upload_image(PIXEL, if_known="Reuse"), "if_known must be one of 'resume', 'reuse', 'ignore'"),
        (lambda im: im.upload_images([PIXEL], if_known="x"), "if_known must be one of"),
        (lambda im: im.get_image(im.image("x")), "id must be text, and this is Image"),
        (lambda im: im.get_album("https://imgur.com/a/x"), "get_at_url"),
        (lambda im: im.send_request("GET", "3/credits"), "the URL comes first"),
    ],
    ids=lambda given: given if isinstance(given, str) else "",
)
@both
def test_arguments(drive: type[Driven], ask: Callable[[Any], Any], said: str) -> None:
    with (
        serving(lambda wire: wire.data({})) as server,
        drive(server.url, access_token="t") as it,
        pytest.raises(ArgumentError) as raised,
    ):
        it.run(ask(it.im))
    assert said in str(raised.value)
    assert not server.seen


@pytest.mark.parametrize("client_id", [None, ""])
def test_an_application_without_an_id(client_id: Any) -> None:
    """As of an environment that lacks it; a token needs none."""
    with serving(lambda wire: wire.data({"id": "x"})) as server:
        im = Imgur(client_id, base_url=server.url, access_token="t")
        assert im.get_image("x").id == "x"
        for ask in (Imgur(client_id, base_url=server.url).get_image, im.authorization_url):
            with pytest.raises(ArgumentError, match="client_id"):
                ask("pin")
        assert len(server.seen) == 1


def test_a_policy_may_be_its_word_alone() -> None:
    assert Imgur("x", limits="ignore")._executor.state.limits == Policy("ignore")
    with pytest.raises(ArgumentError, match="policy must be one of 'raise', 'wait', 'ignore'"):
        Imgur("x", limits="Wait")


@both
def test_me_is_nobody_where_nobody_has_authorized(drive: type[Driven]) -> None:
    with serving(lambda wire: wire.data({})) as server, drive(server.url) as it, pytest.raises(NotAuthorizedError):
        it.run(it.im.get_user("me"))
    assert not server.seen


@pytest.mark.parametrize(
    ("path", "said"), [("https://example.org/a.png", "pass it as url="), ("~/a.png", "Path.expanduser")]
)
def test_a_path_that_is_none(path: str, said: str) -> None:
    with pytest.raises(MissingFileError) as raised:
        Imgur("x").upload_image(path)
    assert path in str(raised.value)
    assert said in str(raised.value)


def test_a_login_that_cannot_end_well_asks_nobody(tmp_path: Path) -> None:
    def never(_: str) -> str:
        raise AssertionError("somebody was asked")

    for way, error in (("bogus", ArgumentError), ("code", NotAuthorizedError), ("pin", NotAuthorizedError)):
        with pytest.raises(error, match=way):
            pyimgur.login("x", way=way, show=never, ask=never)


# ---- what objects and methods say of themselves


@both
def test_a_favourite_is_known_as_one(drive: type[Driven]) -> None:
    said = iter(["favorited", "unfavorited"])
    with serving(lambda wire: wire.data(next(said))) as server, drive(server.url, access_token="t") as it:
        for kind in (Image, Album):
            thing = kind({"id": "x", "favorite": False}, it.im)
            assert it.run(thing.favorite()) == "favorited"
            assert thing.is_favorited
            assert it.run(thing.favorite()) == "unfavorited"
            assert not thing.is_favorited
            said = iter(["favorited", "unfavorited"])


def test_a_method_is_one_of_its_class_too() -> None:
    with serving(lambda wire: wire.data({"id": "x"})) as server, Driven(server.url) as it:
        assert [image.id for image in map(Imgur.get_image, [it.im], ["x"])] == ["x"]


@pytest.mark.parametrize(
    ("method", "gives"),
    [
        (Imgur.get_album, "Album"),
        (Imgur.upload_image, "Image"),
        (Imgur.get_gallery, "list[GalleryItem]"),
        (Imgur.get_pictures, "list[Picture]"),
        (Imgur("x").get_album, "Album"),
        (Imgur("x").get_gallery, "list[GalleryItem]"),
    ],
)
def test_a_signature_tells_what_a_call_gives(method: Any, gives: str) -> None:
    signature = inspect.signature(method)
    assert signature.return_annotation == gives
    assert len(signature.parameters) > 0


def test_what_can_be_walked_shows_its_arguments() -> None:
    assert repr(Imgur("x").get_subreddit_gallery).startswith("<get_subreddit_gallery(subreddit: ")


def test_modules_of_pyimgur_are_there_without_being_imported() -> None:
    assert pyimgur.request.send_request
    assert pyimgur.conversion


def test_a_misspelt_field_says_what_was_asked_of_what() -> None:
    image = Image({"id": "x"}, Imgur("x"))
    with pytest.raises(AttributeError) as raised:
        image.titel  # noqa: B018
    assert (raised.value.name, raised.value.obj) == ("titel", image)
