"""API objects: lazy loading, one request for each load, copying, comparing, pickling and binding."""

from __future__ import annotations

import asyncio
import contextlib
import copy
import functools
import json
import pickle
import re
import sys
import threading
from collections.abc import Callable
from functools import partial
from typing import Any
from unittest import mock

import httpx2
import pytest

import pyimgur
from client_support import SECRETS, AsyncDriven, Driven, both, enveloped
from picked import picked
from pyimgur import Album, AsyncImgur, Image, Imgur, ImgurError, NotLoaded, User, resources
from pyimgur._core.decode import fields
from pyimgur.resources import Object

APP, ACCESS, REFRESH = SECRETS
IMAGE = {"id": "im1", "title": "A picture", "width": 640, "link": "https://i.imgur.com/im1.png", "brand_new": [1]}
ALBUM = {"id": "al1", "title": "An album", "images": [IMAGE, {"id": "im2"}]}

KINDS = sorted(
    {kind for kind in vars(resources).values() if isinstance(kind, type) and issubclass(kind, Object)} - {Object},
    key=lambda kind: kind.__name__,
)
kinds = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)


class Asked(list[str]):
    """A transport that answers every request alike, and the requests it got."""

    def __init__(self, answer: object = None, status: int = 200) -> None:
        super().__init__()
        self.answer = IMAGE if answer is None else answer
        self.status = status
        self.transport = httpx2.MockTransport(self._handle)

    def _handle(self, request: httpx2.Request) -> httpx2.Response:
        self.append(f"{request.method} {request.url.path}")
        return httpx2.Response(self.status, content=enveloped(self.answer, self.status))


def mocked(drive: type[Driven], asked: Asked, **options: Any) -> Driven:
    return drive("http://127.0.0.1:1", transport=asked.transport, access_token=ACCESS, refresh_token=REFRESH, **options)


def unfetched(kind: type[Object[Any]], it: Driven) -> Object[Any]:
    return kind({kind._key: "x1"}, it.im, has_fetched=False)


# ---- lazy


def test_nothing_is_requested_until_a_field_is_missed_and_then_once() -> None:
    asked = Asked()
    with mocked(Driven, asked) as it:
        image = it.im.image("im1")
        assert image.id == "im1"
        assert not asked
        assert (image.title, image.width, image.link) == ("A picture", 640, IMAGE["link"])
        assert asked == ["GET /3/image/im1"]
        assert picked(image, "description", "views", "animated", "mp4", "is_favorited") == {
            "description": None,
            "views": 0,
            "animated": False,
            "mp4": None,
            "is_favorited": False,
        }
        assert asked == ["GET /3/image/im1"]


def test_a_field_that_came_with_a_listing_is_not_requested() -> None:
    asked = Asked(ALBUM)
    with mocked(Driven, asked) as it:
        album = it.im.get_album("al1")
        assert [image.id for image in album.images] == ["im1", "im2"]
        assert album.images[0].title == "A picture"
        assert asked == ["GET /3/album/al1"]
        asked.answer = {"id": "im2", "title": "Second"}
        assert album.images[1].title == "Second"
        assert asked == ["GET /3/album/al1", "GET /3/image/im2"]


def test_async_nothing_is_fetched_behind_your_back() -> None:
    asked = Asked()
    with mocked(AsyncDriven, asked) as it:
        image = it.im.image("im1")
        with pytest.raises(NotLoaded, match=r"'title' of <Image im1>.*await .*load\(\)") as raised:
            image.title  # noqa: B018
        assert isinstance(raised.value, ImgurError)
        assert isinstance(raised.value, AttributeError)
        assert not asked
        assert it.run(image.load()) is image
        assert (image.title, image.views) == ("A picture", 0)
        assert asked == ["GET /3/image/im1"]


@both
def test_load_and_refresh_ask_each_time(drive: type[Driven]) -> None:
    asked = Asked({"id": "im1", "title": "old"})
    with mocked(drive, asked) as it:
        image = it.run(it.im.image("im1").load())
        assert image.title == "old"
        asked.answer = {"id": "im1", "title": "new"}
        assert it.run(image.refresh()) is image
        assert image.title == "new"
        assert len(asked) == 2


@both
@pytest.mark.parametrize(("told", "kept"), [("", "d" * 15), (None, "d" * 15), ("e" * 15, "e" * 15)])
def test_a_delete_hash_is_not_forgotten(drive: type[Driven], told: str | None, kept: str) -> None:
    """Imgur says it once, to the one who uploaded; later it says an empty one to everybody else."""
    asked = Asked({"id": "im1", "title": "new", "deletehash": told})
    with mocked(drive, asked) as it:
        image = Image[Any]({"id": "im1", "deletehash": "d" * 15}, it.im)
        it.run(image.refresh())
        assert (image.title, image.deletehash) == ("new", kept)


@both
def test_what_is_gone_stays_an_error_and_is_requested_again(drive: type[Driven]) -> None:
    asked = Asked({"error": "Unable to find an image"}, 404)
    with mocked(drive, asked) as it:
        image = it.im.image("im1")
        for _ in range(2):
            with pytest.raises(pyimgur.ResourceNotFoundError):
                it.run(image.load())
        assert len(asked) == 2


@pytest.mark.parametrize("nothing", [{}, {"id": None}, {"title": "t"}, None, [], "", False])
@both
def test_an_answer_without_an_id_is_no_trap(drive: type[Driven], nothing: object) -> None:
    """What has no id cannot be fetched: reading it says so instead of running in circles."""
    asked = Asked()
    with mocked(drive, asked) as it:
        asked.answer = nothing
        limit = sys.getrecursionlimit()
        try:
            image = it.run(it.im.get_image("im1"))
            for name in ("id", "views", "link"):
                getattr(image, name)
        except ImgurError:
            pass
        assert sys.getrecursionlimit() == limit
        assert len(asked) <= 3


@kinds
@both
def test_a_misspelt_name_costs_no_request(drive: type[Driven], kind: type[Object[Any]]) -> None:
    asked = Asked()
    with mocked(drive, asked) as it:
        thing = unfetched(kind, it)
        assert not hasattr(thing, "titel")
        assert not hasattr(thing, "_private")
        assert not hasattr(thing, "__html__")
        with pytest.raises(AttributeError, match=f"{kind.__name__} has no field 'titel'"):
            thing.titel  # noqa: B018
        assert not asked


@kinds
@both
def test_looking_at_an_object_fetches_nothing(drive: type[Driven], kind: type[Object[Any]]) -> None:
    asked = Asked()
    with mocked(drive, asked) as it:
        thing, same = unfetched(kind, it), unfetched(kind, it)
        assert repr(thing) == f"<{kind.__name__} x1>"
        assert thing == same
        assert (thing != same) is False
        assert hash(thing) == hash(same)
        assert thing in {same}
        assert set(fields(kind)) <= set(dir(thing))
        assert str(thing)
        assert bool(thing)
        copies = [copy.copy(thing), copy.deepcopy(thing), pickle.loads(pickle.dumps(thing))]
        assert all(other == thing and other is not thing for other in copies)
        assert not asked


def test_equality_is_by_kind_and_id() -> None:
    with mocked(Driven, Asked()) as it:
        image, album = it.im.image("x"), it.im.album("x")
        assert image != album
        assert image != it.im.image("y")
        assert image != "x"
        assert image is not None
        nameless = [Image({}, it.im) for _ in range(2)]
        assert nameless[0] != nameless[1]
        assert nameless[0] == nameless[0]


def test_fields_that_are_not_declared_are_given_as_they_were_sent() -> None:
    """So that what Imgur adds can be read, though no type checker knows of it."""
    asked = Asked()
    with mocked(Driven, asked) as it:
        image: Any = it.im.get_image("im1")
        assert image.brand_new == image.raw["brand_new"] == [1]
        with pytest.raises(AttributeError, match="Image has no field 'brand_old'"):
            _ = image.brand_old
        with pytest.raises(AttributeError, match="raw"):
            _ = Image.__new__(Image).raw
    assert asked == ["GET /3/image/im1"]


def test_vars_are_the_fields_that_were_sent_under_their_names_here() -> None:
    sent = {"id": "im1", "favorite": True, "nsfw": None, "account_url": "bob", "link": "https://i.imgur.com/im1.png"}
    asked = Asked()
    with mocked(Driven, asked) as it:
        image: Any = Image({**sent, "brand_new": [1], "delete": "a method's name"}, it.im, has_fetched=False)
        image.note = "mine"
        shown = vars(image)
        named = {"id": "im1", "is_favorited": True, "is_nsfw": None, "author": it.im.user("bob"), "brand_new": [1]}
        assert {name: shown[name] for name in named} == named
        assert not shown.keys() & {"favorite", "nsfw", "account_url", "title", "raw", "delete"}
        assert all(getattr(image, name) == value for name, value in shown.items())
        assert shown["link_huge_thumbnail"] == "https://i.imgur.com/im1h.png"
        assert (shown["_info_url"], shown["_has_fetched"]) == (f"{it.im.site.api}/3/image/im1", False)
        assert asked == []
        assert image.title == "A picture"
        assert (vars(image)["title"], image.note) == ("A picture", "mine")
    assert asked == ["GET /3/image/im1"]
    again = pickle.loads(pickle.dumps(image))
    assert (vars(again)["title"], vars(again)["_imgur"], again.note) == ("A picture", None, "mine")


COMMENT = {
    "id": 5, "image_id": "im1", "comment": "so it is", "author": "bob", "author_id": 2, "on_album": False, "ups": 1,
    "parent_id": 4, "deleted": False, "vote": None, "children": [],
}  # fmt: skip


def test_vars_of_a_comment_are_those_of_pyimgur() -> None:
    """Observed with 0.8.1: what other attributes say is left out, and each object has a delete hash."""
    with Imgur("x") as im:
        comment: Any = resources.Comment(COMMENT, im)
        assert (comment.image_id, comment.parent_id, comment.author_id) == ("im1", 4, 2)
        shown = vars(comment)
        assert shown.keys() == {
            "_has_fetched", "_imgur", "_info_url", "author", "deletehash", "id", "image", "is_deleted", "on_album",
            "parent", "permalink", "replies", "text", "ups", "vote",
        }  # fmt: skip
        assert (shown["deletehash"], shown["parent"], shown["image"]) == (None, im.comment(4), im.image("im1"))
        assert shown["permalink"] == "http://imgur.com/gallery/im1/comment/5"
        assert comment.permalink == "https://imgur.com/gallery/im1/comment/5"
        assert comment.deletehash is None
        assert pickle.loads(pickle.dumps(comment)).image_id == "im1"


def test_vars_of_a_message_are_those_of_pyimgur() -> None:
    sent = {"id": 1, "from": "bob", "account_id": 2, "sender_id": 3, "subject": "s", "body": "b", "parent_id": 7}
    with Imgur("x") as im:
        message: Any = resources.Message(sent, im)
        assert (message.parent_id, message.account_id) == (7, 2)
        assert not vars(message).keys() & {"parent_id", "account_id"}
        assert vars(message)["first_message"] == resources.Message({"id": 7}, im)


def test_vars_are_the_attributes_themselves() -> None:
    """What writes into them, as `cached_property` and `mock.patch.object` do, finds it there again."""

    class Framed(Image):
        @functools.cached_property
        def frame(self) -> object:
            return object()

        @property
        def link_page(self) -> str:
            raise RuntimeError("a program's own property is nobody's business")

    with mocked(Driven, Asked(ALBUM)) as it:
        framed: Any = Framed({"id": "im1", "title": "sent", "link": "https://i.imgur.com/im1.png"}, it.im)
        assert framed.frame is framed.frame
        framed.title = "mine"
        vars(framed).update(note=1)
        assert (framed.note, framed.title, vars(framed)["title"]) == (1, "mine", "mine")
        assert "link_page" not in vars(framed)
        album: Any = it.im.get_album("al1")
        with mock.patch.object(album, "images", []):
            assert album.images == []
        assert [image.id for image in album.images] == ["im1", "im2"]
        album.__dict__ = {"note": 2}
        assert (album.note, album.title) == (2, "An album")


def test_what_a_program_sets_stays_where_imgur_sends_nothing_for_it() -> None:
    with mocked(Driven, Asked()) as it:
        image: Any = it.im.image("im1")
        image.name, image.title, image.note = "f.png", "mine", 1
        image.load()
        for each in (image, copy.copy(image), copy.deepcopy(image), it.im.bind(image)):
            assert (each.name, each.title, each.note) == ("f.png", "A picture", 1)
        given = {"id": "im1", "title": "was"}
        made = Image(given, it.im)
        given["title"] = "became"
        assert made.title == "was"


def test_an_object_that_holds_itself_can_be_copied() -> None:
    with mocked(Driven, Asked()) as it:
        image: Any = it.im.get_image("im1")
        image.me = image
        made = copy.deepcopy(image)
        assert made.me is made
        assert made is not image


def test_objects_may_be_read_and_refreshed_by_several_threads() -> None:
    """Each read keeps what it converted, so a read is a write to whoever looks at all of it."""
    failed: list[Exception] = []
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with mocked(Driven, Asked()) as it:
            image = it.im.get_image("im1")

            def work(step: Callable[[], object]) -> None:
                try:
                    for _ in range(300):
                        step()
                except Exception as error:
                    failed.append(error)

            steps = (lambda: vars(image), image.load, lambda: copy.copy(image), lambda: [image.title, image.width])
            learn = [partial(image._merge_fields, {f"new{n}": n}) for n in range(3)]
            threads = [threading.Thread(target=work, args=[step]) for step in (*steps, steps[-1], *learn)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert (failed, image.title) == ([], "A picture")
            assert [image.new0, image.new1, image.new2] == [0, 1, 2]
    finally:
        sys.setswitchinterval(before)


@kinds
def test_vars_of_any_kind_ask_for_nothing_and_show_no_token(kind: type[Object[Any]]) -> None:
    asked = Asked()
    with mocked(Driven, asked) as it:
        for obj in (unfetched(kind, it), kind({}, it.im), kind({}, None)):
            shown = str(vars(obj))
            assert not any(secret in shown for secret in SECRETS)
            assert vars(copy.copy(obj)) == vars(obj)
    assert asked == []


def test_a_field_of_the_wrong_type_spoils_nothing_else() -> None:
    odd = {"id": 7, "title": ["?"], "width": "640", "views": "many", "size": None, "animated": "false", "nsfw": "",
           "images": "none", "mp4": "", "favorite": 1, "datetime": 1.5}  # fmt: skip
    with mocked(Driven, Asked(odd)) as it:
        image, album = it.im.get_image("7"), it.im.get_album("7")
        assert picked(image, "id", "title", "width", "views", "size") == {
            "id": "7",
            "title": "",
            "width": 640,
            "views": 0,
            "size": 0,
        }
        assert picked(image, "animated", "is_nsfw", "is_favorited", "datetime") == {
            "animated": False,
            "is_nsfw": None,
            "is_favorited": True,
            "datetime": 1,
        }
        assert album.images == []
        assert image.raw["views"] == "many"


def test_what_imgur_does_not_send_is_empty_and_of_its_kind() -> None:
    """So that what its type promises can be done with it, and says what is missing."""
    with mocked(Driven, Asked({"id": 5})) as it:
        message = it.im.get_message(5)
        assert isinstance(message.author, pyimgur.User)
        with pytest.raises(NotLoaded, match="has no 'name'"):
            message.reply("hi")
        assert pyimgur.MediaV1({"id": "a", "metadata": [1]}, it.im).metadata == {}


def test_what_it_takes_to_fetch_something_is_not_fetched() -> None:
    with mocked(Driven, Asked({})) as it, pytest.raises(NotLoaded, match="has no 'account_url'"):
        assert pyimgur.Folder({"id": 3}, it.im, has_fetched=False).name


@both
def test_a_kind_that_imgur_gives_in_lists_only_is_whole_as_it_comes(drive: type[Driven]) -> None:
    asked = Asked([{"id": 1, "comments": [{"id": 2}]}])
    with mocked(drive, asked) as it:
        [comment] = it.run(it.im.get_top_comments())
        assert (comment.comment, comment.comments[0].upvote_count) == ("", 0)
        with pytest.raises(NotLoaded, match="no call that returns a single CommentV1"):
            it.run(comment.load())
        with pytest.raises(NotLoaded):
            assert it.im.topic("Funny").description
        assert len(asked) == 1


def test_a_name_of_pyimgur_is_a_field_of_the_api() -> None:
    with mocked(Driven, Asked({"id": "x", "favorite": True, "nsfw": True})) as it:
        assert (it.im.get_image("x").is_favorited, it.im.get_image("x").is_nsfw) == (True, True)


# ---- copies and pickles


@both
def test_copies_belong_to_the_same_client(drive: type[Driven]) -> None:
    asked = Asked()
    with mocked(drive, asked) as it:
        for made in (copy.copy, copy.deepcopy):
            assert it.run(made(it.im.image("im1")).load()).title == "A picture"
        assert len(asked) == 2


def test_a_copy_goes_its_own_way() -> None:
    with mocked(Driven, Asked()) as it:
        image = it.im.get_image("im1")
        for made in (copy.copy, copy.deepcopy):
            other = made(image)
            other.raw["title"] = "Another"
            assert image.raw["title"] == "A picture"
        deep = copy.deepcopy(image)
        deep.raw["brand_new"].append(2)
        assert image.raw["brand_new"] == [1]


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
@both
def test_a_pickle_holds_what_was_fetched_and_nothing_of_the_client(drive: type[Driven], protocol: int) -> None:
    asked = Asked(ALBUM)
    with mocked(drive, asked) as it:
        album = it.run(it.im.get_album("al1"))
        album.images  # noqa: B018 - what was converted holds the client, too
        pickled = pickle.dumps(album, protocol)
        assert not [secret for secret in SECRETS if secret.encode() in pickled]
        again = pickle.loads(pickled)
        assert (again, again.title, again.raw) == (album, "An album", album.raw)
        assert [image.id for image in again.images] == ["im1", "im2"]


@both
def test_what_a_pickle_gave_is_bound_again_with_one_call(drive: type[Driven]) -> None:
    asked = Asked(ALBUM)
    with mocked(drive, asked) as it:
        again = pickle.loads(pickle.dumps(it.run(it.im.get_album("al1"))))
        bound = it.im.bind(again)
        assert bound == again
        asked.answer = {"id": "im2", "title": "Second"}
        assert it.run(bound.images[1].load()).title == "Second"


@both
def test_what_belongs_to_no_client_says_how_to_bind_it(drive: type[Driven]) -> None:
    with mocked(drive, asked := Asked(ALBUM)) as it:
        alone = pickle.loads(pickle.dumps(it.run(it.im.get_album("al1"))))
        for use in (
            lambda: alone.load(),
            lambda: alone.images[1].title,
            lambda: alone.delete(),
            lambda: alone.update(title="t"),
            lambda: alone.images[0].download(),
        ):
            with pytest.raises(NotLoaded, match=r"client\.bind\("):
                it.run(use())
        assert len(asked) == 1


def test_what_is_bound_has_what_it_had() -> None:
    with mocked(Driven, asked := Asked()) as it:
        image = pickle.loads(pickle.dumps(it.im.get_image("im1")))
        assert it.im.bind(image).title == "A picture"
        assert len(asked) == 1


@pytest.mark.parametrize("client", [Imgur, AsyncImgur])
@pytest.mark.parametrize("keep", [pickle.dumps, lambda it: repr(copy.deepcopy(it)).encode()])
def test_no_pickle_holds_a_clients_secrets(client: Any, keep: Any) -> None:
    """A client itself is not for keeping: it holds tokens."""
    it = client("abc123", APP, ACCESS, REFRESH, base_url="http://127.0.0.1:1")
    try:
        kept = keep(it)
    except TypeError:
        return
    assert not [secret for secret in SECRETS if secret.encode() in kept]


@both
def test_no_repr_holds_a_secret(drive: type[Driven]) -> None:
    with mocked(drive, Asked(ALBUM)) as it:
        album = it.run(it.im.get_album("al1"))
        shown = (
            f"{it.im!r} {it.im} {album!r} {album.images!r} {it.im.get_image!r} {it.im._executor.state!r} {it.im.site!r}"
        )
        assert not [secret for secret in SECRETS if secret in shown]
        assert "authorized" in repr(it.im)


# ---- what follows from what is known, and how things are shown


@both
def test_what_follows_from_the_id_needs_no_load(drive: type[Driven]) -> None:
    asked = Asked()
    with mocked(drive, asked) as it:
        album, post, image = it.im.album("al1"), it.im.gallery_album("ga1"), it.im.image("im1")
        site = it.im.site
        followed = {
            album.link: f"{site.web}/a/al1",
            post.link: f"{site.web}/a/ga1",
            image.link_small_square: f"{site.images}/im1s.jpg",
            image.thumbnail("Huge Thumbnail"): f"{site.images}/im1h.jpg",
            it.im.user("sarah").name: "sarah",
            it.im.tag("cats").name: "cats",
        }
        assert (album.is_album, post.is_album, it.im.gallery_image("gi1").is_album) == (True, True, False)
    assert list(followed) == list(followed.values())
    assert asked == []
    assert "link" not in vars(album), "what Imgur has not sent is not there"


@both
def test_imgurs_own_link_comes_before_the_one_that_follows(drive: type[Driven]) -> None:
    with mocked(drive, Asked({**ALBUM, "link": "https://elsewhere.example/a/al1"})) as it:
        album = it.im.album("al1")
        before = album.link
        it.run(album.load())
        assert before != album.link == "https://elsewhere.example/a/al1"


def test_a_delete_hash_makes_no_link() -> None:
    with Imgur("x", base_url="http://127.0.0.1:1") as im:
        secret = Album({"id": "d" * 15}, im)
        assert "ddd" not in f"{secret.link} {secret!r} {secret._repr_html_()}"
    with pytest.raises(NotLoaded, match="belongs to no client"):
        _ = Album({"id": "al1"}, None, has_fetched=False).link


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_a_repr_shows_title_and_link_on_one_short_line(kind: type[Object[Any]]) -> None:
    told = {"title": "The \x1b[31m beach\n" + "x" * 500, "link": "https://i.imgur.com/abc.png?" + "y" * 500}
    shown = repr(kind({kind._key: "abc", **told}, None, has_fetched=False))
    assert shown.startswith(f"<{kind.__name__} abc 'The ")
    assert "https://i.imgur.com/abc.png" in shown
    assert shown.isprintable()
    assert len(shown) < 330
    hidden = repr(
        kind({kind._key: "abc", "deletehash": "d" * 15, "link": f"https://imgur.com/delete/{'d' * 15}"}, None)
    )
    assert "ddd" not in hidden


@pytest.mark.parametrize("client", [Imgur, AsyncImgur])
def test_a_notebook_shows_a_thumbnail_and_asks_for_nothing(client: Any) -> None:
    im = client("x", transport=httpx2.MockTransport(lambda request: pytest.fail(f"asked {request.url}")))
    image = Image(
        {"id": "abc", "title": '<b>"A" & B</b>', "link": "https://i.imgur.com/abc.png"}, im, has_fetched=False
    )
    shown = image._repr_html_()
    assert '<img src="https://i.imgur.com/abcm.png"' in shown
    assert 'href="https://i.imgur.com/abc.png"' in shown
    assert "<b>" not in shown
    assert "&lt;b&gt;&quot;A&quot; &amp; B&lt;/b&gt;" in shown
    album = Album({"id": "al1", "title": "Holiday", "images": [image.raw]}, im, has_fetched=False)
    assert '<img src="https://i.imgur.com/abcm.png"' in album._repr_html_()
    assert "Holiday" in album._repr_html_()
    assert Album({"id": "al1"}, None)._repr_html_() == "<div>Album al1</div>"


@pytest.mark.parametrize(
    "link",
    ["http://i.imgur.com/abc.png", "javascript:alert(1)", "data:text/html,x", "https://", "https://[", 7, None, "",
     f"https://imgur.com/delete/{'d' * 15}", 'https://i.imgur.com/"onerror="x'],
)  # fmt: skip
def test_a_notebook_shows_no_picture_of_a_strange_link(link: Any) -> None:
    shown = Image({"id": "abc", "link": link, "deletehash": "e" * 15}, Imgur("x"))._repr_html_()
    assert not set(re.findall(r"javascript|data:|ddd|eee|src=\"http:|\"onerror", shown)), shown
    assert len(re.findall('"', shown)) % 2 == 0


# ---- changing


@both
def test_an_update_is_known_without_asking(drive: type[Driven]) -> None:
    asked = Asked()
    with mocked(drive, asked) as it:
        image = it.run(it.im.get_image("im1"))
        asked.answer = True
        assert it.run(image.update(title="New")) is True
        assert (image.title, image.width) == ("New", 640)
        assert asked[1:] == ["POST /3/image/im1"]


@both
def test_an_album_whose_pictures_changed_asks_for_them(drive: type[Driven]) -> None:
    asked = Asked(ALBUM)
    with mocked(drive, asked) as it:
        album = it.run(it.im.get_album("al1"))
        assert len(album.images) == 2
        asked.answer = True
        it.run(album.add_images(["im3"]))
        asked.answer = {**ALBUM, "images": [*ALBUM["images"], {"id": "im3"}]}
        if drive is AsyncDriven:
            with pytest.raises(NotLoaded):
                album.images  # noqa: B018
            it.run(album.load())
        assert [image.id for image in album.images] == ["im1", "im2", "im3"]
        assert album.title == "An album"


@both
def test_a_failed_update_changes_nothing(drive: type[Driven]) -> None:
    asked = Asked()
    with mocked(drive, asked) as it:
        image = it.run(it.im.get_image("im1"))
        asked.answer, asked.status = {"error": "no"}, 400
        with pytest.raises(pyimgur.InvalidParameterError):
            it.run(image.update(title="New"))
        assert image.title == "A picture"


@both
def test_without_a_user_things_are_edited_by_their_delete_hash(drive: type[Driven]) -> None:
    asked = Asked(True)
    with drive("http://127.0.0.1:1", transport=asked.transport) as it:
        image = Image({"id": "im1", "deletehash": "d" * 15}, it.im)
        album = Album({"id": "al1", "deletehash": "e" * 15}, it.im)
        it.run(image.delete())
        it.run(album.add_images(image))
        it.run(album.delete())
        assert asked == [
            f"DELETE /3/image/{'d' * 15}",
            f"POST /3/album/{'e' * 15}/add",
            f"DELETE /3/album/{'e' * 15}",
        ]


# ---- thumbnails and names


@pytest.mark.parametrize(("name", "suffix"), [("a.mp4", ".jpg"), ("a.webm", ".jpg"), ("a.png", ".png")])
def test_the_thumbnail_of_a_video_is_a_jpeg(name: str, suffix: str) -> None:
    image = Image({"id": "aBcdeFg", "link": f"https://i.imgur.com/{name}"}, Imgur("abc123"))
    assert image.thumbnail("m") == f"https://i.imgur.com/aBcdeFgm{suffix}"


def test_thumbnails_stand_beside_the_picture() -> None:
    with mocked(Driven, Asked()) as it:
        image = it.im.get_image("im1")
        assert image.link_small_square.startswith("https://i.imgur.com/im1s.")
        letters = [getattr(image, f"link_{name}").rpartition("/im1")[2][0] for name in (
            "small_square", "big_square", "small_thumbnail", "medium_thumbnail", "large_thumbnail", "huge_thumbnail",
        )]  # fmt: skip
        assert letters == list("sbtmlh")
        assert image.thumbnail("Huge Thumbnail") == image.thumbnail("huge_thumbnail") == image.thumbnail("h")
        with pytest.raises(ValueError, match="'enormous' is not a size"):
            image.thumbnail("enormous")


@pytest.mark.parametrize("link", ["", "http://[", "no address", "https://i.imgur.com/", "https://i.imgur.com"])
def test_a_picture_with_a_strange_link_has_thumbnails_or_one_of_our_errors(link: str) -> None:
    with mocked(Driven, Asked({"id": "im1", "link": link})) as it:
        image = it.im.get_image("im1")
        with contextlib.suppress(ImgurError):
            assert isinstance(image.link_huge_thumbnail, str)


def test_a_users_name_is_its_key() -> None:
    with mocked(Driven, asked := Asked({"id": 5, "url": "sarah", "bio": None})) as it:
        user = it.im.user("me")
        assert user == User({"url": "me"}, it.im)
        assert user.id == 5
        assert (user.name, user.url) == ("sarah", "sarah")
        assert asked == ["GET /3/account/me"]


def test_raw_can_be_written_as_json_again() -> None:
    with mocked(Driven, Asked(ALBUM)) as it:
        assert json.loads(json.dumps(it.im.get_album("al1").raw)) == ALBUM


def test_an_async_object_is_fine_on_its_own_loop() -> None:
    async def main() -> str:
        async with AsyncImgur("abc123", base_url="http://127.0.0.1:1", transport=Asked().transport) as im:
            return (await im.get_image("im1")).title

    assert asyncio.run(main()) == "A picture"


class Framed(pyimgur.Image):
    """A user's own kind of picture."""

    frame: str

    def shout(self) -> str:
        return f"{self.title}!".upper()


def test_a_users_own_kind_is_one_of_ours() -> None:
    with mocked(Driven, Asked({"id": "x", "title": "t"})) as it:
        framed = Framed({"id": "x"}, it.im, has_fetched=False)
        assert (framed.shout(), framed.frame, repr(framed)) == ("T!", "", "<Framed x 't'>")
        assert framed == it.im.image("x")
        assert type(copy.copy(framed)) is type(pickle.loads(pickle.dumps(framed))) is Framed


@both
def test_what_a_program_put_on_a_thing_stays_there(drive: type[Driven]) -> None:
    with mocked(drive, Asked()) as it:
        image = it.run(it.im.get_image("im1"))
        image.note, image.title = ["mine"], "a field is Imgur's again when it is fetched"
        for made in (it.run(image.refresh()), copy.copy(image), copy.deepcopy(image)):
            assert (made.note, made.title) == (["mine"], "A picture")
        assert copy.copy(image).note is image.note is not copy.deepcopy(image).note


def test_a_word_is_no_list_of_letters() -> None:
    """A text is a sequence of texts, too."""
    with mocked(Driven, Asked(True)) as it:
        post = it.im.gallery_image("x")
        assert type(post).set_tags.describe(post, "cats").params["tags"] == "cats"
        assert type(post).submit_to_gallery.describe(post, "T", tags="cats").params["tags"] == "cats"


def test_a_tag_can_be_read_as_the_dictionary_it_was_to_pyimgur() -> None:
    sent = {"name": "cats", "display_name": "Cats", "followers": "7"}
    tag = pyimgur.Tag[Any](sent, None)
    assert (tag["display_name"], tag["followers"], tag.followers) == ("Cats", "7", 7)
    assert dict(tag) == dict(tag.items()) == {name: tag[name] for name in tag} == sent
    assert "name" in tag
    assert "nothing" not in tag
    assert (tag.get("nothing", 1), len(tag)) == (1, 3)
    assert bool(pyimgur.Tag[Any]({}, None))
    assert tag == sent
    assert tag != {"name": "dogs"}
    assert {tag} == {pyimgur.Tag[Any]({"name": "cats"}, None)}
    with pytest.raises(KeyError):
        tag["nothing"]
