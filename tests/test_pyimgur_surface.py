"""Programs written for PyImgur 0.8.1 find what they know: names, arguments in order, defaults, and what comes back.

The tables are that library's public surface, as it shows itself to `inspect` and to a server that answers it.
"""

from __future__ import annotations

import inspect
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest

import pyimgur
import pyimgur.exceptions
from client_support import AsyncDriven, Driven, both, enveloped
from picked import picked
from pyimgur import IMGUR
from pyimgur._core.endpoint import action, endpoint, listing
from pyimgur._policy import pagination
from pyimgur.basic_objects import Basic_object

SIGNATURES = """
Imgur.__init__: client_id, client_secret=None, access_token=None, refresh_token=None, mashape_key=None, \
rapidapi_key=None
Imgur.authorization_url: response, state=''
Imgur.change_authentication: client_id=None, client_secret=None, access_token=None, refresh_token=None
Imgur.create_album: title=None, description=None, images=None, cover=None
Imgur.exchange_code: code
Imgur.exchange_pin: pin
Imgur.get_album: album_id
Imgur.get_at_url: url
Imgur.get_comment: comment_id
Imgur.get_gallery: section='hot', sort='viral', window='day', show_viral=True, limit=None
Imgur.get_gallery_album: gallery_album_id
Imgur.get_gallery_image: gallery_item_id
Imgur.get_image: image_id
Imgur.get_memes_gallery: sort='viral', window='week', limit=None
Imgur.get_message: message_id
Imgur.get_notification: notification_id
Imgur.get_subreddit_gallery: subreddit, sort='time', window='top', limit=None
Imgur.get_subreddit_image: subreddit, image_id
Imgur.get_user: username
Imgur.is_imgur_url: url
Imgur.refresh_access_token:
Imgur.search_gallery: q=None, q_all=None, q_any=None, q_exactly=None, q_not=None, q_type=None, q_size_px=None, \
sort='time', window='all', limit=None
Imgur.send_request: url, needs_auth=False, force_client_auth=False
Imgur.upload_image: path=None, url=None, title=None, description=None, album=None
Album.add_images: images
Album.delete:
Album.favorite:
Album.refresh:
Album.remove_images: images
Album.submit_to_gallery: title, bypass_terms=False
Album.update: title=None, description=None, images=None, cover=None, layout=None, privacy=None
Comment.delete:
Comment.downvote:
Comment.get_replies:
Comment.refresh:
Comment.reply: text
Comment.upvote:
Gallery_item.comment: text
Gallery_item.downvote:
Gallery_item.get_comments: sort='new', limit=None
Gallery_item.get_votes:
Gallery_item.remove_from_gallery:
Gallery_item.upvote:
Image.delete:
Image.download: path='', name=None, overwrite=False, size=None
Image.favorite:
Image.refresh:
Image.submit_to_gallery: title, bypass_terms=False
Image.update: title=None, description=None
Message.delete:
Message.get_thread:
Message.refresh:
Message.reply: body
Notification.mark_as_viewed:
Notification.refresh:
User.change_settings: bio=None, public_images=None, messaging_enabled=None, album_privacy=None, \
accepted_gallery_terms=None
User.delete:
User.get_albums: limit=None
User.get_comments: sort='newest', limit=None
User.get_favorites: limit=None
User.get_gallery_favorites: sort=None, limit=None
User.get_gallery_profile:
User.get_images: limit=None
User.get_messages: new=True
User.get_notifications: new=True
User.get_replies: new=True
User.get_settings:
User.get_statistics:
User.get_submissions: limit=None
User.has_verified_email:
User.refresh:
User.send_message: body, subject=None, reply_to=None
User.send_verification_email:
"""
METHODS = dict(line.split(":", 1) for line in SIGNATURES.strip().splitlines())

ERRORS = (
    "AuthenticationError", "FileOverwriteError", "ImgurIsDownException", "InvalidParameterError", "PyImgurError",
    "ResourceNotFoundError", "UnexpectedImgurException",
)  # fmt: skip

IMAGE: dict[str, Any] = {
    "id": "imAge01", "title": None, "description": "", "datetime": 1700000000, "type": "image/png", "animated": True,
    "width": 30, "height": 20, "size": 400, "views": 3, "bandwidth": 1200, "vote": None, "favorite": True,
    "nsfw": False, "section": None, "account_url": "sarah", "account_id": 9, "is_ad": False, "in_most_viral": False,
    "has_sound": False, "tags": [], "in_gallery": False, "link": "https://i.imgur.com/imAge01.png", "name": "beach",
}  # fmt: skip
POST = {"ups": 5, "downs": 2, "points": 3, "score": 4, "comment_count": 1, "favorite_count": 2, "topic": None,
        "topic_id": 0, "in_gallery": True}  # fmt: skip
ALBUM: dict[str, Any] = {
    "id": "alBum01", "title": "T", "description": None, "datetime": 1700000000, "cover": "imAge01", "cover_width": 30,
    "cover_height": 20, "account_url": "sarah", "privacy": "public", "layout": "blog", "views": 3,
    "link": "https://imgur.com/a/alBum01", "favorite": False, "nsfw": None, "section": None, "images_count": 1,
    "images": [IMAGE],
}  # fmt: skip
COMMENT: dict[str, Any] = {
    "id": 77, "image_id": "imAge01", "comment": "well said", "author": "bob", "author_id": 8, "on_album": False,
    "album_cover": None, "ups": 1, "downs": 0, "points": 1, "datetime": 1700000000, "parent_id": 76,
    "deleted": False, "vote": "up", "platform": "api", "children": [{"id": 78, "comment": "so it is"}],
}  # fmt: skip
MESSAGE = {"id": 5, "from": "bob", "sender_id": 8, "body": "hello", "conversation_id": 3, "datetime": 1700000000,
           "subject": "s", "parent_id": 4, "timestamp": "now", "recipient_account_id": 9}  # fmt: skip
NOTIFICATION = {"id": 6, "account_id": 9, "viewed": "0", "content": COMMENT}
USER = {"id": 9, "url": "sarah", "bio": None, "reputation": 12, "created": 1300000000}

ATTRIBUTES: list[tuple[Callable[[Any], Any], object, str]] = [
    (lambda im: im.get_image("imAge01"), IMAGE, """
        id title description datetime type is_animated width height size views bandwidth vote is_favorited is_nsfw
        section account_url account_id is_ad in_most_viral has_sound tags in_gallery link name deletehash
        link_small_square link_big_square link_small_thumbnail link_medium_thumbnail link_large_thumbnail
        link_huge_thumbnail"""),
    (lambda im: im.get_album("alBum01"), ALBUM, """
        id title description datetime cover cover_width cover_height author privacy layout views link is_favorited
        is_nsfw section images deletehash"""),
    (lambda im: im.get_gallery_image("imAge01"), {**IMAGE, **POST, "is_album": False}, """
        id title ups downs points score is_album comment_count favorite_count topic topic_id author link_big_square
        is_favorited is_nsfw is_animated"""),
    (lambda im: im.get_gallery_album("alBum01"), {**ALBUM, **POST, "is_album": True}, """
        id title ups downs points score is_album comment_count favorite_count topic topic_id author cover images
        is_favorited is_nsfw"""),
    (lambda im: im.get_comment(77), COMMENT, """
        id text author image replies parent is_deleted ups downs points datetime vote platform on_album album_cover"""),
    (lambda im: im.get_message(5), MESSAGE, """
        id author body subject datetime sender_id conversation_id timestamp recipient_account_id first_message"""),
    (lambda im: im.get_notification(6), NOTIFICATION, "id account_id content is_viewed"),
    (lambda im: im.get_user("sarah"), USER, "id name bio reputation created"),
]  # fmt: skip


class Answering:
    """A transport that answers each request with the next of these, the last one again and again."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.asked: list[httpx2.Request] = []
        self.transport = httpx2.MockTransport(self._handle)

    def _handle(self, request: httpx2.Request) -> httpx2.Response:
        self.asked.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        headers = {"X-RateLimit-ClientRemaining": "12", "X-RateLimit-UserReset": "3600"}
        return httpx2.Response(200, content=enveloped(answer), headers=headers)


def talking(drive: type[Driven], *answers: Any, **options: Any) -> tuple[Driven, Answering]:
    server = Answering(*answers)
    options = {"access_token": "t0ken", "base_url": IMGUR, **options}
    return drive(transport=server.transport, **options), server


def signature(name: str) -> list[inspect.Parameter]:
    kind, _, method = name.partition(".")
    found = inspect.getattr_static(getattr(pyimgur, kind), method)
    described = found.describe if isinstance(found, (endpoint, listing, action)) else found
    return list(inspect.signature(described).parameters.values())[1:]


@pytest.mark.parametrize("name", METHODS)
def test_a_method_takes_what_it_took(name: str) -> None:
    """What came first comes first; what is new may be left out, or comes by name."""
    known = [one for one in METHODS[name].strip().split(", ") if one]
    ours = signature(name)
    shown = [one.name if one.default is one.empty else f"{one.name}={one.default!r}" for one in ours]
    assert shown[: len(known)] == known
    assert all(one.default is not one.empty for one in ours[len(known) :])


@pytest.mark.parametrize("name", ERRORS)
def test_an_error_has_its_name(name: str) -> None:
    assert issubclass(getattr(pyimgur.exceptions, name), pyimgur.PyImgurError)
    assert getattr(pyimgur, name) is getattr(pyimgur.exceptions, name)


@pytest.mark.parametrize("status", [400, 401, 403, 409, 413, 418, 429])
def test_what_pyimgur_did_not_tell_apart_is_caught_under_its_name(status: int) -> None:
    server = httpx2.MockTransport(lambda _: httpx2.Response(status, content=enveloped({"error": "no"}, status)))
    with Driven(IMGUR, transport=server) as it, pytest.raises(pyimgur.UnexpectedImgurException, match=f"{status} no"):
        it.im.get_image("imAge01")


def test_the_names_with_underscores_are_the_same_classes() -> None:
    assert pyimgur.Gallery_album is pyimgur.GalleryAlbum
    assert pyimgur.Gallery_image is pyimgur.GalleryImage
    assert pyimgur.Gallery_item is pyimgur.GalleryItem
    assert issubclass(pyimgur.Gallery_image, (pyimgur.Image, pyimgur.Gallery_item))
    assert issubclass(pyimgur.Gallery_album, (pyimgur.Album, pyimgur.Gallery_item))


@pytest.mark.parametrize(("get", "body", "names"), ATTRIBUTES, ids=lambda value: "")
@both
def test_an_object_has_its_attributes(drive: type[Driven], get: Callable[[Any], Any], body: object, names: str) -> None:
    it, server = talking(drive, body)
    with it:
        thing = it.run(get(it.im))
        for name in names.split():
            assert getattr(thing, name) == getattr(pickle.loads(pickle.dumps(thing)), name)
        assert len(server.asked) == 1


def test_what_stands_in_them() -> None:
    it, _ = talking(Driven, ALBUM)
    album = it.im.get_album("alBum01")
    assert picked(album, "cover", "author", "is_favorited", "is_nsfw") == {
        "cover": it.im.image("imAge01"),
        "author": it.im.user("sarah"),
        "is_favorited": False,
        "is_nsfw": None,
    }
    assert (type(album.cover), type(album.author), album.author.name) == (pyimgur.Image, pyimgur.User, "sarah")
    assert album.images[0].link_huge_thumbnail == "https://i.imgur.com/imAge01h.png"
    assert repr(album.images).startswith("[<Image imAge01 ")
    it, _ = talking(Driven, COMMENT)
    comment = it.im.get_comment(77)
    assert (comment.text, comment.author.name, comment.image.id) == ("well said", "bob", "imAge01")
    assert (comment.parent, [reply.text for reply in comment.replies]) == (it.im.comment(76), ["so it is"])
    assert comment.permalink == "https://imgur.com/gallery/imAge01/comment/77"
    it, _ = talking(Driven, {**COMMENT, "parent_id": 0})
    assert it.im.get_comment(77).parent is None
    it, _ = talking(Driven, MESSAGE)
    assert (it.im.get_message(5).author.name, it.im.get_message(5).first_message.id) == ("bob", 4)


@both
def test_lists_are_lists_and_as_long_as_asked(drive: type[Driven]) -> None:
    page = [{**IMAGE, "id": f"im{n:05}", "is_album": False} for n in range(60)]
    more = [{**ALBUM, "id": f"al{n:05}", "is_album": True} for n in range(60)]
    it, server = talking(drive, page, more, [])
    with it:
        items = it.run(it.im.get_gallery(limit=70))
        assert (isinstance(items, list), len(items)) == (True, 70)
        assert {type(one) for one in items} == {pyimgur.GalleryImage, pyimgur.GalleryAlbum}
        assert [one.url.path for one in server.asked] == [f"/3/gallery/hot/viral/day/{page}" for page in (0, 1)]
    it, _ = talking(drive, page, more, [])
    with it:
        it.im.DEFAULT_LIMIT = 3
        assert len(it.run(it.im.get_gallery())) == 3
    it, _ = talking(drive, page, more, [])
    with it:
        assert len(it.listed(it.im.get_gallery.iter(limit=-1))) == 120
    it, server = talking(drive, [page[0]] * 5, [page[0]] * 5, [])
    with it:
        assert len(it.run(it.im.get_memes_gallery(limit=8))) == 8  # that a stand-in repeats itself means nothing
        assert len(server.asked) == 2


@pytest.mark.parametrize("page", [[{"id": "a"}, {"id": "a"}], [{"name": "no id"}]])
def test_a_server_that_sends_one_page_again_and_again_does_not_either(page: object) -> None:
    it, server = talking(Driven, page)
    with it:
        assert all(isinstance(each, pyimgur.Album) for each in it.im.user("bob").get_albums.iter())
        assert len(server.asked) <= 1 + pagination.MAX_REPEATS


def test_a_server_that_ignores_the_page_does_not_hold_us_for_ever() -> None:
    for drive in (Driven, AsyncDriven):
        it, server = talking(drive, [{**IMAGE, "is_album": False}])
        with it:
            assert len(it.run(it.im.get_gallery())) == 1
            assert len(server.asked) == 2


@both
def test_what_else_comes_back(drive: type[Driven], tmp_path: Path) -> None:
    settings = {"email": "a@b.org", "album_privacy": "hidden"}
    it, _ = talking(drive, settings)
    with it:
        assert it.run(it.im.user("me").get_settings()) == settings
        assert (it.im.ratelimit_clientremaining, it.im.ratelimit_clientlimit) == (12, None)
        assert it.im.ratelimit_userreset > 3600
    it, _ = talking(drive, {"replies": [NOTIFICATION], "messages": []})
    with it:
        told = it.run(it.im.user("me").get_notifications())
        assert told == {"replies": [pyimgur.Notification({"id": 6}, it.im)], "messages": []}
        assert (told["replies"][0].is_viewed, told["replies"][0].comment.text) == (False, "well said")
    it, _ = talking(
        drive, {"replies": [{"id": 6, "content": "so it is", "comment_id": 78, "author": "bob"}], "total": 1}
    )
    with it:
        [reply] = it.run(it.im.user("me").get_replies())
        assert reply.id == 6
    assert (reply.comment.id, reply.comment.text, reply.comment.author.name) == (78, "so it is", "bob")
    it, _ = talking(drive, {"ups": 3, "downs": 1})
    with it:
        assert it.run(it.im.gallery_image("imAge01").get_votes()) == {"ups": 3, "downs": 1}
    it, _ = talking(drive, {**COMMENT, "children": [COMMENT]})
    with it:
        assert it.run(it.im.comment(77).get_replies()) == [it.im.comment(77)]
    it, _ = talking(drive, "favorited")
    with it:
        assert it.run(it.im.image("imAge01").favorite()) == "favorited"
    it, _ = talking(drive, None)
    with it:
        assert it.run(it.im.comment(77).report(1)) is True
    it, _ = talking(drive, {"a": 1})
    with it:
        assert it.run(it.im.send_request("https://api.imgur.com/3/credits")) == {"a": 1}
        with pytest.raises(ValueError, match="not a URL of"):
            it.run(it.im.send_request("https://elsewhere.org/3/credits"))


@both
def test_what_is_shared_becomes_a_post_and_back_with_one_call_each(drive: type[Driven]) -> None:
    it, server = talking(drive, True)
    with it:
        post = it.run(it.im.image("imAge01").submit_to_gallery("T"))
        assert (type(post).__name__, post.id, post.title) == ("GalleryImage", "imAge01", "T")
        image = it.run(post.remove_from_gallery())
        assert (type(image), image.id) == (pyimgur.Image, "imAge01")
        album = it.run(it.run(it.im.album("alBum01").submit_to_gallery("T")).remove_from_gallery())
        assert (type(album), album.id) == (pyimgur.Album, "alBum01")
        assert len(server.asked) == 4


@both
def test_a_comment_that_was_written_is_known(drive: type[Driven]) -> None:
    it, server = talking(drive, {"id": "2386727269"})
    with it:
        comment = it.run(it.im.gallery_image("imAge01").comment("well said"))
        assert (comment.id, comment.text, comment.image.id) == (2386727269, "well said", "imAge01")
        answer = it.run(comment.reply("so it is"))
        assert (answer.parent.id, answer.text) == (2386727269, "so it is")
        assert len(server.asked) == 2


@both
def test_what_only_a_user_can_do_is_refused_without_asking(drive: type[Driven]) -> None:
    it, server = talking(drive, True, access_token=None)
    with it:
        for call in (
            lambda: it.im.image("imAge01").favorite(),
            lambda: it.im.comment(77).upvote(),
            lambda: it.im.gallery_album("alBum01").comment("hi"),
            lambda: it.im.user("me").get_settings(),
        ):
            with pytest.raises(pyimgur.AuthenticationError, match="a user has to authorize"):
                it.run(call())
        assert server.asked == []


@both
def test_what_imgur_switched_off_is_for_whoever_still_answers_to_decide(drive: type[Driven]) -> None:
    it, server = talking(drive, {"id": 6}, access_token=None)
    with it:
        assert it.run(it.im.get_notification(6)).id == 6
        assert len(server.asked) == 1


@both
def test_what_imgur_switched_off_says_so_when_it_fails(drive: type[Driven]) -> None:
    server = httpx2.MockTransport(lambda _: httpx2.Response(404, content=enveloped({"error": "gone"}, 404)))
    with (
        drive(base_url=IMGUR, transport=server) as it,
        pytest.raises(pyimgur.ResourceNotFoundError) as raised,
    ):
        it.run(it.im.get_default_topics())
    assert str(raised.value) == "GET 3/topics/defaults: 404 gone (Imgur dropped this call in 2017-05)"


def test_its_faults_are_not_kept() -> None:
    it, server = talking(Driven, {"id": "alBum01", "deletehash": "h" * 15})
    it.im.create_album("T", "D", ["imAge01"])
    assert b"title=T&description=D" in server.asked[-1].content
    it.im.comment(77).delete()
    assert server.asked[-1].url.path == "/3/comment/77"
    image = pyimgur.Image({"id": "imAge01"}, it.im)
    assert {image, it.im.image("imAge01")} == {image}


def test_the_application_changes_as_a_whole() -> None:
    im = pyimgur.Imgur("id", "secret", "access", "refresh")
    im.change_authentication(access_token="another")
    assert picked(im, "client_id", "client_secret", "access_token", "refresh_token") == {
        "client_id": "id",
        "client_secret": "secret",
        "access_token": "another",
        "refresh_token": None,
    }
    im.change_authentication("id2", "secret2")
    assert (im.client_id, im.client_secret, im.access_token) == ("id2", "secret2", None)
    with pytest.raises(pyimgur.InvalidParameterError, match="both client_id and client_secret"):
        im.change_authentication(client_id="id3")


def test_a_size_that_there_is_not_is_an_invalid_parameter() -> None:
    it, _ = talking(Driven, IMAGE)
    with pytest.raises(pyimgur.InvalidParameterError, match="'enormous' is not a size; the sizes are small_square, "):
        it.im.get_image("imAge01").download(size="enormous")


@both
def test_a_thing_can_be_made_by_hand(drive: type[Driven]) -> None:
    it, server = talking(drive, {**IMAGE, "title": "T"})
    with it:
        image = pyimgur.Image({"id": "imAge01"}, it.im, has_fetched=False)
        assert (it.run(image.load()).title, server.asked[-1].url.path) == ("T", "/3/image/imAge01")
        whole = pyimgur.Gallery_image(json_dict={"id": "imAge01", "account_url": "bob"}, imgur=it.im)
        assert (whole.author.name, whole.title) == ("bob", None)
        assert pyimgur.User({"url": "bob"}, whole, False) == whole.author
        assert (image._has_fetched, whole.author._has_fetched) == (True, False)
        assert len(server.asked) == 1
    with pytest.raises(AttributeError, match="no_such_field"):
        repr(Basic_object({}, None, True).no_such_field)
    assert issubclass(pyimgur.Comment, Basic_object)
    with pytest.raises(pyimgur.NotLoaded, match="belongs to no client"):
        repr(pyimgur.Image({"id": "imAge01"}, None, has_fetched=False).title)


WRONG: list[Callable[[Any], object]] = [
    lambda im: im.upload_image(),
    lambda im: im.upload_image("a.png", url="http://x.org/a.png"),
    lambda im: im.image("imAge01").update(),
    lambda im: im.search_gallery(),
    lambda im: im.get_subreddit_gallery("pics", sort="viral"),
    lambda im: im.gallery_image("imAge01").get_comments(sort="worst"),
    lambda im: im.user("sarah").get_comments(sort="top"),
    lambda im: im.user("sarah").get_gallery_favorites(sort="best"),
    lambda im: im.authorization_url("pins"),
    lambda im: im.send_request("https://elsewhere.org/3/credits"),
    lambda im: im.send_request("3/image/x", method="POST", params={"title": "\ud800"}, as_json=True),
]


@pytest.mark.parametrize("call", WRONG)
@both
def test_what_makes_no_sense_is_refused_without_asking(drive: type[Driven], call: Callable[[Any], object]) -> None:
    it, server = talking(drive, True)
    with it, pytest.raises(pyimgur.InvalidParameterError) as raised:
        it.run(call(it.im))
    assert isinstance(raised.value, ValueError)
    assert not raised.value.status
    assert server.asked == []


@both
def test_who_asks_may_be_set(drive: type[Driven]) -> None:
    it, server = talking(drive, IMAGE)
    with it:
        it.im.access_token, it.im.refresh_token = "another", "r"
        it.run(it.im.get_image("imAge01"))
        assert server.asked[-1].headers["authorization"] == "Bearer another"
        it.im.access_token = it.im.refresh_token = None
        it.im.client_id, it.im.client_secret = "app2", "s2"
        it.run(it.im.get_image("imAge01"))
        assert server.asked[-1].headers["authorization"] == "Client-ID app2"
        assert (it.im.client_id, it.im.client_secret, it.im.access_token) == ("app2", "s2", None)
        assert not it.im.is_authenticated
        it.im.refresh_token = "r"
        assert it.im.is_authenticated


def test_a_commercial_application_sees_its_gateway() -> None:
    it, server = talking(Driven, {"a": 1}, rapidapi_key="k" * 20, access_token=None)
    assert it.im.base_url == "https://imgur-apiv3.p.rapidapi.com"
    assert it.im.send_request(f"{it.im.base_url}/3/credits") == {"a": 1}
    assert str(server.asked[-1].url) == "https://imgur-apiv3.p.rapidapi.com/3/credits"


def test_a_call_that_a_program_wrote_itself_shows_none_of_its_secrets() -> None:
    it, server = talking(Driven, {"error": "no"})
    server.status = 400
    with it, pytest.raises(pyimgur.ImgurError) as raised:
        it.im.send_request(f"3/image/{'a1' * 7}b/x?access_token=s3cret", method="DELETE")
    assert raised.value.request == "DELETE 3/image/…/x"
    assert server.asked[-1].url.path == f"/3/image/{'a1' * 7}b/x"


def test_a_query_is_asked_together_with_the_parameters() -> None:
    it, server = talking(Driven, [])
    with it:
        it.im.send_request("3/gallery/search?q=cats&from=http://a/", params={"page": 1})
    assert str(server.asked[-1].url).endswith("/3/gallery/search?q=cats&from=http://a/&page=1")


@both
def test_any_call_can_carry_a_document(drive: type[Driven]) -> None:
    it, server = talking(drive, True)
    with it:
        it.run(it.im.send_request("3/image/x", method="POST", params={"title": "T"}, as_json=True))
        assert (server.asked[-1].headers["content-type"], server.asked[-1].content) == (
            "application/json", b'{"title":"T"}',
        )  # fmt: skip


@both
def test_what_was_uploaded_knows_what_was_said_of_it(drive: type[Driven]) -> None:
    it, _ = talking(drive, {**IMAGE, "title": None, "description": None})
    with it:
        image = it.run(it.im.upload_image(b"x" * 400, title="T", description="D", album="alBum01"))
        assert (image.title, image.description, image.album) == ("T", "D", it.im.album("alBum01"))
        hidden = it.run(it.im.upload_image(b"x" * 400, album="d3l3tehash12345"))
        assert "album" not in hidden.raw  # nobody asks an album by its delete hash


@pytest.mark.parametrize("name", ERRORS)
def test_an_error_can_be_raised_by_a_stand_in(name: str) -> None:
    kind = getattr(pyimgur, name)
    assert (str(kind()), str(kind("said"))) == ("", "said")
