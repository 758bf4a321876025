"""Uploads are neither lost nor duplicated if responses are lost."""

from __future__ import annotations

import io
import os
import re
from hashlib import sha256
from pathlib import Path
from threading import Barrier, Lock
from typing import Any

import httpx2
import pytest

from pyimgur import Imgur, ImgurIsDownException, Ledger, NoAnswerError, UploadUncertain

PICTURE = b"\x89PNG" + os.urandom(2000)
ANOTHER = b"\x89PNG" + os.urandom(2000)
NOW = 1_700_000_000.0


class Site:
    """An Imgur that takes uploads and loses answers: `lose` of them, with or without keeping what came."""

    def __init__(self, *, lose: int = 0, arrives: bool = True, honours_keys: bool = False, status: int = 0) -> None:
        self.images: list[dict[str, Any]] = []
        self.bytes: dict[str, bytes] = {}
        self.by_key: dict[str, dict[str, Any]] = {}
        self.lose, self.arrives, self.honours_keys, self.status = lose, arrives, honours_keys, status
        self.posts = 0
        self.digests: list[str | None] = []
        self.converts = False

    def client(self, token: str | None = None, retries: int = 2, ledger: Ledger | None = None) -> Imgur:
        transport = httpx2.MockTransport(self)
        return Imgur("app", access_token=token, transport=transport, retries=retries, clock=lambda: NOW, ledger=ledger)

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        path = request.url.path
        if path == "/3/image":
            return self._upload(request)
        if path == "/3/credits":
            headers = {"X-Idempotency-Lifetime": "86400"} if self.honours_keys else {}
            return _answer({}, headers)
        if path == "/3/account/me/images/0":
            return _answer(self.images)
        content = self.bytes[path.strip("/").split(".")[0]]
        return httpx2.Response(200, content=content, headers={"Content-Type": "image/png"})

    def _upload(self, request: httpx2.Request) -> httpx2.Response:
        self.posts += 1
        self.digests.append(request.headers.get("x-content-sha256"))
        lost, self.lose = self.lose > 0, self.lose - 1
        key = request.headers["idempotency-key"]
        image = self.by_key.get(key) if self.honours_keys else None
        if image is None and (self.arrives or not lost):
            image = self.by_key[key] = self._keep(request.read())
        if not lost:
            return _answer(image)
        if self.status:
            return httpx2.Response(self.status, content=b"")
        raise httpx2.ReadError("connection reset")

    def _keep(self, body: bytes) -> dict[str, Any]:
        name = re.search(rb'filename="([^"]*)"', body)
        data = body.split(b"octet-stream\r\n\r\n", 1)[1].rsplit(b"\r\n--", 1)[0]
        id, size = f"img{len(self.images)}", len(data) - (7 if self.converts else 0)
        self.bytes[id] = data
        image = {
            "id": id, "size": size, "datetime": int(NOW), "link": f"https://i.imgur.com/{id}.png",
            "name": name[1].decode() if name else "",
        }  # fmt: skip
        self.images.insert(0, image)
        return image


def _answer(data: object, headers: dict[str, str] | None = None) -> httpx2.Response:
    return httpx2.Response(200, json={"data": data, "success": True, "status": 200}, headers=headers or {})


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pyimgur._policy.flow.FIRST_PAUSE", 0.0)


@pytest.mark.parametrize("arrives", [True, False])
@pytest.mark.parametrize("status", [0, 200, 502])
def test_a_server_that_honours_keys_is_sent_the_upload_again(arrives: bool, status: int) -> None:
    site = Site(lose=1, arrives=arrives, honours_keys=True, status=status)
    image = site.client().upload_image(PICTURE)
    assert (image.id, len(site.images), site.posts) == ("img0", 1, 2)


def test_an_upload_that_was_cut_off_is_repeated_with_the_digest(tmp_path: Path) -> None:
    site = Site(lose=1, honours_keys=True)
    with Ledger(tmp_path / "ledger") as ledger:
        with pytest.raises(NoAnswerError):
            site.client(retries=0, ledger=ledger).upload_image(PICTURE)
        site.client(ledger=ledger).upload_image(PICTURE)
    assert site.digests == [sha256(PICTURE).hexdigest()] * 2
    assert len(site.images) == 1


@pytest.mark.parametrize("status", [0, 200, 503])
def test_with_a_token_what_arrived_is_found_and_not_sent_again(status: int) -> None:
    site = Site(lose=1, status=status)
    image = site.client("token").upload_image(PICTURE)
    assert (image.id, len(site.images), site.posts) == ("img0", 1, 1)


def test_with_a_token_what_did_not_arrive_is_sent_again() -> None:
    site = Site(lose=1, arrives=False)
    image = site.client("token").upload_image(PICTURE)
    assert (image.id, len(site.images), site.posts) == ("img0", 1, 2)


def test_two_files_of_equal_name_and_size_both_arrive() -> None:
    site = Site(lose=0)
    im = site.client("token")
    first = im.upload_image(PICTURE)
    site.lose, site.arrives = 1, False
    second = im.upload_image(ANOTHER)
    assert first.id != second.id
    assert [site.bytes[first.id], site.bytes[second.id]] == [PICTURE, ANOTHER]


def test_another_programs_file_of_equal_name_and_size_is_not_taken_for_ours() -> None:
    site = Site()
    site.client("token").upload_image(ANOTHER)
    site.lose, site.arrives = 1, False
    image = site.client("token").upload_image(PICTURE)
    assert site.bytes[image.id] == PICTURE
    assert len(site.images) == 2


def test_anonymous_uploads_without_an_answer_are_uncertain() -> None:
    site = Site(lose=1)
    with pytest.raises(UploadUncertain, match="not sent again") as caught:
        site.client().upload_image(PICTURE)
    assert site.posts == 1
    assert "newest images" not in str(caught.value), "an anonymous client has no list to look at"
    assert "upload it again if a second copy does no harm" in str(caught.value)


NOT_AGAIN, AGAIN = "so it was not sent again", "trying again under the same idempotency key did not settle it"


@pytest.mark.parametrize("token", [None, "token"])
@pytest.mark.parametrize(("retries", "said", "not_said"), [(0, NOT_AGAIN, AGAIN), (2, AGAIN, NOT_AGAIN)])
def test_an_uncertain_upload_says_whether_it_was_sent_again(
    retries: int, said: str, not_said: str, token: str | None
) -> None:
    site = Site(lose=9, honours_keys=True)
    with pytest.raises(UploadUncertain) as caught:
        site.client(token, retries=retries).upload_image(PICTURE)
    assert (site.posts, len(site.images)) == (retries + 1, 1)
    assert said in str(caught.value)
    assert not_said not in str(caught.value)


def test_one_that_was_cut_off_and_is_lost_again_was_sent_again(tmp_path: Path) -> None:
    site = Site(lose=9, honours_keys=True)
    with Ledger(tmp_path / "ledger") as ledger:
        for said in (NOT_AGAIN, AGAIN):
            with pytest.raises(UploadUncertain, match=said):
                site.client(retries=0, ledger=ledger).upload_image(PICTURE)
    assert site.posts == 2


def test_a_changed_picture_of_a_second_attempt_was_sent_again() -> None:
    site = Site(lose=2, arrives=False)

    def answer(request: httpx2.Request) -> httpx2.Response:
        site.arrives = site.converts = site.posts > 0
        return site(request)

    with (
        Imgur("app", access_token="t", transport=httpx2.MockTransport(answer), clock=lambda: NOW) as im,
        pytest.raises(UploadUncertain, match=f"img0 has its name but another size.*{AGAIN}"),
    ):
        im.upload_image(PICTURE)
    assert site.posts == 2


@pytest.mark.parametrize("status", [400, 0])
def test_a_second_attempt_that_fails_otherwise_says_so(status: int) -> None:
    """Nothing of it was sent, or it was refused: the first one may be there all the same."""
    site = Site(lose=1, honours_keys=True)

    def answer(request: httpx2.Request) -> httpx2.Response:
        if request.url.path != "/3/image" or not site.posts:
            return site(request)
        if status:
            return httpx2.Response(status, json={"data": {"error": "No"}, "success": False, "status": status})
        raise httpx2.ConnectError("gone")

    with (
        Imgur("app", transport=httpx2.MockTransport(answer), clock=lambda: NOW) as im,
        pytest.raises(UploadUncertain, match=AGAIN) as caught,
    ):
        im.upload_image(PICTURE)
    assert NOT_AGAIN not in str(caught.value)


def test_who_asks_again_under_a_key_says_which_file_it_is(tmp_path: Path) -> None:
    """A key alone may be guessed: the server gives the earlier answer for the same file only."""
    path = tmp_path / "a.png"
    path.write_bytes(PICTURE)
    for file in (PICTURE, path, io.BytesIO(PICTURE)):
        site = Site(lose=2, honours_keys=True)
        site.client().upload_image(file)
        first, *again = site.digests
        assert first in {None, sha256(PICTURE).hexdigest()}
        assert again == [sha256(PICTURE).hexdigest()] * 2


def test_a_file_of_a_ledger_is_named_by_its_digest_at_once(tmp_path: Path) -> None:
    site = Site(honours_keys=True)
    with Ledger(tmp_path / "ledger.db") as ledger:
        site.client(ledger=ledger).upload_image(PICTURE)
    assert site.digests == [sha256(PICTURE).hexdigest()]


def test_a_5xx_without_a_token_is_uncertain_too() -> None:
    site = Site(lose=1, status=500)
    with pytest.raises(UploadUncertain):
        site.client().upload_image(PICTURE)
    assert site.posts == 1


def test_a_picture_that_imgur_changed_is_uncertain() -> None:
    site = Site(lose=1)
    site.converts = True
    with pytest.raises(UploadUncertain, match="img0"):
        site.client("token").upload_image(PICTURE)
    assert site.posts == 1


def test_what_imgur_changed_says_so() -> None:
    site = Site()
    assert site.client().upload_image(PICTURE).converted is False
    site.converts = True
    assert site.client().upload_image(PICTURE).converted is True


def test_giving_up_raises_what_happened_last() -> None:
    site = Site(lose=9, arrives=False, honours_keys=True, status=503)
    with pytest.raises(ImgurIsDownException):
        site.client(retries=2).upload_image(PICTURE)
    assert site.posts == 3


def test_a_lost_answer_is_not_forgotten_when_the_server_fails_afterwards() -> None:
    """The first attempt arrived: a 503 to the last one does not say that nothing did."""
    site = Site(lose=3, honours_keys=True)

    def answer(request: httpx2.Request) -> httpx2.Response:
        site.status = 503 if site.posts else 0
        return site(request)

    with (
        Imgur("app", transport=httpx2.MockTransport(answer), clock=lambda: NOW) as im,
        pytest.raises(UploadUncertain, match="503"),
    ):
        im.upload_image(PICTURE)
    assert (site.posts, len(site.images)) == (3, 1)


def test_many_come_in_order_with_errors_in_their_places(tmp_path: Path) -> None:
    site = Site()
    results = site.client().upload_images([PICTURE, tmp_path / "none.png", ANOTHER, b""], concurrency=3)
    kinds = [type(result).__name__ for result in results]
    assert kinds == ["Image", "MissingFileError", "Image", "EmptyFileError"]
    assert {site.bytes[image.id] for image in results if not isinstance(image, Exception)} == {PICTURE, ANOTHER}


def test_two_lost_uploads_of_equal_name_and_size_do_not_take_each_others_image() -> None:
    both_arrived = Barrier(2)

    class BothLost(Site):
        def __call__(self, request: httpx2.Request) -> httpx2.Response:
            if request.url.path == "/3/image":
                with lock:
                    self._keep(request.read())
                both_arrived.wait(60)
                raise httpx2.ReadError("connection reset")
            return super().__call__(request)

    lock = Lock()
    results = BothLost().client("token").upload_images([PICTURE, PICTURE], concurrency=2)
    kinds = [type(result).__name__ for result in results]
    assert "UploadUncertain" in kinds, "one of the two images cannot be told from the other"
