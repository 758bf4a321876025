"""The three ways to be authorized: addresses to visit, forms to post, and the token that comes of it.

Pin: the user reads a pin off a page and types it in. Code: Imgur sends the browser to the
application's callback with `?code=`. Token: … with everything in the address's fragment.
Access tokens live for `expires_in` seconds (at Imgur 3,600 to 315,360,000 over the years); refresh
tokens have no end but revocation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, cast, get_args
from urllib.parse import parse_qsl, urlencode, urlsplit

from ._core.decode import to_int
from ._core.request import Request
from .exceptions import ArgumentError, AuthenticationError, UnreadableAnswerError

_LONGEST_ERROR = 500
"""Characters of an error in an address that are shown."""
ResponseType = Literal["pin", "code", "token"]


class Tokens(NamedTuple):
    """What an exchange gave, to be unpacked: `access_token, refresh_token = im.exchange_pin(pin)`."""

    access_token: str
    refresh_token: str

    def __repr__(self) -> str:
        return "Tokens(access_token=…, refresh_token=…)"


@dataclass(frozen=True, slots=True)
class Token:
    """One answer of the token endpoint; `repr` shows no secret."""

    access_token: str = field(repr=False)
    refresh_token: str | None = field(default=None, repr=False)
    expires_in: int | None = None
    """Seconds from the answer on; None where Imgur did not say."""
    account_username: str | None = None
    account_id: int | None = None

    @classmethod
    def from_data(cls, data: Any, _: object = None) -> Token:
        """A token from the endpoint's document or from a redirect's fields.

        Raises:
            UnreadableAnswerError: there is no access token in it.
        """
        fields = cast("dict[str, Any]", data) if isinstance(data, dict) else {}
        access = fields.get("access_token")
        if not isinstance(access, str) or not access:
            raise UnreadableAnswerError("the answer holds no access token", request="POST oauth2/token")
        refresh, name = fields.get("refresh_token"), fields.get("account_username")
        return cls(
            access,
            refresh if isinstance(refresh, str) and refresh else None,
            to_int(fields.get("expires_in")),
            name if isinstance(name, str) and name else None,
            to_int(fields.get("account_id")),
        )


def authorization_url(api: str, client_id: str, response: str, state: str = "") -> str:
    """The address where a user allows the application; `response` is 'pin', 'code' or 'token'.

    Raises:
        ArgumentError: any other response type, or no client_id.
    """
    if response not in get_args(ResponseType):
        raise ArgumentError(f"response must be 'pin', 'code' or 'token', not {response!r}")
    if not client_id:
        raise ArgumentError("client_id is empty: set it")
    query = {"client_id": client_id, "response_type": response, "state": state}
    return f"{api}/oauth2/authorize?{urlencode(query)}"


def exchange(grant_type: str, *, client_id: str, client_secret: str, **proof: str) -> Request[Token]:
    """Trade a pin, a code or a refresh token for a token.

    A pin or code is used up by the first try, so this is never sent twice; asking twice for a
    refresh does no harm, as refresh tokens stay what they are.
    """
    form = {"client_id": client_id, "client_secret": client_secret, "grant_type": grant_type, **proof}
    return Request("POST", "oauth2/token", Token, form, who="nobody", cost=0, repeatable=grant_type == "refresh_token")


def error_text(fields: Mapping[str, Any]) -> str | None:
    """Return what an error of RFC 6749 says, as "Refresh token revoked (invalid_grant)"; None if there is none.

    `error` is one of a few words for programs, `error_description` a sentence; `error_uri` is not shown.
    """
    error, description = fields.get("error"), fields.get("error_description")
    if not isinstance(error, str) or not error:
        return None
    return f"{description} ({error})" if isinstance(description, str) and description.strip() else error


def revocation(token: str, *, client_id: str, client_secret: str) -> Request[bool]:
    """Describe the call that ends a token, on a server that knows RFC 7009; imgur.com does not."""
    form = {"client_id": client_id, "client_secret": client_secret, "token": token}
    return Request("POST", "oauth2/revoke", bool, form, who="nobody", cost=0, repeatable=True, evidence="added")


def redirect_fields(address: str) -> dict[str, str]:
    """What an address carries in its query and its fragment."""
    try:
        parts = urlsplit(address.strip())
        return dict(parse_qsl(parts.query)) | dict(parse_qsl(parts.fragment))
    except ValueError:
        return {}


def parse_redirect(address: str, *, state: str | None = None) -> Token | str:
    """What the address the browser ended at carries: a `Token` (token flow), or the code (code flow).

    Fields are looked for in the query and in the fragment. With `state` given, it must be there.

    Raises:
        AuthenticationError: the user refused, the state is another, or nothing useful is in it.
    """
    found = redirect_fields(address)
    if said := error_text(found):
        shown = "".join(char if char.isprintable() else " " for char in said[:_LONGEST_ERROR])
        raise AuthenticationError(f"not authorized: {shown}", hint="the user refused; ask again")
    if state is not None and found.get("state") != state:
        raise AuthenticationError("this URL belongs to another request", hint="the state differs; start again")
    if "access_token" in found:
        return Token.from_data(found)
    if "code" in found:
        return found["code"]
    raise AuthenticationError(
        "this URL contains neither token nor code", hint="paste the whole URL, including the part after #"
    )
