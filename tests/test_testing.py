"""The test kit: the fixture `imgur`, its faults, its clock, and servers for other languages."""

from __future__ import annotations

import asyncio
import http.client
import io
import json
import subprocess
import sys
import threading
from contextlib import closing, suppress
from urllib.request import urlopen

import pytest
from PIL import Image
from sqlalchemy import select

import pyimgur
from pyimgur import ImgurError
from pyimgur.server.db.query import Query
from pyimgur.server.db.rows import table_row
from pyimgur.server.db.schema import image
from pyimgur.testing import FAULTS, Fault, LocalImgur, local_imgur

PROGRAM = """
import pyimgur
print(pyimgur.Imgur("any").create_album("from a child").load().title)
"""


@pytest.fixture(scope="module")
def png() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (40, 30), "teal").save(file, "PNG")
    return file.getvalue()


def test_the_client_is_signed_in(imgur: LocalImgur) -> None:
    assert imgur.client.get_user("me").url == imgur.username
    assert imgur.client.create_album("mine").load().account_url == imgur.username


@pytest.mark.filterwarnings("error")
def test_a_server_that_has_stopped_says_so() -> None:
    with local_imgur() as stopped:
        pass
    with pytest.raises(RuntimeError, match="this server has stopped: use it within the block"):
        stopped.reset()


def test_nothing_is_left_of_another_test(imgur: LocalImgur, png: bytes) -> None:
    imgur.client.upload_image(png)
    imgur.fail("down", times=None)
    imgur.advance(days=1)
    imgur.reset()
    assert imgur.client.get_user("me").get_images() == []
    assert imgur.clock.ahead == 0


def test_nothing_arrives_late_from_a_program_that_was_killed(imgur: LocalImgur, png: bytes) -> None:
    for _ in range(10):
        for _ in range(3):
            with closing(http.client.HTTPConnection(imgur.url.removeprefix("http://"))) as killed:
                killed.request("POST", "/3/image", png, {"Authorization": f"Client-ID {imgur.client_id}"})
        imgur.reset()
        imgur.client.upload_image(png).delete()  # time for all that came before it
        blobs = imgur._context.settings.data / "blobs"
        assert [file for file in blobs.rglob("*") if file.is_file()] == []
        assert imgur._server.run(lambda: imgur._context.db.scan(Query(select(image), table_row(image)).all())) == []


def test_a_call_without_end_does_not_hold_the_next_test_up(imgur: LocalImgur, png: bytes) -> None:
    imgur.fail("slow")
    with closing(http.client.HTTPConnection(imgur.url.removeprefix("http://"))) as waiting:
        waiting.request("POST", "/3/image", png, {"Authorization": f"Client-ID {imgur.client_id}"})
        assert waiting.getresponse().status == 200  # of the body, a byte has come
        imgur.reset()
    assert imgur._server.run(lambda: imgur._context.db.scan(Query(select(image), table_row(image)).all())) == []


def test_threads_that_go_on_do_not_hold_the_next_test_up(imgur: LocalImgur, png: bytes) -> None:
    headers, stopped = {"Authorization": f"Client-ID {imgur.client_id}"}, threading.Event()

    def upload() -> None:
        with closing(http.client.HTTPConnection(imgur.url.removeprefix("http://"))) as connection:
            while not stopped.is_set():
                with suppress(OSError, http.client.HTTPException):
                    connection.request("POST", "/3/image", png, headers)
                    connection.getresponse().read()

    threads = [threading.Thread(target=upload) for _ in range(8)]
    for thread in threads:
        thread.start()
    try:
        imgur.reset()
    finally:
        stopped.set()
        for thread in threads:
            thread.join()


def test_a_child_process_is_sent_here(imgur: LocalImgur) -> None:
    command = [sys.executable, "-c", PROGRAM]
    done = subprocess.run(command, env=imgur.env(), capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "from a child\n"


IMGUR_ONLY = """
import json, urllib.request
request = urllib.request.Request("https://api.imgur.com/3/account/tester", headers={"Authorization": "Client-ID any"})
print(json.load(urllib.request.urlopen(request, timeout=30))["data"]["url"])
"""


def test_a_child_process_that_knows_imgur_only_is_sent_here(imgur: LocalImgur) -> None:
    command = [sys.executable, "-c", IMGUR_ONLY]
    done = subprocess.run(command, env=imgur.env(), capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout == "tester\n", done.stderr
    imgur.assert_called("GET", "/3/account/tester", times=1)


def test_time_passes_for_both_sides(imgur: LocalImgur) -> None:
    before = imgur.client.access_token
    imgur.advance(hours=2)
    assert imgur.client.get_user("me").url == imgur.username
    assert imgur.client.access_token != before


def test_the_async_client_acts_for_the_account(imgur: LocalImgur) -> None:
    async def main() -> str:
        async with imgur.async_client() as im:
            return (await im.get_user("me")).url

    assert asyncio.run(main()) == imgur.username


def test_two_run_side_by_side(imgur: LocalImgur) -> None:
    with local_imgur() as other:
        other.client.create_album("there")
        assert len(other.client.get_user("me").get_albums()) == 1
        assert imgur.client.get_user("me").get_albums() == []


def test_several_accounts_and_applications(imgur: LocalImgur) -> None:
    bot = imgur.create_application("bot")
    kim, sam = imgur.create_account("kim"), imgur.create_account("sam", application=bot)
    kims_bot = kim.log_in(bot)
    kim.client.create_album("by hand")
    kims_bot.client.create_album("by the bot")
    assert [album.title for album in sam.client.get_user("me").get_albums()] == []
    assert len(kim.client.get_user("me").get_albums()) == 2

    async def name() -> str:
        async with kims_bot.async_client() as im:
            return (await im.get_user("me")).url

    assert asyncio.run(name()) == "kim"
    imgur.assert_called("POST", "/3/album", account="kim", client_id=imgur.client_id, times=1)
    imgur.assert_called("POST", "/3/album", account="kim", client_id=bot.client_id, times=1)
    imgur.assert_called("GET", "/3/account/sam/albums/*", account="sam", client_id=bot.client_id)
    assert bot.client_secret not in f"{bot} {kim} {sam}"
    imgur.reset()
    with pytest.raises(ValueError, match="taken"):
        imgur.create_account("tester")
    assert imgur.create_account("kim").client.get_user("me").get_albums() == []


ERRORS = {
    "rate-limit": pyimgur.RateLimitError,
    "too-fast": pyimgur.RateLimitError,
    "gateway-limit": pyimgur.RateLimitError,
    "dead-token-401": pyimgur.AuthenticationError,
    "dead-token-403": pyimgur.AuthenticationError,
    "html": pyimgur.UnexpectedImgurException,
    "down": pyimgur.ImgurIsDownException,
    "empty": pyimgur.ImgurIsDownException,
    "over-capacity": pyimgur.ImgurIsDownException,
    "region-block": pyimgur.AuthenticationError,
    "cut-before": pyimgur.NoAnswerError,
    "cut-after": pyimgur.NoAnswerError,
}


@pytest.mark.parametrize("kind", ERRORS)
def test_each_fault_is_what_it_says(imgur: LocalImgur, kind: str) -> None:
    imgur.fail(kind, path="/3/album", method="POST", times=None)
    with pytest.raises(ERRORS[kind]):
        imgur.anonymous().create_album("struck")
    albums = len(imgur.client.get_user("me").get_albums())
    assert albums == 0


def test_every_fault_is_tested() -> None:
    assert {*ERRORS, "slow", "custom"} == set(FAULTS)


def test_cut_after_did_what_was_asked(imgur: LocalImgur, png: bytes) -> None:
    imgur.fail("cut-after", path="/3/image")
    image = imgur.client.upload_image(png)
    assert [found.id for found in imgur.client.get_user("me").get_images()] == [image.id]


def test_a_dead_token_is_refreshed_and_the_call_made_again(imgur: LocalImgur) -> None:
    imgur.fail("dead-token-403")
    before = imgur.client.access_token
    assert imgur.client.create_album("in the end").load().title == "in the end"
    assert imgur.client.access_token != before


def test_a_slow_answer_meets_the_deadline(imgur: LocalImgur) -> None:
    imgur.fail("slow", times=None)
    im = pyimgur.Imgur("any", base_url=imgur.url, deadline=0.5, retries=0)
    with im, pytest.raises(pyimgur.DeadlineError):
        im.create_album("slowly")


@pytest.mark.parametrize("spec", ["nonsense", "down:times=0", "down:path", "down:color=red", "down:times=²"])
def test_a_fault_that_is_none_is_refused(spec: str) -> None:
    with pytest.raises(ValueError, match=r"fault|times"):
        Fault.parse(spec)


def test_a_fault_as_text() -> None:
    assert Fault.parse("cut-after:path=/3/image*:times=ever:method=POST") == Fault(
        "cut-after", "/3/image*", "POST", None
    )


def test_a_server_for_other_languages() -> None:
    command = [sys.executable, "-m", "pyimgur", "serve", "--throwaway", "--port", "0", "--fault", "down:path=/healthz"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            address = server.stdout.readline().split()[2]
            with pytest.raises(OSError, match="503"):
                urlopen(f"{address}/healthz", timeout=10)
            with urlopen(f"{address}/healthz", timeout=10) as answer:
                assert answer.status == 200
        finally:
            server.terminate()
            server.wait(30)


@pytest.mark.parametrize("options", [["--fault", "down"], ["--throwaway", "--data", "somewhere"]])
def test_faults_never_strike_a_real_data_folder(options: list[str]) -> None:
    command = [sys.executable, "-m", "pyimgur", "serve", "--port", "0", *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert "--throwaway" in done.stderr
    assert done.stdout == ""


def test_serve_needs_neither_alembic_nor_decoders_to_start() -> None:
    program = "import json, sys, pyimgur.server.app; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert not {"alembic", "PIL", "av"} & set(json.loads(done.stdout))


def test_a_fault_with_a_number_of_times_makes_as_many_requests_fail(imgur: LocalImgur) -> None:
    imgur.fail("region-block", path="/3/account/*", times=2)
    for _ in range(2):
        with pytest.raises(ImgurError, match="forbidden"):
            imgur.client.get_user("me")
    assert imgur.client.get_user("me").url == imgur.username
