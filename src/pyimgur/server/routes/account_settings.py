"""Settings of an account, its email verification, gallery profile and deletion.

Everything except the gallery profile is for the owner alone: another account's path answers 403.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyimgur.server.errors import ForbiddenError
from pyimgur.server.http.api import api_route
from pyimgur.server.http.errors import APIError
from pyimgur.server.http.parameters import parse_bool
from pyimgur.server.http.serializers.account import serialize_account_settings
from pyimgur.server.routes.account import account_of, require_own_account
from pyimgur.server.services import blocks, profiles, throttle

if TYPE_CHECKING:
    from pyimgur.server.http.api import APIRequest
    from pyimgur.server.http.fields import Fields
    from pyimgur.server.http.responses import Json

VERIFIED = "User Previously Verified"


async def show_gallery_profile(call: APIRequest) -> Json:
    """Return how much an account did in the gallery. This server awards no trophies."""
    totals = await profiles.gallery_profile(call.context, (await account_of(call)).id)
    return {
        "trophies": [],
        "total_gallery_comments": totals.comments,
        "total_gallery_favorites": totals.favorites,
        "total_gallery_submissions": totals.submissions,
    }


async def show_settings(call: APIRequest) -> Json:
    """Return the caller's settings."""
    viewer = require_own_account(call)
    settings = await profiles.settings(call.context, viewer)
    return serialize_account_settings(call.links, settings, await blocks.blocked_accounts(call.context, viewer))


async def change_settings(call: APIRequest) -> Json:
    """Change the settings that the body names. The user name cannot be changed."""
    viewer, fields = require_own_account(call), await call.fields()
    name = fields.text("username")
    if name and name != call.caller.account_name:
        raise APIError(400, "A user name cannot be changed here")
    await profiles.change_settings(call.context, viewer, changes_of(fields))
    return True


def changes_of(fields: Fields) -> profiles.Changes:
    """Return the settings in these fields.

    Raises:
        APIError: the value of a flag is neither true nor false.
    """
    changes = profiles.Changes()
    for name in ("bio", "avatar", "album_privacy"):
        if (text := fields.text(name)) is not None:
            changes[name] = text
    for name in profiles.FLAGS:
        if text := fields.text(name):
            changes[name] = check_bool(name, text)
    return changes


def check_bool(name: str, text: str) -> bool:
    """Return the boolean that a field holds.

    Raises:
        APIError: it holds none.
    """
    if (value := parse_bool(text)) is None:
        raise APIError(400, f"{name} must be true or false")
    return value


async def has_verified_email(call: APIRequest) -> Json:
    """Return whether the caller's email address is verified."""
    return bool((await profiles.settings(call.context, require_own_account(call))).email_verified)


async def verify_email(call: APIRequest) -> Json:
    """Verify the caller's email address, at once: this server sends no mail."""
    if not await profiles.verify_email(call.context, require_own_account(call)):
        raise APIError(400, VERIFIED)
    return True


async def delete_account(call: APIRequest) -> Json:
    """Delete the caller's account. It takes the password, because a stolen token must not be enough."""
    viewer, fields = call.caller.require_account(), await call.fields()
    try:
        await profiles.delete_account(call.context, viewer, fields.text("password") or "", address=call.caller.address)
    except throttle.TooManyAttempts:
        raise
    except ForbiddenError:
        raise APIError(403, "The password is wrong. An account is deleted with its password.") from None
    return True


routes = [
    api_route("/3/account/me/delete", POST=delete_account),
    api_route("/3/account/{name}/gallery_profile", GET=show_gallery_profile),
    api_route("/3/account/{name}/settings", GET=show_settings, PUT=change_settings, POST=change_settings),
    api_route("/3/account/{name}/verifyemail", GET=has_verified_email, POST=verify_email),
]
