"""Settings of an account, its email verification, gallery profile and deletion.

Everything except the gallery profile is for the owner alone: another account's path answers 403.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from pyimgur.server.errors import ForbiddenError
from pyimgur.server.http.api import api_route
from pyimgur.server.http.declared_parameters import BodyFields, NoBody, takes
from pyimgur.server.http.errors import APIError
from pyimgur.server.http.parameter_kinds import ignored, strict_flag, text, word
from pyimgur.server.http.serializers.account import serialize_account_settings
from pyimgur.server.routes.account import AccountQuery, account_of, require_own_account
from pyimgur.server.services import blocks, profiles, throttle
from pyimgur.server.services.albums import PRIVACIES

if TYPE_CHECKING:
    from pyimgur.server.http.api import APIRequest
    from pyimgur.server.http.responses import Json

VERIFIED = "User Previously Verified"


class AccountSettingsFields(BodyFields):
    """The settings of an account to change; those that are not sent stay. An empty flag is not sent."""

    username = text("Must be the account's name: it cannot be changed.")
    bio = text("The text on the account's page.")
    avatar = text("The name of an available avatar.")
    album_privacy = text("The privacy of new albums.", choices=PRIVACIES)
    public_images = strict_flag("Whether new images are public. Has no effect here.")
    messaging_enabled = strict_flag("Whether others can send messages.")
    accepted_gallery_terms = strict_flag("Whether the account accepted the terms of the gallery.")
    show_mature = strict_flag("Whether the account wants to see mature posts.")
    newsletter_subscribed = strict_flag("Whether the account wants the newsletter. This server sends none.")
    comment_replies = strict_flag("Whether replies to the account's comments are notified.")
    high_quality = strict_flag("Whether images are kept in full quality. This server always does.")


class DeletionFields(BodyFields):
    """The confirmation that an account is deleted."""

    password = word("The account's password.")
    reasons = ignored("Why the account is deleted. Ignored.")
    feedback = ignored("What the person says about it. Ignored.")


@takes(AccountQuery)
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


@takes(AccountSettingsFields)
async def change_settings(call: APIRequest) -> Json:
    """Change the settings that the body names. The user name cannot be changed."""
    viewer, fields = require_own_account(call), await call.body(AccountSettingsFields)
    if fields.username and fields.username != call.caller.account_name:
        raise APIError(400, "A user name cannot be changed here")
    await profiles.change_settings(call.context, viewer, changes_of(fields))
    return True


def changes_of(fields: AccountSettingsFields) -> profiles.Changes:
    """Return the settings in these fields.

    Raises:
        APIError: the value of a flag is neither true nor false.
    """
    values = {name: getattr(fields, name) for name in fields.declared if name != "username"}
    return cast("profiles.Changes", {name: value for name, value in values.items() if value is not None})


async def has_verified_email(call: APIRequest) -> Json:
    """Return whether the caller's email address is verified."""
    return bool((await profiles.settings(call.context, require_own_account(call))).email_verified)


@takes(NoBody)
async def verify_email(call: APIRequest) -> Json:
    """Verify the caller's email address, at once: this server sends no mail."""
    if not await profiles.verify_email(call.context, require_own_account(call)):
        raise APIError(400, VERIFIED)
    return True


@takes(DeletionFields)
async def delete_account(call: APIRequest) -> Json:
    """Delete the caller's account. It takes the password, because a stolen token must not be enough."""
    viewer, fields = call.caller.require_account(), await call.body(DeletionFields)
    try:
        await profiles.delete_account(call.context, viewer, fields.password, address=call.caller.address)
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
