"""Albums: their images and order, who may see them, and who may change them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from context_support import ANN, BOB, upload, using

from picked import picked
from pyimgur.server.errors import ForbiddenError, NotFoundError, ValidationError
from pyimgur.server.services import albums, images
from pyimgur.server.services.albums import AlbumFields

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pyimgur.server.services.albums import Album
    from pyimgur.server.services.context import ServerContext
    from pyimgur.server.services.images import Image


async def create(context: ServerContext, account: int | None = ANN, **said: object) -> Album:
    details = replace(AlbumFields(), **said)
    return await albums.create(context, details, account=account, client_id="c")


async def pictures(context: ServerContext, count: int, account: int | None = ANN) -> list[Image]:
    return [await upload(context, account=account) for _ in range(count)]


async def held(context: ServerContext, album: Album) -> list[str]:
    return [image.id for image in await images.list_by_album(context, album.id)]


def ids(some: Sequence[Image]) -> list[str]:
    return [image.id for image in some]


def hashes(some: Sequence[Image]) -> list[str]:
    return [image.deletehash for image in some]


# ---- making


def test_a_new_album_has_what_was_said_and_imgurs_defaults(tmp_path: Path) -> None:
    async def work(context: ServerContext) -> None:
        plain = await create(context, None)
        assert picked(plain, "title", "privacy", "layout", "images_count") == {
            "title": None,
            "privacy": "hidden",
            "layout": "blog",
            "images_count": 0,
        }
        assert (plain.account_id, plain.account_name, plain.cover_id) == (None, None, None)
        assert (len(plain.id), len(plain.deletehash)) == (7, 15)
        said = await create(context, title="A title", description="Cool stuff!", privacy="secret", layout="grid")
        assert picked(said, "title", "description", "privacy", "layout") == {
            "title": "A title",
            "description": "Cool stuff!",
            "privacy": "secret",
            "layout": "grid",
        }
        assert (said.account_name, said.client_id) == ("ann", "c")
        odd = await create(context, title="", privacy="nobody", layout="round")
        assert (odd.title, odd.privacy, odd.layout) == (None, "hidden", "blog")

    using(tmp_path, work)


def test_an_album_is_made_with_its_pictures_and_its_cover(tmp_path: Path) -> None:
    async def work(context: ServerContext) -> None:
        some = await pictures(context, 3)
        made = await create(context, title="Kept", images=[some[2].id, some[0].id, some[2].id], cover=some[0].id)
        assert await held(context, made) == [some[2].id, some[0].id]
        assert (made.title, made.images_count) == ("Kept", 2)
        assert (made.cover_id, made.cover_width, made.cover_height) == (some[0].id, 40, 30)

    using(tmp_path, work)


@pytest.mark.parametrize("account", [ANN, None])
def test_of_anothers_pictures_only_those_whose_delete_hash_one_has_go_in(tmp_path: Path, account: int | None) -> None:
    async def work(context: ServerContext) -> None:
        bobs, nobodys = await pictures(context, 1, BOB), await pictures(context, 1, None)
        for wrong in (ids(bobs), ids(nobodys), ["absent1"], ["x" * 15]):
            with pytest.raises(ValidationError, match="You must own all the image ids to add them to album"):
                await create(context, account, images=wrong)
        made = await create(context, account, images=hashes(bobs + nobodys))
        assert await held(context, made) == ids(bobs + nobodys)
        assert await albums.count_by_account(context, ANN, viewer=ANN) == (
            account == ANN
        )  # what was refused is not there

    using(tmp_path, work)


# ---- seeing


@pytest.mark.parametrize(
    ("privacy", "owner", "stranger"), [("public", True, True), ("hidden", True, True), ("secret", True, False)]
)
def test_who_sees_an_album(tmp_path: Path, privacy: str, owner: bool, stranger: bool) -> None:
    async def sees(context: ServerContext, key: str, viewer: int | None) -> bool:
        try:
            await albums.get(context, key, viewer)
        except NotFoundError:
            return False
        return True

    async def work(context: ServerContext) -> None:
        made = await create(context, privacy=privacy)
        assert await sees(context, made.id, ANN) is owner
        assert await sees(context, made.id, BOB) is stranger
        assert await sees(context, made.id, None) is stranger
        assert await sees(context, made.deletehash, None) is True
        assert await sees(context, "absent1", ANN) is False

    using(tmp_path, work)


def test_an_anonymous_secret_album_is_seen_with_its_delete_hash_alone(tmp_path: Path) -> None:
    async def work(context: ServerContext) -> None:
        made = await create(context, None, privacy="secret")
        assert (await albums.get(context, made.deletehash, None)).id == made.id
        with pytest.raises(NotFoundError):
            await albums.get(context, made.id, None)

    using(tmp_path, work)


def test_an_accounts_albums_come_newest_first_and_to_others_the_public_ones(tmp_path: Path) -> None:
    async def work(context: ServerContext) -> None:
        made = [await create(context, privacy=privacy) for privacy in ("public", "hidden", "secret", "public")]
        await create(context, BOB, privacy="public")
        newest = [album.id for album in reversed(made)]
        for viewer, expected in ((ANN, newest), (BOB, [newest[0], newest[3]]), (None, [newest[0], newest[3]])):
            found = await albums.list_by_account(context, ANN, viewer=viewer)
            assert [album.id for album in found] == expected
            assert await albums.count_by_account(context, ANN, viewer=viewer) == len(expected)
        pages = [await albums.list_by_account(context, ANN, viewer=ANN, page=page, per_page=3) for page in range(3)]
        assert [[album.id for album in page] for page in pages] == [newest[:3], newest[3:], []]

    using(tmp_path, work)


# ---- changing


def test_only_what_is_said_changes(tmp_path: Path) -> None:
    async def work(context: ServerContext) -> None:
        some = await pictures(context, 2)
        made = await create(context, title="one", description="two", images=ids(some))
        await albums.change(context, made.id, ANN, AlbumFields(title="new"))
        changed = await albums.change(context, made.id, ANN, AlbumFields(privacy="public", layout="round"))
        assert changed == made._replace(title="new", privacy="public")
        emptied = await albums.change(context, made.deletehash, None, AlbumFields(title="", description=""))
        assert (emptied.title, emptied.description, emptied.images_count) == (None, None, 2)

    using(tmp_path, work)


def test_pictures_are_added_at_the_end_set_in_order_and_taken_out(tmp_path: Path) -> None:
    async def work(context: ServerContext) -> None:
        a, b, c, d = ids(await pictures(context, 4))
        made = await create(context, images=[a])
        await albums.add_images(context, made.id, ANN, [c, b, a])
        assert await held(context, made) == [a, c, b]
        await albums.change(context, made.id, ANN, AlbumFields(images=[d, a, b]))
        assert await held(context, made) == [d, a, b]
        await albums.remove_images(context, made.id, ANN, [a, c, "absent1"])
        assert await held(context, made) == [d, b]
        await albums.add_images(context, made.id, ANN, [a])
        assert await held(context, made) == [d, b, a]
        await albums.change(context, made.id, ANN, AlbumFields(images=[]))
        assert await held(context, made) == []

    using(tmp_path, work)


def test_an_anonymous_album_is_filled_ordered_and_emptied_with_delete_hashes(tmp_path: Path) -> None:
    async def work(context: ServerContext) -> None:
        some = await pictures(context, 3, None)
        made = await create(context, None)
        await albums.add_images(context, made.deletehash, None, hashes(some))
        await albums.change(
            context, made.deletehash, None, AlbumFields(images=ids(some)[::-1])
        )  # it holds them already
        assert await held(context, made) == ids(some)[::-1]
        await albums.remove_images(context, made.deletehash, None, [some[1].deletehash])
        assert await held(context, made) == [some[2].id, some[0].id]
        own = await pictures(context, 1, ANN)
        await albums.add_images(context, made.deletehash, ANN, ids(own))  # one's own, into an album one has the hash of
        assert (await held(context, made))[2:] == ids(own)

    using(tmp_path, work)


def test_a_change_that_is_refused_changes_nothing(tmp_path: Path) -> None:
    async def work(context: ServerContext) -> None:
        mine, bobs = await pictures(context, 2), await pictures(context, 1, BOB)
        made = await create(context, title="one", images=ids(mine))
        for images_wanted in (ids(bobs), [*ids(mine)[:1], *ids(bobs)]):
            with pytest.raises(ValidationError, match=f"You must own all the image ids to add them to album {made.id}"):
                await albums.change(context, made.id, ANN, AlbumFields(title="two", images=images_wanted))
            with pytest.raises(ValidationError):
                await albums.add_images(context, made.id, ANN, images_wanted)
        assert await held(context, made) == ids(mine)
        assert (await albums.get(context, made.id, ANN)).title == "one"

    using(tmp_path, work)


@pytest.mark.parametrize(("owner", "viewer"), [(ANN, BOB), (ANN, None), (None, ANN), (None, None)])
@pytest.mark.parametrize(("privacy", "refusal"), [("hidden", ForbiddenError), ("secret", NotFoundError)])
def test_who_has_only_the_id_of_anothers_album_changes_nothing(
    tmp_path: Path, owner: int | None, viewer: int | None, privacy: str, refusal: type[Exception]
) -> None:
    async def work(context: ServerContext) -> None:
        made = await create(context, owner, title="mine", privacy=privacy)
        own = ids(await pictures(context, 1, BOB))
        for attempt in (
            albums.change(context, made.id, viewer, AlbumFields(title="yours")),
            albums.add_images(context, made.id, viewer, own),
            albums.remove_images(context, made.id, viewer, own),
            albums.remove(context, made.id, viewer),
        ):
            with pytest.raises(refusal):
                await attempt
        assert await albums.get(context, made.deletehash, None) == made

    using(tmp_path, work)


def test_a_deleted_album_is_gone_and_its_pictures_stay(tmp_path: Path) -> None:
    async def work(context: ServerContext) -> None:
        some = await pictures(context, 2)
        for key, viewer in (("id", ANN), ("deletehash", None)):
            made = await create(context, images=ids(some))
            await albums.remove(context, getattr(made, key), viewer)
            with pytest.raises(NotFoundError):
                await albums.get(context, made.id, ANN)
        assert await images.count_by_account(context, ANN) == 2
        with pytest.raises(ValidationError, match=r"An ID is required\."):
            await albums.remove(context, "", ANN)

    using(tmp_path, work)


def test_the_cover_is_the_chosen_picture_while_the_album_holds_it_or_else_the_first(tmp_path: Path) -> None:
    async def work(context: ServerContext) -> None:
        some, bobs = await pictures(context, 3), await pictures(context, 1, BOB)
        made = await create(context, images=ids(some))
        assert made.cover_id == some[0].id
        for wanted, cover in ((some[2].id, some[2].id), (bobs[0].id, some[0].id), (some[1].id, some[1].id)):
            assert (await albums.change(context, made.id, ANN, AlbumFields(cover=wanted))).cover_id == cover
        await albums.remove_images(context, made.id, ANN, [some[1].id])
        assert (await albums.get(context, made.id, ANN)).cover_id == some[0].id
        await albums.add_images(context, made.id, ANN, [some[1].id])
        assert (await albums.get(context, made.id, ANN)).cover_id == some[1].id
        await images.remove(context, some[1].id, ANN)
        await images.remove(context, some[0].id, ANN)
        left = await albums.get(context, made.id, ANN)
        assert (left.cover_id, left.images_count) == (some[2].id, 1)

    using(tmp_path, work)
