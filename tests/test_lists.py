"""`has_more` of lists: its value, the requests it costs, and which operations keep it."""

from __future__ import annotations

import copy
import io
import json
import pickle
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Drawing

from client_support import Driven, both, serving
from pyimgur import Image, ItemList

if TYPE_CHECKING:
    from client_support import Handler, Wire
    from pyimgur.testing import LocalImgur

ACCESS = "access"
MORE = st.sampled_from([True, False, None])


def pages(*sizes: int) -> Handler:
    """A user with so many images on each page, whatever page size is asked for."""

    def handle(wire: Wire) -> None:
        number = int(wire.path.rpartition("/")[2])
        count = sizes[number] if number < len(sizes) else 0
        wire.data([{"id": f"{number}-{n}"} for n in range(count)])

    return handle


@pytest.mark.parametrize(
    ("limit", "has_more", "requests"),
    [
        (1, True, 1),  # within a page
        (51, True, 2),
        (50, None, 1),  # at the end of a page: only another request could tell
        (120, None, 3),
        (121, False, 4),  # an empty page is the end
        (1000, False, 4),
        (0, None, 0),
    ],
)
@both
def test_a_list_tells_whether_it_was_cut(drive: type[Driven], limit: int, has_more: bool | None, requests: int) -> None:
    with serving(pages(50, 50, 20)) as server, drive(server.url, access_token=ACCESS) as it:
        images = it.run(it.im.user("me").get_images(limit))
        assert (images.has_more, len(server.seen), len(images)) == (has_more, requests, min(limit, 120))


@both
def test_the_default_limit_cuts_too(drive: type[Driven]) -> None:
    with serving(pages(60, 60)) as server, drive(server.url, access_token=ACCESS) as it:
        assert it.run(it.im.user("me").get_images()).has_more is True
        it.im.DEFAULT_LIMIT = 500
        assert it.run(it.im.user("me").get_images()).has_more is False


@pytest.mark.parametrize(("limit", "has_more"), [(2, True), (3, False), (4, False), (None, False)])
@both
def test_what_comes_all_at_once_is_known_whole(drive: type[Driven], limit: int | None, has_more: bool) -> None:
    images = [{"id": f"image{n}"} for n in range(3)]
    with serving(lambda wire: wire.data(images)) as server, drive(server.url) as it:
        assert it.run(it.im.album("aBcdeFg").get_images(limit)).has_more is has_more


@pytest.mark.parametrize(("following", "has_more"), [("cursor", True), (None, False)])
@both
def test_the_server_may_report_more(drive: type[Driven], following: str | None, has_more: bool) -> None:
    answer = {"items": [{"url": "bob"}], "next": following}
    with serving(lambda wire: wire.data(answer)) as server, drive(server.url, access_token=ACCESS) as it:
        assert it.run(it.im.get_blocked_users()).has_more is has_more
        assert len(server.seen) == 1


@pytest.mark.parametrize(
    ("limit", "has_more"),
    [
        (1, True),  # within an album
        (2, True),  # at its end, with a post behind it
        (3, None),  # at the end of a page
        (9, False),
        (None, False),
    ],
)
@both
def test_pictures_and_downloads_tell_it_too(drive: type[Driven], limit: int | None, has_more: bool | None) -> None:
    def handle(wire: Wire) -> None:
        images = [{"id": f"imag{n}", "link": f"http://x/imag{n}.png"} for n in range(3)]
        album = {"id": "albm0", "is_album": True, "images_count": 2, "images": images[:2]}
        wire.data([album, {**images[2], "is_album": False}] if wire.path.endswith("/0") else [])

    with serving(handle) as server, drive(server.url) as it:
        pictures = it.run(it.im.get_pictures(f"{server.url}/r/pics", limit=limit))
        assert (len(pictures), pictures.has_more) == (min(limit or 3, 3), has_more)
        downloads = it.run(it.im.download(f"{server.url}/r/pics", limit=limit, dry_run=True))
        assert (len(downloads), downloads.has_more) == (min(limit or 3, 3), has_more)


@both
def test_a_real_server(drive: type[Driven], imgur: LocalImgur, tmp_path: Any) -> None:
    for color in range(3):
        imgur.client.upload_image(picture(color))
    with drive(imgur.url, access_token=imgur.client.access_token) as it:
        images = it.run(it.im.user("me").get_images(limit=2))
        assert (len(images), images.has_more) == (2, True)
        assert it.run(it.im.user("me").get_images()).has_more is False


def picture(color: int) -> bytes:
    """A picture of one color."""
    made = io.BytesIO()
    Drawing.new("RGB", (4, 4), (color, 0, 0)).save(made, "PNG")
    return made.getvalue()


# ---- the list itself


@given(st.lists(st.integers()), MORE, st.slices(5), st.sampled_from(range(pickle.HIGHEST_PROTOCOL + 1)))
def test_slices_copies_and_pickles_keep_it(items: list[int], has_more: bool | None, part: slice, protocol: int) -> None:
    made = ItemList(items, has_more=has_more)
    pickled = pickle.loads(pickle.dumps(made, protocol))
    for same in (made[:], made.copy(), copy.copy(made), copy.deepcopy(made), pickled):
        assert isinstance(same, ItemList)
        assert (same, same.has_more) == (items, has_more)
    assert (made[part], made[part].has_more) == (items[part], has_more)


@given(st.lists(st.integers(-(2**63), 2**63), min_size=1), MORE)
def test_it_is_a_list_in_every_other_respect(items: list[int], has_more: bool | None) -> None:
    made = ItemList(items, has_more=has_more)
    assert isinstance(made, list)
    assert made == items
    assert items == made
    assert made == ItemList(items), "has_more is no part of what is equal"
    assert (repr(made), made[-1], type(made[-1])) == (repr(items), items[-1], int)
    assert json.dumps(made) == json.dumps(items)
    assert msgspec.json.encode(made) == msgspec.json.encode(items)
    assert msgspec.msgpack.encode({"items": made}) == msgspec.msgpack.encode({"items": items})
    for plain in (sorted(made), made + items, items + made, made * 2, [*made], list(made)):
        assert type(plain) is list
    made += [7]
    made.sort()
    assert (made, made.has_more) == (sorted([*items, 7]), has_more)


def test_a_list_made_by_hand_knows_nothing() -> None:
    assert ItemList([1]).has_more is None
    assert ItemList[int]() == []


def test_images_in_a_pickled_list_survive_too() -> None:
    made = ItemList([Image({"id": "aBcdeFg"}, None)], has_more=True)
    again = pickle.loads(pickle.dumps(made))
    assert (again[0].id, again.has_more) == ("aBcdeFg", True)
