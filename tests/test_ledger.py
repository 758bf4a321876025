"""The upload ledger: entries are written before sending, completed after the response, and continued after a crash."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest

from picked import picked
from pyimgur import (
    FileError,
    Image,
    Imgur,
    ImgurError,
    Ledger,
    LedgerError,
    NoAnswerError,
    UnreadableAnswerError,
    UnsupportedFileError,
    Upload,
    UploadUncertain,
)
from pyimgur.ledger import LedgerEntry
from pyimgur.testing import LocalImgur, local_imgur
from test_upload import PICTURE, Site

NOW = 1_700_000_000.0
DAY = 86_400


@pytest.fixture(scope="module")
def imgur() -> Iterator[LocalImgur]:
    with local_imgur() as server:
        yield server


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pyimgur._policy.flow.FIRST_PAUSE", 0.0)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger" / "uploads.db"


@pytest.fixture
def ledger(path: Path) -> Iterator[Ledger]:
    with Ledger(path) as ledger:
        yield ledger


@pytest.fixture
def beach(tmp_path: Path) -> Path:
    file = tmp_path / "beach.png"
    file.write_bytes(png())
    return file


def png(size: tuple[int, int] = (8, 6)) -> bytes:
    import io

    from PIL import Image as Pillow

    made = io.BytesIO()
    Pillow.new("RGB", size, "teal").save(made, "png")
    return made.getvalue()


def local(imgur: LocalImgur, ledger: Ledger, **options: object) -> Imgur:
    return Imgur(imgur.client_id, base_url=imgur.url, ledger=ledger, **options)  # type: ignore[arg-type]


# ---- what stands there


def test_an_upload_is_recorded_with_all_fields(imgur: LocalImgur, ledger: Ledger, beach: Path) -> None:
    client = local(imgur, ledger, access_token=imgur.client.access_token)
    album = client.create_album("Holiday")
    image = client.upload_image(beach, title="The beach", album=album)
    (entry,) = ledger.entries()
    assert (entry.path, entry.size) == (str(beach), beach.stat().st_size)
    assert picked(entry, "state", "id", "deletehash", "link") == {
        "state": "done",
        "id": image.id,
        "deletehash": image.deletehash,
        "link": image.link,
    }
    assert picked(entry, "site", "account", "title", "album") == {
        "site": imgur.url,
        "account": "tester",
        "title": "The beach",
        "album": album.id,
    }
    assert len(entry.sha256 or "") == 64
    assert entry.deletehash not in repr(entry)


def test_it_and_its_folder_are_the_owners_only(imgur: LocalImgur, ledger: Ledger, beach: Path, path: Path) -> None:
    local(imgur, ledger).upload_image(beach)
    kept = {file.name: stat.S_IMODE(file.stat().st_mode) for file in (path.parent, *path.parent.iterdir())}
    assert kept.pop("ledger") == 0o700
    assert set(kept.values()) == {0o600}
    path.chmod(0o644)
    with Ledger(path) as again:
        assert again.entries()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_async_and_bytes_and_addresses_and_streams(imgur: LocalImgur, ledger: Ledger, tmp_path: Path) -> None:
    async def upload() -> None:
        async with imgur.async_client() as client:
            client._ledger = ledger
            await client.upload_image(png((3, 3)))
            with (tmp_path / "pipe").open("rb", buffering=0) as pipe:
                await client.upload_image(pipe)

    os.mkfifo(tmp_path / "pipe")
    write = "import sys; open(sys.argv[1], 'wb').write(bytes.fromhex(sys.argv[2]))"
    writer = subprocess.Popen([sys.executable, "-c", write, tmp_path / "pipe", png((4, 4)).hex()])
    asyncio.run(upload())
    assert writer.wait(60) == 0
    assert [(entry.path, entry.state, entry.size is None) for entry in ledger.entries()] == [
        ("pipe", "done", True),
        ("upload", "done", False),
    ]


def test_names_that_are_no_text(imgur: LocalImgur, ledger: Ledger, tmp_path: Path) -> None:
    file = tmp_path / os.fsdecode(b"caf\xe9.png")
    file.write_bytes(png())
    local(imgur, ledger).upload_image(file)
    assert [entry.path for entry in ledger.entries()] == [str(tmp_path / "caf\\xe9.png")]


def test_what_is_found(imgur: LocalImgur, ledger: Ledger, beach: Path) -> None:
    client = local(imgur, ledger)
    image, other = client.upload_image(beach, title="Älter"), client.upload_image(png((5, 5)))
    assert [entry.id for entry in ledger.entries()] == [other.id, image.id]
    assert [entry.id for entry in ledger.entries("BEACH", "älter")] == [image.id]
    assert ledger.entries("beach", "winter") == []
    assert [entry.id for entry in ledger.entries(limit=1)] == [other.id]
    assert ledger.entries(limit=10**20) == ledger.entries()
    assert [entry.id for entry in ledger.entries(path=str(beach))] == [image.id]
    assert [entry.id for entry in ledger.entries(id=image.id)] == [image.id]
    assert ledger.entries(since=imgur.clock() + 60) == []


def test_a_ledger_that_is_not_there_holds_nothing_and_is_not_made(ledger: Ledger, path: Path) -> None:
    assert (ledger.entries(), ledger.last_run()) == ([], [])
    assert not path.parent.exists()


def test_what_was_refused_leaves_nothing(imgur: LocalImgur, ledger: Ledger) -> None:
    client = local(imgur, ledger)
    with pytest.raises(UnsupportedFileError):
        client.upload_image(b"no picture")
    with pytest.raises(FileError):
        client.upload_image("no such file")
    assert ledger.entries() == []


# ---- the same file again


def test_again_is_another_picture_unless_the_old_one_is_wanted(imgur: LocalImgur, ledger: Ledger, beach: Path) -> None:
    client = local(imgur, ledger)
    first, second = client.upload_image(beach), client.upload_image(beach)
    old = client.upload_image(beach, if_known="reuse")
    assert first.id != second.id
    assert (old, old.deletehash) == (second, second.deletehash)
    assert (old.reused, second.reused) == (True, False)
    assert old.width == 8
    assert len(ledger.entries()) == 2


def test_what_is_known_is_known_for_one_site_and_one_account(imgur: LocalImgur, ledger: Ledger, beach: Path) -> None:
    mine = local(imgur, ledger, access_token=imgur.client.access_token)
    assert mine.upload_image(beach, if_known="reuse") != local(imgur, ledger).upload_image(beach, if_known="reuse")
    with local_imgur() as another:
        assert local(another, ledger).upload_image(beach, if_known="reuse").reused is False


def test_twins_that_go_up_at_once_are_one_picture_where_that_is_wanted(ledger: Ledger) -> None:
    site = Site()
    results = client_of(site, ledger).upload_images([PICTURE] * 4, if_known="reuse")
    assert [image.id for image in results if isinstance(image, Image)] == ["img0"] * 4
    assert site.posts == 1
    client_of(site, ledger).upload_images([PICTURE] * 4)
    assert len(site.images) == 5


def test_an_address_is_known_by_itself(ledger: Ledger) -> None:
    site = Site()
    site._keep = lambda body: {"id": f"img{site.posts}", "link": "https://i.imgur.com/x.png"}  # type: ignore[method-assign]
    client = client_of(site, ledger)
    addresses = [Upload(url="http://a/b.png"), Upload(url="http://a/c.png"), Upload(url="http://a/b.png")]
    results = client.upload_images(addresses, concurrency=1, if_known="reuse")
    assert [image.id for image in results if isinstance(image, Image)] == ["img1", "img2", "img1"]
    assert [entry.path for entry in ledger.entries()] == ["http://a/c.png", "http://a/b.png"]


# ---- what a crash left


class Crash(BaseException):
    """The end of a program, in the middle of an upload."""


class Crashing(Site):
    """An Imgur whose uploader dies: `arrives` says whether the picture is there."""

    dies = True

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        older = request.url.path == "/3/account/me/images/1"
        return httpx2.Response(200, json={"data": [], "success": True}) if older else super().__call__(request)

    def _upload(self, request: httpx2.Request) -> httpx2.Response:
        answer = super()._upload(request) if self.arrives or not self.dies else None
        if self.dies:
            self.dies = False
            raise Crash
        assert answer
        return answer


def client_of(site: Site, ledger: Ledger, token: str | None = None, clock: Callable[[], float] = lambda: NOW) -> Imgur:
    client = Imgur(
        "app", access_token=token, transport=httpx2.MockTransport(site), retries=1, clock=clock, ledger=ledger
    )
    client._executor.state.account = "ann" if token else None
    return client


def crashed(site: Site, path: Path, token: str | None = None) -> None:
    with Ledger(path) as ledger, pytest.raises(Crash):
        client_of(site, ledger, token).upload_image(PICTURE)


@pytest.mark.parametrize("arrives", [True, False])
@pytest.mark.parametrize(("honours_keys", "token"), [(True, None), (True, "token"), (False, "token")])
@pytest.mark.parametrize("if_known", ["resume", "reuse"])
def test_what_was_cut_off_is_there_once(
    path: Path, ledger: Ledger, arrives: bool, honours_keys: bool, token: str | None, if_known: str
) -> None:
    site = Crashing(arrives=arrives, honours_keys=honours_keys)
    crashed(site, path, token)
    assert [entry.state for entry in ledger.entries()] == ["open"]
    image = client_of(site, ledger, token).upload_image(PICTURE, if_known=if_known)  # type: ignore[arg-type]
    assert [kept["id"] for kept in site.images] == [image.id]
    assert [(entry.state, entry.id) for entry in ledger.entries()] == [("done", image.id)]


def test_what_nobody_can_tell_is_uncertain_until_it_is_sent_on_purpose(path: Path, ledger: Ledger) -> None:
    site = Crashing()
    crashed(site, path)
    client = client_of(site, ledger)
    for _ in range(2):
        with pytest.raises(UploadUncertain, match="interrupted: it may have arrived"):
            client.upload_image(PICTURE)
    assert (site.posts, [entry.state for entry in ledger.entries()]) == (1, ["uncertain"])
    image = client.upload_image(PICTURE, if_known="ignore")
    assert [(entry.state, entry.id) for entry in ledger.entries()] == [("done", image.id), ("uncertain", None)]
    assert client.upload_image(PICTURE, if_known="reuse") == image


def test_a_key_that_the_server_has_forgotten_is_not_relied_on(path: Path, ledger: Ledger) -> None:
    site = Crashing(honours_keys=True)
    crashed(site, path)
    with pytest.raises(UploadUncertain):
        client_of(site, ledger, clock=lambda: NOW + DAY + 1).upload_image(PICTURE)
    assert len(site.images) == 1


def test_another_application_does_not_ask_under_that_key(path: Path, ledger: Ledger) -> None:
    site = Crashing(honours_keys=True)
    crashed(site, path)
    client = client_of(site, ledger)
    client.change_authentication("other", "secret")
    client.upload_image(PICTURE)
    assert [entry.state for entry in ledger.entries()] == ["done", "open"]


def test_an_earlier_picture_of_the_same_file_is_not_taken_for_it(path: Path, ledger: Ledger) -> None:
    site = Crashing(arrives=False)
    site.dies = False
    first = client_of(site, ledger, "token").upload_image(PICTURE)
    site.dies = True
    crashed(site, path, "token")
    second = client_of(site, ledger, "token").upload_image(PICTURE)
    assert first != second
    assert len(site.images) == 2


def test_what_another_program_is_uploading_is_left_to_it(path: Path, ledger: Ledger) -> None:
    with Ledger(path) as other:
        site = Crashing()
        client = client_of(site, other)
        with pytest.raises(Crash) as cut:
            client.upload_image(PICTURE)
        begun = other.begin(other.entries()[0])  # the other program is at it again
        assert begun
        site.dies = False
        assert client_of(site, ledger).upload_image(PICTURE).id == "img1"
        del cut
    assert sorted(entry.state for entry in ledger.entries()) == ["done", "open"]


def test_without_a_network_what_was_cut_off_stays_so(path: Path, ledger: Ledger) -> None:
    site = Crashing(honours_keys=True)
    crashed(site, path)

    def nothing(request: httpx2.Request) -> httpx2.Response:
        raise httpx2.ConnectError("no network")

    with pytest.raises(NoAnswerError, match="cannot reach"):
        client_of(nothing, ledger).upload_image(PICTURE)  # type: ignore[arg-type]
    client_of(site, ledger).upload_image(PICTURE)
    assert len(site.images) == 1


def test_a_success_that_cannot_be_read_is_not_taken_for_a_failure(ledger: Ledger) -> None:
    """Such as a page with status 200: the picture may be there, so the file is not sent again without asking."""
    site = Site(lose=1, status=200)
    for _ in range(2):
        with pytest.raises(UploadUncertain):
            client_of(site, ledger).upload_image(PICTURE)
    assert (site.posts, [entry.state for entry in ledger.entries()]) == (1, ["uncertain"])


@pytest.mark.parametrize("data", [{}, {"id": 7}, None])
def test_nor_is_one_that_names_no_picture(ledger: Ledger, data: object) -> None:
    server = httpx2.MockTransport(lambda _: httpx2.Response(200, json={"data": data, "success": True}))
    with pytest.raises(UnreadableAnswerError):
        Imgur("app", transport=server, ledger=ledger).upload_image(PICTURE)
    assert [entry.state for entry in ledger.entries()] == ["uncertain"]


def test_doubt_does_not_go_away_with_another_error(ledger: Ledger) -> None:
    class Away(Site):
        def _upload(self, request: httpx2.Request) -> httpx2.Response:
            if self.posts:
                raise httpx2.ConnectError("gone")
            return super()._upload(request)

    site = Away(lose=1, honours_keys=True)
    with pytest.raises(UploadUncertain):
        client_of(site, ledger).upload_image(PICTURE)
    assert [entry.state for entry in ledger.entries()] == ["uncertain"]


def test_a_cancelled_upload_is_resumed(imgur: LocalImgur, ledger: Ledger) -> None:
    async def cancelled() -> None:
        async with imgur.async_client() as client:
            client._ledger = ledger
            task = asyncio.create_task(client.upload_image(png((9, 9)), progress=lambda *_: task.cancel()))
            with pytest.raises(asyncio.CancelledError):
                await task
            assert [entry.state for entry in ledger.entries()] == ["open"]
            await client.upload_image(png((9, 9)), if_known="reuse")

    asyncio.run(cancelled())
    assert [entry.state for entry in ledger.entries()] == ["done"]


INTERRUPTED = """
import os, signal, sys
from pyimgur import Imgur, Ledger

def stop(sent, total):
    os.kill(os.getpid(), signal.SIGINT)

from pyimgur import Upload

signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever started the tests may have it ignored
im = Imgur("app", base_url=sys.argv[1], ledger=Ledger(sys.argv[2]))
im.upload_images([Upload(bytes.fromhex(sys.argv[3]), progress=stop)] + [bytes([n]) for n in range(50)], concurrency=1)
"""


def test_ctrl_c_ends_many_at_once_and_waits_for_nothing(imgur: LocalImgur, ledger: Ledger, path: Path) -> None:
    command = [sys.executable, "-c", INTERRUPTED, imgur.url, path, png((7, 9)).hex()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert "KeyboardInterrupt" in done.stderr
    assert {entry.size for entry in ledger.entries()} <= {len(png((7, 9)))}


# ---- files that change


def test_a_file_that_changes_under_way_is_not_uploaded(imgur: LocalImgur, ledger: Ledger, beach: Path) -> None:
    class Changing(Ledger):
        def begin(self, *arguments: object) -> object:  # type: ignore[override]
            beach.write_bytes(beach.read_bytes()[:-1] + b"!")
            return super().begin(*arguments)  # type: ignore[arg-type]

    with pytest.raises(FileError, match=r"'beach\.png' changed while it was uploaded"):
        local(imgur, Changing(ledger.path)).upload_image(beach)
    assert ledger.entries() == []


# ---- a ledger in trouble


def test_a_locked_ledger(ledger: Ledger, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pyimgur._storage.sqlite_file.BUSY_TIMEOUT", 0.01)
    site = Site()
    client_of(site, ledger).upload_image(PICTURE)
    ledger.close()
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(LedgerError, match=r"uploads\.db' cannot be used: another program has been writing"):
            client_of(site, ledger).upload_image(PICTURE)
    assert site.posts == 1


def test_the_event_loop_does_not_wait_for_the_disk(imgur: LocalImgur, ledger: Ledger, path: Path) -> None:
    local(imgur, ledger).upload_image(png())

    async def upload() -> None:
        async with imgur.async_client() as client:
            client._ledger = ledger
            with closing(sqlite3.connect(path, isolation_level=None)) as other:
                other.execute("BEGIN IMMEDIATE")
                task = asyncio.create_task(client.upload_image(png((2, 2))))
                for _ in range(100):
                    await asyncio.sleep(0.001)
                assert not task.done()
                other.execute("ROLLBACK")
            await task

    asyncio.run(upload())
    assert len(ledger.entries()) == 2


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"no database" * 500, "it is not a ledger"), (b"SQLite format 3\0" + bytes(5000), "cannot be used")],
)
def test_a_file_that_is_no_ledger(ledger: Ledger, path: Path, content: bytes, said: str) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    path.chmod(0o644)
    site = Site()
    with pytest.raises(LedgerError, match=said):
        client_of(site, ledger).upload_image(PICTURE)
    assert site.posts == 0
    assert path.read_bytes() == content
    assert stat.S_IMODE(path.stat().st_mode) == 0o644, "what is not ours is not touched: a link may lead anywhere"


def test_the_database_of_another_program(ledger: Ledger, path: Path) -> None:
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE mine (text)")
    content = path.read_bytes()
    for use in (ledger.entries, ledger.check):
        with pytest.raises(LedgerError, match=r"uploads\.db' is another program's database"):
            use()
    assert path.read_bytes() == content


def test_a_ledger_of_a_newer_version(ledger: Ledger, path: Path) -> None:
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA user_version = 99")
    with pytest.raises(LedgerError, match="created by a newer pyimgur"):
        ledger.entries()


def test_a_place_where_none_can_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    site = Site()
    with pytest.raises(LedgerError, match="cannot be used"):
        client_of(site, Ledger(tmp_path / "file" / "uploads.db")).upload_image(PICTURE)
    assert site.posts == 0


FULL = """
import resource, sys
from pyimgur import Imgur, Ledger, LedgerError

class Filling(Ledger):
    def write(self, entry):
        return self._short() or super().write(entry)
    def begin(self, *arguments):
        if sys.argv[4] == "begin":
            self._short()
        return super().begin(*arguments)
    def _short(self):
        resource.setrlimit(resource.RLIMIT_FSIZE, (512, resource.RLIM_INFINITY))

im = Imgur(sys.argv[5], base_url=sys.argv[1], ledger=Filling(sys.argv[2]))
try:
    im.upload_image(bytes.fromhex(sys.argv[3]))
except LedgerError as error:
    print(error.image and error.image.link, error)
"""


@pytest.mark.parametrize("when", ["begin", "complete"])
def test_a_full_disk(imgur: LocalImgur, ledger: Ledger, path: Path, when: str) -> None:
    local(imgur, ledger).upload_image(png())
    command = [sys.executable, "-c", FULL, imgur.url, path, png((6, 6)).hex(), when, imgur.client_id]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    left = [entry.state for entry in ledger.entries()]
    if when == "begin":
        assert done.stdout.startswith("None the ledger"), done.stdout + done.stderr
        assert left == ["done"]
        return
    link, _, said = done.stdout.strip().partition(" ")
    assert said.startswith(f"'upload' was uploaded as {link}, but the ledger '{path}' cannot be used")
    assert left == ["open", "done"]
    image = local(imgur, ledger).upload_image(png((6, 6)), if_known="reuse")
    assert image.link == link


def test_many_processes_at_once(imgur: LocalImgur, ledger: Ledger, path: Path, tmp_path: Path) -> None:
    program = (
        "import sys; from pyimgur import *; im = Imgur('app', base_url=sys.argv[1], ledger=Ledger(sys.argv[2]))\n"
        "print(*[image.id for image in im.upload_images(sys.argv[3:], if_known='reuse')])"
    )
    files = [tmp_path / f"{number}.png" for number in range(8)]
    for number, file in enumerate(files):
        file.write_bytes(png((20 + number, 20)))
    command = [sys.executable, "-c", program, imgur.url, path, *files]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    said = {process.communicate(timeout=60)[0] for process in running}
    assert len(said) == 1
    assert len(set(said.pop().split())) == 8
    assert [entry.state for entry in ledger.entries()] == ["done"] * 8
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_errors_of_one_are_reported_in_its_place(imgur: LocalImgur, ledger: Ledger, beach: Path) -> None:
    told: dict[int, Image | ImgurError] = {}
    results = local(imgur, ledger).upload_images([beach, "none.png", Upload(beach, title="t")], each=told.__setitem__)
    assert [type(result).__name__ for result in results] == ["Image", "MissingFileError", "Image"]
    assert [told[place] for place in range(3)] == results
    assert {entry.title for entry in ledger.entries()} == {None, "t"}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_or_folder_is_no_ledger(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe"):
        with pytest.raises(LedgerError, match="is not a file"):
            Ledger(path).check()


def test_what_no_database_holds_is_refused(ledger: Ledger) -> None:
    ledger.check()
    for wanted in ({"path": "\ud800"}, {"id": 2**70}):
        with pytest.raises(LedgerError, match="cannot hold that"):
            ledger.entries(**wanted)
    assert ledger.entries(limit=-1) == []


# ---- processes that are forked off

_FORKS = """
import os, sys, threading, warnings
from pyimgur import Ledger, LedgerEntry

warnings.simplefilter("ignore", DeprecationWarning)  # of a fork beside threads, from Python 3.12 on: it is the point
entry = LedgerEntry(path="a.png", site="s", client_id="c", account="ann", sha256="digest")
ledger = Ledger(sys.argv[1])
begun = ledger.begin(entry, "reuse")
children = []
for number in range(3):
    child = os.fork()
    if not child:
        waits = ledger.begin(entry, "reuse") is None  # the parent is at it
        os.write(1, f"child {waits} {len(ledger.entries())}\\n".encode())
        sys.exit()  # with all that happens at an exit
    os.waitpid(child, 0)
os.write(1, f"other {Ledger(sys.argv[1]).begin(entry, 'reuse') is None}\\n".encode())

stop = threading.Event()
def write():
    while not stop.wait(0.001):
        ledger.write(entry)
writer = threading.Thread(target=write)
writer.start()
for number in range(5):
    child = os.fork()
    if not child:
        ledger.check()
        os._exit(0)
    os.waitpid(child, 0)
stop.set()
writer.join()
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_forked_process_is_a_run_of_its_own(path: Path) -> None:
    """As a pool of multiprocessing, and a server that loads its program before it forks, begin theirs."""
    command = [sys.executable, "-c", _FORKS, str(path)]
    said = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert said.stdout.splitlines() == ["child True 1"] * 3 + ["other True"]
    assert said.stderr == ""


# ---- which earlier entry an upload continues


def an_upload(**fields: object) -> LedgerEntry:
    return LedgerEntry("/beach.png", "https://site.example", "app", sha256="ab" * 32, when=NOW, **fields)  # type: ignore[arg-type]


def test_an_upload_of_a_user_is_continued_under_another_client_id(ledger: Ledger) -> None:
    first = ledger.begin(an_upload(account="sarah"))
    assert first is not None
    ledger.release(first.entry)
    second = ledger.begin(replace(an_upload(account="sarah"), client_id="another"))
    assert second is not None
    assert (second.entry.number, second.entry.key) == (first.entry.number, first.entry.key)


def test_an_anonymous_upload_is_not_continued_under_another_client_id(ledger: Ledger) -> None:
    first = ledger.begin(an_upload())
    assert first is not None
    ledger.release(first.entry)
    second = ledger.begin(replace(an_upload(), client_id="another"))
    assert second is not None
    assert second.entry.number != first.entry.number


def test_a_finished_upload_is_reused_although_a_later_attempt_is_uncertain(ledger: Ledger) -> None:
    done = ledger.write(an_upload(state="done", id="imAge01"))
    ledger.write(an_upload(state="uncertain"))
    found = ledger.begin(an_upload(), "reuse")
    assert found is not None
    assert (found.entry.number, found.entry.state) == (done.number, "done")


def test_an_upload_that_is_continued_keeps_the_time_at_which_it_began(ledger: Ledger) -> None:
    first = ledger.begin(an_upload(account="sarah"))
    assert first is not None
    ledger.write(replace(first.entry, state="uncertain", when=NOW + 60))
    second = ledger.begin(replace(an_upload(account="sarah"), when=NOW + DAY))
    assert second is not None
    assert (second.entry.begun, second.since) == (NOW, NOW)
