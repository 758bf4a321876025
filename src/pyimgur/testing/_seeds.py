"""Seed a running server with accounts, applications, images, albums, posts and comments, through its services."""

from __future__ import annotations

from base64 import b64decode
from typing import TYPE_CHECKING, Any

from ..server.errors import NotFoundError
from ..server.http.authentication import Caller
from ..server.services import accounts, albums, applications, comments, oauth_tokens, submissions, uploads
from ..server.services.albums import AlbumFields
from ..server.services.submissions import Submission
from ..server.services.uploads import Upload

if TYPE_CHECKING:
    from ..server.db.queries.accounts import Account
    from ..server.http.rate_limit import RateLimiter
    from ..server.services.context import ServerContext
    from . import control_values as values

ADDRESS = "127.0.0.1"
PIXEL = b64decode("R0lGODdhAQABAIAAAP///////ywAAAAAAQABAAACAkQBADs=")
"""A GIF of one pixel."""
Seeded = dict[str, Any]
"""The ids, and tokens, of what was created."""


async def account(context: ServerContext, new: values.NewAccount) -> Seeded:
    """Create an account, and authorize an application for it."""
    created = await accounts.create(context, new.name, new.password)
    tokens = await authorize(context, new.client_id, created) if new.client_id else {}
    return {"id": created.id, "name": created.name, "password": new.password, **tokens}


async def application(context: ServerContext, new: values.NewApplication) -> Seeded:
    """Register an application, and authorize it for an account."""
    owner = await find_account(context, new.account) if new.account else None
    client_id, client_secret = await applications.register(context, new.name, callback=new.callback)
    tokens = await authorize(context, client_id, owner) if owner else {}
    return {"client_id": client_id, "client_secret": client_secret, **tokens}


async def image(context: ServerContext, new: values.NewImage) -> Seeded:
    """Store an image."""
    upload = Upload(
        account=await _account_id(context, new.account),
        title=new.title,
        description=new.description,
        album=new.album,
        address=ADDRESS,
    )
    async with context.spool_folder.open() as file:
        await file.write(new.file if new.file is not None else PIXEL)
        stored = await uploads.add(context, file, upload)
    return {"id": stored.id, "deletehash": stored.deletehash}


async def album(context: ServerContext, new: values.NewAlbum) -> Seeded:
    """Create an album."""
    fields = AlbumFields(title=new.title, description=new.description, privacy=new.privacy, images=new.images)
    created = await albums.create(context, fields, account=await _account_id(context, new.account), client_id=None)
    return {"id": created.id, "deletehash": created.deletehash}


async def post(context: ServerContext, new: values.NewPost) -> Seeded:
    """Submit an image or album to the gallery."""
    author = await find_account(context, new.account)
    await submissions.submit(
        context, new.id, author.id, Submission(title=new.title, mature=new.mature, tags=tuple(new.tags))
    )
    return {"id": new.id}


async def comment(context: ServerContext, new: values.NewComment) -> Seeded:
    """Add a comment."""
    author = await find_account(context, new.account)
    return {"id": await comments.add(context, new.post, author.id, new.text, parent=new.parent)}


async def credits_left(context: ServerContext, rate_limiter: RateLimiter, new: values.CreditsLeft) -> Seeded:
    """Set the credits that a caller has left in this hour."""
    user = await find_account(context, new.account) if new.account else None
    caller = Caller(new.client_id, user.id if user else None, user.name if user else None, ADDRESS)
    await rate_limiter.set_left(caller, new.left)
    return {"left": new.left}


async def authorize(context: ServerContext, client_id: str, user: Account) -> Seeded:
    """Return an access token and a refresh token of an application for an account."""
    if not (applications.is_accepted(context, client_id) or await applications.is_registered(context, client_id)):
        raise NotFoundError("application", client_id)
    token = await oauth_tokens.authorize(context, client_id, user.id)
    return {
        "client_id": client_id,
        "access_token": token.access_token,
        "refresh_token": token.refresh_token,
        "expires_in": token.expires_in,
    }


async def find_account(context: ServerContext, name: str) -> Account:
    """Return an account by its name.

    Raises:
        NotFoundError: there is none.
    """
    found = await accounts.find_by_name(context, name)
    if found is None:
        raise NotFoundError("account", name)
    return found


async def _account_id(context: ServerContext, name: str | None) -> int | None:
    return (await find_account(context, name)).id if name else None
