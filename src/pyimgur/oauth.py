"""OAuth 2: authorization URLs, token requests, and parsing of redirects.

There are three flows. Pin: the user reads a pin off a page and types it in. Code: Imgur redirects the browser to the
application's callback URL with `?code=`. Token: the same, with the token itself in the URL's fragment. Access tokens
expire after `expires_in` seconds (at Imgur 3,600 to 315,360,000 over the years); refresh tokens are valid until they
are revoked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, cast, get_args
from urllib.parse import parse_qsl, urlencode, urlsplit

from ._core.decode import to_int
from ._core.request import Request
from .exceptions import ArgumentError, AuthenticationError, UnreadableAnswerError

_MAX_ERROR = 500
"""Characters of an error in a redirect URL that are shown."""
ResponseType = Literal["pin", "code", "token"]


class Tokens(NamedTuple):
    """The result of an exchange, to be unpacked: `access_token, refresh_token = im.exchange_pin(pin)`."""

    access_token: str
    refresh_token: str

    def __repr__(self) -> str:
        return "Tokens(access_token=…, refresh_token=…)"


@dataclass(frozen=True, slots=True)
class Token:
    """A response of the token endpoint; its `repr` shows no secret."""

    access_token: str = field(repr=False)
    refresh_token: str | None = field(default=None, repr=False)
    expires_in: int | None = None
    """Seconds from the response on; None if Imgur did not send it."""
    account_username: str | None = None
    account_id: int | None = None

    @classmethod
    def from_data(cls, data: Any, _: object = None) -> Token:
        """Return the token in a response's document or in a redirect's fields.

        Raises:
            UnreadableAnswerError: it contains no access token.
        """
        fields = cast("dict[str, Any]", data) if isinstance(data, dict) else {}
        access = fields.get("access_token")
        if not isinstance(access, str) or not access:
            raise UnreadableAnswerError("the response contains no access token", request="POST oauth2/token")
        refresh, name = fields.get("refresh_token"), fields.get("account_username")
        return cls(
            access,
            refresh if isinstance(refresh, str) and refresh else None,
            to_int(fields.get("expires_in")),
            name if isinstance(name, str) and name else None,
            to_int(fields.get("account_id")),
        )


def authorization_url(api: str, client_id: str, response: str, state: str = "") -> str:
    """Return the URL where a user authorizes the application; `response` is 'pin', 'code' or 'token'.

    Raises:
        ArgumentError: `response` is another word, or `client_id` is empty.
    """
    if response not in get_args(ResponseType):
        raise ArgumentError(f"response must be 'pin', 'code' or 'token', not {response!r}")
    if not client_id:
        raise ArgumentError("client_id is empty: set it")
    query = {"client_id": client_id, "response_type": response, "state": state}
    return f"{api}/oauth2/authorize?{urlencode(query)}"


def exchange(grant_type: str, *, client_id: str, client_secret: str, **proof: str) -> Request[Token]:
    """Describe the call that exchanges a pin, a code or a refresh token for a token.

    A pin or code is valid for one attempt, so the call is never repeated; with a refresh token it may be, as that
    stays valid.
    """
    fields = {"client_id": client_id, "client_secret": client_secret, "grant_type": grant_type, **proof}
    return Request(
        "POST", "oauth2/token", Token, fields, who="nobody", cost=0, repeatable=grant_type == "refresh_token"
    )


def error_text(fields: Mapping[str, Any]) -> str | None:
    """Return the text of an error of RFC 6749, as "Refresh token revoked (invalid_grant)"; None if there is none.

    `error` is a code for programs, `error_description` a sentence; `error_uri` is not shown.
    """
    error, description = fields.get("error"), fields.get("error_description")
    if not isinstance(error, str) or not error:
        return None
    return f"{description} ({error})" if isinstance(description, str) and description.strip() else error


def revocation(token: str, *, client_id: str, client_secret: str) -> Request[bool]:
    """Describe the call that revokes a token, on a server that supports RFC 7009; imgur.com does not."""
    fields = {"client_id": client_id, "client_secret": client_secret, "token": token}
    return Request("POST", "oauth2/revoke", bool, fields, who="nobody", cost=0, repeatable=True, evidence="added")


def redirect_fields(address: str) -> dict[str, str]:
    """Return the fields in a URL's query and fragment."""
    try:
        parts = urlsplit(address.strip())
        return dict(parse_qsl(parts.query)) | dict(parse_qsl(parts.fragment))
    except ValueError:
        return {}


def parse_redirect(address: str, *, state: str | None = None) -> Token | str:
    """Return the result in a redirect URL: a `Token` (token flow), or the code (code flow).

    Fields are read from the query and the fragment. If `state` is given, the URL must contain it.

    Raises:
        AuthenticationError: the user refused, the state differs, or the URL contains neither.
    """
    fields = redirect_fields(address)
    if text := error_text(fields):
        printable = "".join(char if char.isprintable() else " " for char in text[:_MAX_ERROR])
        raise AuthenticationError(f"not authorized: {printable}", hint="the user refused; ask again")
    if state is not None and fields.get("state") != state:
        raise AuthenticationError("this URL belongs to another request", hint="the state differs; start again")
    if "access_token" in fields:
        return Token.from_data(fields)
    if "code" in fields:
        return fields["code"]
    raise AuthenticationError(
        "this URL contains neither token nor code", hint="paste the whole URL, including the part after #"
    )
