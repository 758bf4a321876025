"""Token stores: tokens are found by site, application and user; safe among threads and processes."""

from __future__ import annotations

import asyncio
import errno
import json
import os
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx2
import keyring
import keyring.backend
import keyring.backends.fail
import pytest
from filelock import FileLock, Timeout
from platformdirs import user_config_path

from client_support import Driven, both
from pyimgur import (
    AsyncImgur,
    AuthenticationError,
    FileStore,
    Imgur,
    ImgurError,
    KeyringStore,
    MemoryStore,
    NotAuthorizedError,
    StoredToken,
    Token,
    TokenStore,
)
from pyimgur.tokens import Key

HERE = Key("http://127.0.0.1:4648", "app")
ANN = StoredToken("ann", "a-access", "a-refresh", 2_000_000_000.0)
BOB = StoredToken("Bob", "b-access", "b-refresh")


@pytest.fixture(params=["memory", "file"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> TokenStore:
    return MemoryStore() if request.param == "memory" else FileStore(tmp_path / "deep" / "tokens.json")


def test_what_is_saved_is_loaded(store: TokenStore) -> None:
    store.save(HERE, ANN)
    assert store.load(HERE) == ANN


class NoUsers:
    """A store of a program that takes everybody for one user."""

    def __init__(self) -> None:
        self.tokens: dict[tuple[str, str], StoredToken | None] = {}

    def load(self, key: Key) -> StoredToken | None:
        return self.tokens.get((key.site, key.client_id))

    def save(self, key: Key, token: StoredToken | None) -> None:
        self.tokens[key.site, key.client_id] = token


def test_nobody_becomes_another_user_over_a_store_that_knows_no_users() -> None:
    store = NoUsers()
    store.save(HERE, ANN)
    im = Imgur.from_store("app", "secret", store=store, base_url=HERE.site, account="Ann")
    store.save(HERE, BOB)
    assert not im._executor.state.adopt_newer_token()
    assert im.access_token == "a-access"
    with pytest.raises(NotAuthorizedError, match="as 'ann'"):
        Imgur.from_store("app", "secret", store=store, base_url=HERE.site, account="ann")


def test_a_token_is_not_found_for_another_site_or_application(store: TokenStore) -> None:
    store.save(HERE, ANN)
    assert store.load(Key("https://api.imgur.com", "app")) is None
    assert store.load(Key(HERE.site, "another")) is None


def test_a_user_is_named_where_there_are_several(store: TokenStore) -> None:
    store.save(HERE, ANN)
    store.save(HERE, BOB)
    assert store.load(Key(*_place(HERE), "bob")) == BOB
    with pytest.raises(NotAuthorizedError, match=r"several users.*Bob, ann"):
        store.load(HERE)


def test_saving_again_replaces_and_none_removes(store: TokenStore) -> None:
    store.save(HERE, ANN)
    store.save(HERE, StoredToken("ann", "newer"))
    assert store.load(HERE) == StoredToken("ann", "newer")
    store.save(Key(*_place(HERE), "ann"), None)
    assert store.load(HERE) is None


def _place(key: Key) -> tuple[str, str]:
    return key.site, key.client_id


def test_no_secret_is_in_a_repr() -> None:
    assert "access" not in repr(ANN)
    assert "refresh" not in repr(ANN)


# ---- the file


def test_the_file_is_for_its_owner_only(tmp_path: Path) -> None:
    store = FileStore(tmp_path / "new" / "tokens.json")
    store.save(HERE, ANN)
    assert stat.S_IMODE(store.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(store.path.parent.stat().st_mode) == 0o700
    store.path.chmod(0o644)  # as a copy of it is
    assert store.load(HERE) == ANN
    assert stat.S_IMODE(store.path.stat().st_mode) == 0o600


def test_a_file_that_is_not_ours_is_an_error_that_names_it(tmp_path: Path) -> None:
    path = tmp_path / "tokens.json"
    for foreign in ("{ not json", "[" * 200_000, '["a", "list"]', "7"):
        path.write_text(foreign)
        path.chmod(0o644)
        with pytest.raises(ImgurError, match=r"tokens\.json"):
            FileStore(path).load(HERE)
        with pytest.raises(ImgurError, match=r"tokens\.json"):
            FileStore(path).save(HERE, ANN)
        assert path.read_text() == foreign
        assert stat.S_IMODE(path.stat().st_mode) == 0o644, "a link may lead anywhere"


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    key = "tokens.Key('http://127.0.0.1', 'app')"
    for call in (f"load({key})", f"save({key}, StoredToken('ann', 'x'))"):
        program = "from pyimgur import tokens, FileStore, StoredToken; " + f"FileStore({str(pipe)!r}).{call}"
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=20, check=False)
        assert f"cannot read {pipe}: it is not a regular file" in done.stderr
    assert pipe.is_fifo()


def test_what_a_newer_version_wrote_beside_it_stays(tmp_path: Path) -> None:
    path, (site, app) = tmp_path / "tokens.json", _place(HERE)
    carol = {"account": "carol", "access_token": "c", "scope": "all"}
    dave = {"account": "dave", "sealed": "d"}
    path.write_text(json.dumps({"version": 2, site: {app: ["?", carol, dave], "other": 5}}))
    FileStore(path).save(HERE, ANN)
    FileStore(path).save(replace(HERE, account="ann"), None)
    assert json.loads(path.read_text()) == {"version": 2, site: {app: ["?", carol, dave], "other": 5}}
    FileStore(path).save(replace(HERE, account="dave"), None)
    assert json.loads(path.read_text())[site][app] == ["?", carol]


def test_a_failed_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = FileStore(tmp_path / "tokens.json")
    store.save(HERE, ANN)
    monkeypatch.setattr(os, "fsync", _full)
    with pytest.raises(ImgurError, match=r"cannot write .*tokens\.json: disk full"):
        store.save(HERE, BOB)
    assert store.load(HERE) == ANN
    assert sorted(path.name for path in tmp_path.iterdir() if path.suffix != ".lock") == ["tokens.json"]


def _full(handle: int) -> None:
    raise OSError("disk full")


def _in_the_place_of(suffix: str) -> Callable[[Path], None]:
    return lambda path: path.with_name(path.name + suffix).mkdir()


def _no_folder(path: Path) -> None:
    path.unlink()
    path.with_name("tokens.json.lock").unlink(missing_ok=True)
    path.parent.rmdir()
    path.parent.write_text("a file")


UNWRITABLE: dict[str, Callable[[Path], None]] = {
    "its lock is a folder": _in_the_place_of(".lock"),
    "its part is a folder": _in_the_place_of(".part"),
    "its folder is a file": _no_folder,
}


@pytest.mark.parametrize("why", UNWRITABLE)
@both
def test_a_file_that_cannot_be_written_is_an_error_of_ours(drive: type[Driven], why: str, tmp_path: Path) -> None:
    store = FileStore(tmp_path / "folder" / "tokens.json")
    store.save(IMGUR_APP, replace(ANN, expires_at=1.0))
    with drive(client_id="app", client_secret="s", token_store=store, transport=Authority().transport) as it:
        it.im._executor.state.load_tokens()
        store.path.with_name("tokens.json.lock").unlink()
        UNWRITABLE[why](store.path)
        with pytest.raises(ImgurError, match=r"cannot write .*tokens\.json.*: \[Errno \d+\] \w"):
            it.run(it.im.use_token(Token("access", "refresh", 3600, "ann")))
    with pytest.raises(ImgurError, match="cannot write"):
        FileStore(tmp_path / "a\0b").save(HERE, ANN)


class _ReadOnly(MemoryStore):
    """A program's own store, on a disk that is read-only."""

    def hold(self) -> AbstractContextManager[None]:
        raise OSError(errno.EROFS, "Read-only file system")

    def save(self, key: Key, token: StoredToken | None) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")


@pytest.mark.parametrize("why", ["its lock is a folder", "its part is a folder", "a program's own"])
@both
def test_a_read_only_store_refreshes_in_memory_with_one_warning(
    drive: type[Driven], why: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    files, own = FileStore(tmp_path / "tokens.json"), _ReadOnly()
    MemoryStore.save(own, IMGUR_APP, replace(ANN, expires_at=1.0))
    files.save(IMGUR_APP, replace(ANN, expires_at=1.0))
    if why in UNWRITABLE:
        files.path.with_name("tokens.json.lock").unlink()
        UNWRITABLE[why](files.path)
    store = files if why in UNWRITABLE else own
    with drive(client_id="app", client_secret="s", token_store=store, transport=Authority().transport) as it:
        it.im._executor.state.load_tokens()
        for _ in range(2):
            assert it.run(it.im.refresh_access_token()) == it.im.access_token != ANN.access_token
    (record,) = [record for record in caplog.records if record.name == "pyimgur.tokens"]
    assert (record.levelname, "in memory only" in record.getMessage()) == ("WARNING", True)
    assert it.im.access_token not in caplog.text
    loaded = store.load(IMGUR_APP)
    assert loaded is not None
    assert loaded.access_token == ANN.access_token


@pytest.mark.parametrize("refreshed", [False, True])
@pytest.mark.parametrize("why", ["its lock is a folder", "its part is a folder", "a program's own"])
@both
def test_a_read_only_store_does_not_keep_tokens_from_being_revoked(
    drive: type[Driven], why: str, refreshed: bool, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    files, own = FileStore(tmp_path / "tokens.json"), _ReadOnly()
    MemoryStore.save(own, IMGUR_APP, ANN)
    files.save(IMGUR_APP, ANN)
    if why in UNWRITABLE:
        files.path.with_name("tokens.json.lock").unlink()
        UNWRITABLE[why](files.path)
    store = files if why in UNWRITABLE else own
    asked: list[str] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        asked.append(request.url.path)
        return httpx2.Response(200, json={"access_token": "new", "account_username": "ann"})

    transport = httpx2.MockTransport(answer)
    with drive(client_id="app", client_secret="s", token_store=store, transport=transport) as it:
        it.im._executor.state.load_tokens()
        if refreshed:
            it.run(it.im.refresh_access_token())
        it.run(it.im.revoke_token())
        assert asked[-1] == "/oauth2/revoke", asked
        assert (it.im.access_token, it.im.refresh_token, it.im.is_authenticated) == (None, None, False)
    records = [record.getMessage() for record in caplog.records if record.name == "pyimgur.tokens"]
    assert len(records) == 1, records
    assert refreshed or "revoked tokens are still in the token store" in records[0], records
    assert "a-access" not in caplog.text
    assert "a-refresh" not in caplog.text


def test_threads_that_save_at_once_lose_nothing(tmp_path: Path) -> None:
    store = FileStore(tmp_path / "tokens.json")
    users = [StoredToken(f"user{n}", f"token{n}") for n in range(12)]
    threads = [threading.Thread(target=store.save, args=(HERE, user)) for user in users]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [store.load(Key(*_place(HERE), user.account)) for user in users] == users


# ---- clients that keep what a refresh brings


class _Rotating(BaseHTTPRequestHandler):
    """A token endpoint that makes a new refresh token each time and forgets the old one."""

    lock = threading.Lock()
    living = "first"
    refreshes = 0

    def do_POST(self) -> None:
        form = self.rfile.read(int(self.headers["Content-Length"])).decode()
        with _Rotating.lock:
            good = f"refresh_token={_Rotating.living}" in form
            if good:
                _Rotating.refreshes += 1
                _Rotating.living = f"refresh{_Rotating.refreshes}"
            living, number = _Rotating.living, _Rotating.refreshes
        time.sleep(0.05)  # the time in which the other process would ask, were it not held
        body = (
            {"access_token": f"access{number}", "refresh_token": living, "expires_in": 3600, "account_username": "ann"}
            if good
            else {"data": {"error": "Invalid refresh token"}, "success": False, "status": 400}
        )
        self._answer(200 if good else 400, body)

    def do_GET(self) -> None:
        good = self.headers["Authorization"] == f"Bearer access{_Rotating.refreshes}"
        self._answer(200 if good else 401, {"data": {"url": "ann"}, "success": good, "status": 200 if good else 401})

    def _answer(self, status: int, document: object) -> None:
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None: ...


_PROCESS = """
import sys
from pyimgur import FileStore, Imgur
im = Imgur.from_store("app", "secret", store=FileStore(sys.argv[1]), base_url=sys.argv[2])
sys.stdin.readline()
im.get_user("me")
print(im.access_token)
"""


def test_two_processes_that_refresh_at_once_end_with_one_valid_token(tmp_path: Path) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Rotating)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    base = f"http://127.0.0.1:{server.server_port}"
    store = FileStore(tmp_path / "tokens.json")
    store.save(Key(base, "app"), StoredToken("ann", "dead", "first"))
    try:
        command = [sys.executable, "-c", _PROCESS, str(store.path), base]
        processes = [
            subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(2)
        ]
        outputs = _both(processes)
    finally:
        server.shutdown()
        server.server_close()
    kept = store.load(Key(base, "app"))
    assert kept is not None
    assert outputs == [kept.access_token] * 2 == ["access1"] * 2
    assert kept.refresh_token == _Rotating.living == "refresh1"


def _both(processes: list[subprocess.Popen[str]]) -> list[str]:
    """Let both go on at once, and give what each printed."""
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    return [process.communicate(timeout=30)[0].strip() for process in processes]


def _endpoint(request: httpx2.Request) -> httpx2.Response:
    if request.url.path == "/oauth2/token":
        return httpx2.Response(200, json={"access_token": "fresh", "expires_in": 60, "account_username": "ann"})
    return httpx2.Response(200, json={"data": {"url": "ann"}, "success": True, "status": 200})


def test_an_exchange_and_a_refresh_are_kept() -> None:
    store = MemoryStore()
    im = Imgur("app", "secret", token_store=store, transport=httpx2.MockTransport(_with_refresh), clock=lambda: 1000.0)
    im.exchange_pin("123")
    key = Key("https://api.imgur.com", "app")
    assert store.load(key) == StoredToken("ann", "fresh", "kept", 1060.0)
    again = Imgur.from_store("app", "secret", store=store, transport=httpx2.MockTransport(_endpoint))
    assert (again.access_token, again.refresh_token) == ("fresh", "kept")


def _with_refresh(request: httpx2.Request) -> httpx2.Response:
    return httpx2.Response(200, json={**_endpoint(request).json(), "refresh_token": "kept"})


def test_a_stored_token_goes_to_no_other_site_whatever_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    store = MemoryStore()
    store.save(Key("https://api.imgur.com", "app"), ANN)
    monkeypatch.setenv("PYIMGUR_BASE_URL", "http://127.0.0.1:9")
    with pytest.raises(NotAuthorizedError, match=r"at http://127\.0\.0\.1:9"):
        Imgur.from_store("app", "secret", store=store)


def test_an_async_client_keeps_and_finds_tokens_too(tmp_path: Path) -> None:
    async def main() -> StoredToken | None:
        store = FileStore(tmp_path / "tokens.json")
        async with AsyncImgur("app", "s", token_store=store, transport=httpx2.MockTransport(_with_refresh)) as im:
            await im.exchange_code("code")
            found = AsyncImgur.from_store("app", "s", store=store, account="ANN")
            assert found.access_token == "fresh"
            await im.refresh_access_token()
        return store.load(Key("https://api.imgur.com", "app"))

    kept = asyncio.run(main())
    assert kept is not None
    assert (kept.access_token, kept.refresh_token) == ("fresh", "kept")


class Ring(keyring.backend.KeyringBackend):
    """A system's keyring, as the package `keyring` sees one."""

    priority = 5  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.secrets: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.secrets.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.secrets[service, username] = password


def test_a_keyring_keeps_several_users_of_an_application(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    before, ring = keyring.get_keyring(), Ring()
    keyring.set_keyring(ring)
    try:
        store = KeyringStore()
        store.save(HERE, ANN)
        store.save(HERE, BOB)
        assert store.load(Key(*_place(HERE), "ann")) == ANN
        assert store.load(Key("https://api.imgur.com", "app")) is None
        assert [service for service, _ in ring.secrets] == ["pyimgur"]
    finally:
        keyring.set_keyring(before)


@pytest.mark.parametrize("foreign", ["[1]", "{ not json", "[" * 200_000])
def test_what_somebody_else_put_into_the_keyring_stays(
    foreign: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    before, ring = keyring.get_keyring(), Ring()
    keyring.set_keyring(ring)
    where = ("pyimgur", f"app at {HERE.site}")
    ring.secrets[where] = foreign
    try:
        for use in (lambda: KeyringStore().load(HERE), lambda: KeyringStore().save(HERE, ANN)):
            with pytest.raises(ImgurError, match=r"cannot read 'app at .*' of pyimgur in the system's keyring"):
                use()
    finally:
        keyring.set_keyring(before)
    assert ring.secrets == {where: foreign}


class Watched(Ring):
    """Notes whether anybody else could have changed it while it was changed."""

    def __init__(self) -> None:
        super().__init__()
        self.free: list[bool] = []

    def set_password(self, service: str, username: str, password: str) -> None:
        try:
            FileLock(user_config_path("pyimgur") / "keyring.lock").acquire(timeout=0).lock.release()
        except Timeout:
            self.free.append(False)
        else:
            self.free.append(True)
        super().set_password(service, username, password)


def test_a_keyring_is_held_while_it_is_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    before, ring = keyring.get_keyring(), Watched()
    keyring.set_keyring(ring)
    try:
        KeyringStore().save(HERE, ANN)
    finally:
        keyring.set_keyring(before)
    assert ring.free == [False]


def test_a_system_without_a_keyring_says_so() -> None:
    before = keyring.get_keyring()
    keyring.set_keyring(keyring.backends.fail.Keyring())
    try:
        with pytest.raises(ImgurError, match="no keyring"):
            KeyringStore()
    finally:
        keyring.set_keyring(before)


# ---- whose tokens they are

IMGUR_APP = Key("https://api.imgur.com", "app")


class Authority:
    """Knows bob and ann by their refresh tokens, and takes no access token but the newest of each."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.transport = httpx2.MockTransport(self._handle)

    def _handle(self, request: httpx2.Request) -> httpx2.Response:
        if request.url.path == "/oauth2/token":
            who = "ann" if b"refresh_token=ann" in request.content else "bob"
            return httpx2.Response(200, json={"access_token": f"{who}-new", "account_username": who})
        self.asked.append(request.headers["authorization"])
        good = self.asked[-1].endswith("-new")
        envelope = {"data": {"url": "me"}, "success": good, "status": 200 if good else 401}
        return httpx2.Response(envelope["status"], json=envelope)


BECOMES: dict[str, Any] = {
    "given at the start": lambda im: im,
    "changed": lambda im: im.change_authentication(access_token="ann-old", refresh_token="ann"),
    "set": lambda im: [setattr(im, "access_token", "ann-old"), setattr(im, "refresh_token", "ann")],
    "brought": lambda im: im.use_token(Token("ann-old", "ann")),
}


@pytest.mark.parametrize("how", BECOMES)
@both
def test_another_users_tokens_in_the_store_are_never_taken(drive: type[Driven], how: str) -> None:
    authority, store = Authority(), MemoryStore()
    store.save(IMGUR_APP, BOB)
    given: dict[str, Any] = {"access_token": "ann-old", "refresh_token": "ann"} if how == "given at the start" else {}
    options: dict[str, Any] = {"client_id": "app", "token_store": store, "transport": authority.transport}
    with drive(**options, **given) as it:
        if not given:
            it.im._load_stored_tokens(None)
        it.run(BECOMES[how](it.im))
        it.run(it.im.get_user("me"))
        assert authority.asked == ["Bearer ann-old", "Bearer ann-new"]
    assert store.load(replace(IMGUR_APP, account="bob")) == BOB
    assert store.load(replace(IMGUR_APP, account="ann")) == StoredToken("ann", "ann-new", "ann")


@both
def test_a_token_without_a_refresh_token_is_not_refreshed_with_another_users(drive: type[Driven]) -> None:
    authority = Authority()
    with drive(access_token="bob-new", refresh_token="bob", transport=authority.transport) as it:
        it.run(it.im.use_redirect("http://127.0.0.1/#access_token=ann-old&account_username=ann"))
        assert it.im.refresh_token is None
        with pytest.raises(AuthenticationError):
            it.run(it.im.get_user("me"))
        assert authority.asked == ["Bearer ann-old"]


def test_a_refresh_that_ends_late_does_not_bring_the_former_user_back() -> None:
    def handle(request: httpx2.Request) -> httpx2.Response:
        im.change_authentication(access_token="ann-new", refresh_token="ann")  # while bob's refresh is on its way
        return httpx2.Response(200, json={"access_token": "bob-new", "refresh_token": "bob", "account_username": "bob"})

    im = Imgur("app", "secret", "bob-old", "bob", transport=httpx2.MockTransport(handle))
    im.refresh_access_token()
    assert (im.access_token, im.refresh_token) == ("ann-new", "ann")


def test_an_older_token_in_the_store_is_not_gone_back_to() -> None:
    store, authority = MemoryStore(), Authority()
    store.save(IMGUR_APP, StoredToken("ann", "ann-older", "ann", expires_at=1.0))
    im = Imgur.from_store("app", "secret", store=store, transport=authority.transport)
    im.use_token(Token("ann-old", "ann", account_username="ann"))
    store.save(IMGUR_APP, StoredToken("ann", "ann-older", "ann", expires_at=1.0))
    im.get_user("me")
    assert authority.asked == ["Bearer ann-old", "Bearer ann-new"]


class Held(MemoryStore):
    """A store that another program holds until `free` is set."""

    def __init__(self) -> None:
        super().__init__()
        self.free, self.entered, self.left = threading.Event(), threading.Event(), threading.Event()

    @contextmanager
    def hold(self) -> Iterator[None]:
        self.entered.set()
        self.free.wait(30)
        try:
            yield
        finally:
            self.left.set()


def test_a_call_that_is_cut_off_while_it_waits_for_the_store_holds_it_no_longer() -> None:
    """The error is kept, as programs do: nothing of it may go on holding the store."""
    store = Held()
    store.save(HERE, replace(ANN, expires_at=1.0))

    async def main() -> list[BaseException]:
        im = AsyncImgur.from_store(HERE.client_id, "secret", base_url=HERE.site, store=store)
        call = asyncio.ensure_future(im.get_user("me"))
        await asyncio.to_thread(store.entered.wait, 30)
        call.cancel()
        kept = await asyncio.gather(call, return_exceptions=True)
        store.free.set()
        assert await asyncio.to_thread(store.left.wait, 30)
        return kept

    assert [type(error) for error in asyncio.run(main())] == [asyncio.CancelledError]
