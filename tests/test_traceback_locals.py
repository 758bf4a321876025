"""When a call fails, the local variables of this package's frames hold no secret, and no `repr` raises."""

from __future__ import annotations

import inspect
import traceback
from collections.abc import Callable
from dataclasses import is_dataclass
from pathlib import Path
from typing import Any

import pytest

import pyimgur
from client_support import AsyncDriven, Driven, Wire, both, serving
from pyimgur import AsyncImgur, FileStore, Imgur, ImgurError, InsecureSiteError, Login, Logins, StoredToken
from pyimgur import request as old
from pyimgur._traceback_locals import clear_locals
from pyimgur.tokens import Key

APP, ACCESS, REFRESH, PROOF = SECRETS = ("s3cret-app", "s3cret-access", "s3cret-refresh", "s3cret-proof")
HERE = Path(__file__).parent


def shown(error: BaseException, seen: set[int] | None = None) -> str:
    """What an error reporter sends: every frame's local variables but those of this test, and of all causes."""
    seen = set() if seen is None else seen
    seen.add(id(error))
    summary = traceback.StackSummary.extract(traceback.walk_tb(error.__traceback__), capture_locals=True)
    lines = [
        f"{frame.filename}:{frame.name} {name} = {value}"
        for frame in summary
        if not Path(frame.filename).is_relative_to(HERE)
        for name, value in (frame.locals or {}).items()
    ]
    causes = [one for one in (error.__cause__, error.__context__) if one is not None and id(one) not in seen]
    return "\n".join([*lines, *(shown(one, seen) for one in causes)])


def refused(wire: Wire) -> None:
    wire.data({"error": "Invalid refresh token"}, 400 if "token" in wire.path else 401)


def broken(wire: Wire) -> None:
    wire.swallow()
    wire.hang_up(reset=True)


def nonsense(wire: Wire) -> None:
    wire.answer(f'{{"refresh_token": "{REFRESH}"}}'.encode())


CALLS: dict[str, Callable[[Any], Any]] = {
    "reading": lambda im: im.get_image("abc"),
    "listing": lambda im: im.get_user("me").get_images() if isinstance(im, Imgur) else im.user("me").get_images(),
    "uploading": lambda im: im.upload_image(b"x"),
    "refreshing": lambda im: im.refresh_access_token(),
    "exchanging a pin": lambda im: im.exchange_pin(PROOF),
    "exchanging a code": lambda im: im.exchange_code(PROOF),
    "sending anything": lambda im: im.send_request("https://api.imgur.com/3/x", params={"access_token": PROOF}),
}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("answer", [refused, broken, nonsense])
@both
def test_no_frame_of_a_failed_call_holds_a_secret(drive: type[Driven], answer: Any, call: str) -> None:
    with (
        serving(answer) as server,
        drive(server.url, client_secret=APP, access_token=ACCESS, refresh_token=REFRESH, retries=0) as it,
    ):
        try:
            it.run(CALLS[call](it.im))
        except ImgurError as error:
            text = shown(error)
        else:
            text = ""  # this call takes that answer
    assert not [line for line in text.splitlines() if any(secret in line for secret in SECRETS)]


HASH = "s3cretDeleteHsh"
OF_HASHES: dict[str, Callable[[Any], Any]] = {
    "a call": lambda im: im.album(HASH).delete(),
    "an upload": lambda im: im.upload_image(b"x", album=HASH),
    "a listing": lambda im: im.album(HASH).get_images(),
    "a link": lambda im: im.get_image(f"https://imgur.com/delete/{HASH}"),
    "a link to a list": lambda im: im.get_pictures(f"https://imgur.com/delete/{HASH}"),
}


@pytest.mark.parametrize("call", OF_HASHES)
@both
def test_nor_a_delete_hash(drive: type[Driven], call: str) -> None:
    """Also where nothing answers: then the last thing that was tried is the message itself."""
    with drive("http://127.0.0.1:1", retries=0) as it:
        with pytest.raises(ImgurError) as caught:
            it.run(OF_HASHES[call](it.im))
        assert HASH not in shown(caught.value)


@both
def test_a_token_that_no_header_can_carry_is_in_no_frame(drive: type[Driven]) -> None:
    with drive("http://127.0.0.1:1", client_secret=APP, access_token=f"{ACCESS}\n", retries=0) as it:
        with pytest.raises(ImgurError) as caught:
            it.run(it.im.get_image("abc"))
        assert ACCESS not in shown(caught.value)


@pytest.mark.parametrize("make", [Imgur, AsyncImgur, Imgur.from_store, pyimgur.login])
def test_a_client_that_cannot_be_made_leaves_no_secret_behind(make: Any) -> None:
    options = {} if make in {Imgur.from_store, pyimgur.login} else {"access_token": ACCESS, "refresh_token": REFRESH}
    with pytest.raises(InsecureSiteError) as caught:
        make("x", APP, base_url="http://img.example", **options)
    assert "s3cret" not in shown(caught.value)


def test_nor_do_stores_and_the_old_module(tmp_path: Path) -> None:
    (tmp_path / "tokens.json.part").mkdir()
    (tmp_path / "tokens.json.part" / "x").touch()
    with pytest.raises(ImgurError) as caught:
        FileStore(tmp_path / "tokens.json").save(Key("https://x", "y"), StoredToken("z", ACCESS, REFRESH))
    assert "s3cret" not in shown(caught.value)
    (tmp_path / "broken.json").write_text(f'{{"https://x": {{"y": [{{"access_token": "{ACCESS}"')
    with pytest.raises(ImgurError) as caught:
        FileStore(tmp_path / "broken.json").load(Key("https://x", "y"))
    assert "s3cret" not in shown(caught.value)
    (tmp_path / "logins.json.part").mkdir()
    (tmp_path / "logins.json.part" / "x").touch()
    with pytest.raises(ImgurError) as caught:
        Logins(tmp_path / "logins.json").use(Login("https://x", "z", "y", APP, "file"))
    assert "s3cret" not in shown(caught.value)
    with pytest.raises(ImgurError) as caught:
        old.send_request("http://127.0.0.1:1/x", headers={"Authorization": f"Bearer {ACCESS}"})
    assert "s3cret" not in shown(caught.value)
    with pytest.raises(ImgurError) as caught:
        Imgur("x").change_authentication(client_secret=APP, access_token=ACCESS)
    assert "s3cret" not in shown(caught.value)


def test_frames_of_the_program_stay_as_they_are() -> None:
    def callback(*_: object) -> None:
        own = "of the program"
        raise LookupError(own)

    with (
        serving(lambda wire: (wire.swallow(), wire.data({}))) as server,  # an early answer would end the upload
        Imgur("x", base_url=server.url) as im,
        pytest.raises(LookupError) as caught,
    ):
        im.upload_image(b"x" * 10, progress=callback)
    (frame,) = [f for f, _ in traceback.walk_tb(caught.value.__traceback__) if f.f_code.co_name == "callback"]
    assert frame.f_locals["own"] == "of the program"


def test_errors_that_are_each_others_cause_are_no_trap() -> None:
    one, two = ValueError(), ValueError()
    one.__cause__, two.__context__ = two, one
    clear_locals(one)


# ---- what is half built


@pytest.mark.parametrize("make", [Imgur, AsyncImgur])
def test_a_client_that_is_half_built_has_a_repr(make: Any) -> None:
    made: list[Any] = []

    class Kept(make):
        def __new__(cls, *_: object, **__: object) -> Any:
            made.append(super().__new__(cls))
            return made[0]

    with pytest.raises(InsecureSiteError):
        Kept("x", APP, ACCESS, REFRESH, base_url="http://img.example")
    assert repr(made[0]) == "<Kept, not initialized>"


KINDS = [kind for name in pyimgur.__all__ if inspect.isclass(kind := getattr(pyimgur, name)) and not name.islower()]
OWN_REPR = [
    kind
    for kind in KINDS
    if getattr(kind.__repr__, "__module__", "").startswith("pyimgur")
    and not (is_dataclass(kind) or issubclass(kind, tuple))
]


@pytest.mark.parametrize("kind", OWN_REPR)
def test_nothing_half_built_raises_in_its_repr(kind: type[Any]) -> None:
    assert repr(kind.__new__(kind)).isprintable()


@pytest.mark.parametrize("drive", [Driven, AsyncDriven])
def test_no_step_of_a_call_shows_a_token(drive: type[Driven]) -> None:
    from pyimgur._core.effects import RefreshToken

    assert ACCESS not in repr(RefreshToken(ACCESS))
