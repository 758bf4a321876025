"""Bodies of requests to the control API, as frozen values; faults are those of `faults.Fault`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields as fields_of
from typing import Annotated, Literal, TypeVar

import msgspec
from msgspec import Meta, Struct

from ._names import suggestion
from .faults import Fault

T = TypeVar("T")
FAULT_NAMES = tuple(field.name for field in fields_of(Fault))


class Value(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The base of all bodies: a name that is unknown is an error."""


class NewUse(Value, frozen=True):
    """A reset. With the name of a test, other tests cannot reset the server until this one ends its use."""

    test: Annotated[str | None, Meta(description="The name of the test that uses the server from now on.")] = None


class ClockChange(Value, frozen=True):
    """A change of the clock: set it forward by seconds, make it run faster, or stop it (speed 0)."""

    advance: Annotated[float, Meta(description="Seconds to set the clock forward; negative ones set it back.")] = 0
    speed: Annotated[float | None, Meta(description="Seconds that pass in a real second; 0 stops the clock.")] = None


class NewAccount(Value, frozen=True):
    """An account. With a client id, an application is authorized, and tokens are returned."""

    name: str
    password: str = "only for tests"
    client_id: str | None = None


class NewApplication(Value, frozen=True):
    """An application. With an account, it is authorized, and tokens are returned."""

    name: str
    callback: str | None = None
    account: str | None = None


class NewImage(Value, frozen=True):
    """An image, of an account or anonymous; without a file, a picture of one pixel."""

    account: str | None = None
    title: str | None = None
    description: str | None = None
    album: Annotated[str | None, Meta(description="The id of an album of the account.")] = None
    file: Annotated[bytes | None, Meta(description="The file in base64.")] = None


class NewAlbum(Value, frozen=True):
    """An album, of an account or anonymous."""

    account: str | None = None
    title: str | None = None
    description: str | None = None
    privacy: Literal["public", "hidden", "secret"] | None = None
    images: Annotated[Sequence[str] | None, Meta(description="Ids, or delete hashes of anonymous images.")] = None


class NewPost(Value, frozen=True):
    """A post in the gallery: an image or an album of an account."""

    account: str
    id: Annotated[str, Meta(description="The id of the image or album.")]
    title: str
    tags: Sequence[str] = ()
    mature: bool = False


class NewComment(Value, frozen=True):
    """A comment on a post, or a reply."""

    account: str
    post: str
    text: str
    parent: Annotated[int | None, Meta(description="The id of the comment that it replies to.")] = None


class ExpectedRequest(Value, frozen=True):
    """A request that the server is expected to have got; members that are left out accept anything."""

    method: Annotated[str, Meta(description="`*` is any.")]
    path: Annotated[str, Meta(description="A pattern, with `*` for anything.")]
    fields: dict[str, str | list[str]] | None = None
    query: dict[str, str | list[str]] | None = None
    credentials: Literal["anonymous", "token", "none"] | None = None
    account: str | None = None
    client_id: str | None = None
    status: int | None = None
    times: Annotated[int, Meta(ge=0, description="How many; by default, at least one.")] | None = None


class CreditsLeft(Value, frozen=True):
    """Credits that an account, or else anonymous callers from this machine, have left with an application."""

    client_id: str
    left: Annotated[int, Meta(ge=0)]
    account: str | None = None


class SettingsChange(Value, frozen=True):
    """Settings of the server that can change while it runs; those that are left out stay."""

    token_lifetime: Annotated[int, Meta(gt=0, le=2**31 - 1, description="Seconds.")] | None = None
    dead_token_status: Literal[401, 403] | None = None
    strip: Literal["anonymous", "all", "none"] | None = None
    open: bool | None = None
    enforce_credits: bool | None = None


def decode(body: bytes, type: type[T]) -> T:
    """Decode a body; an empty one is an empty object.

    Raises:
        msgspec.MsgspecError: it is no JSON, or has other members or types; the message names the place.
    """
    members = _object(body)
    names: Sequence[str] = getattr(type, "__struct_fields__", FAULT_NAMES)
    if unknown := sorted(members.keys() - set(names)):
        hint = suggestion(unknown[0], names)
        raise msgspec.ValidationError(
            f"Object contains unknown field `{unknown[0]}`{hint}; there are {', '.join(sorted(names))}"
        )
    return msgspec.convert(members, type)


def _object(body: bytes) -> dict[str, object]:
    try:
        return msgspec.json.decode(body or b"{}", type=dict[str, object])
    except msgspec.ValidationError:
        raise
    except msgspec.DecodeError as error:
        raise msgspec.DecodeError(f"the body has to be a JSON object, such as {{}}: {error}") from error
