"""Exchange a pin, a code or a refresh token for an access token; revoke tokens. Effects only, without I/O."""

from __future__ import annotations

from functools import partial

from .. import oauth
from .._core.effects import Flow, RunBlocking, SaveTokens
from ..exceptions import ImgurError, NotAuthorizedError, UnreadableAnswerError
from ..oauth import Token
from .client_state import ClientState
from .flow import with_rate_limit
from .responses import payload


def exchange(state: ClientState, grant_type: str, **proof: str) -> Flow[Token]:
    """Exchange a pin, a code or a refresh token for a token; the client does not use it yet."""
    if not state.client_secret:
        raise NotAuthorizedError("this needs the application's client_secret: Imgur(client_id, client_secret)")
    request = oauth.exchange(grant_type, client_id=state.client_id, client_secret=state.client_secret, **proof)
    reply = yield from with_rate_limit(state, request)
    return Token.from_data(payload(reply, request))


def adopt_token(state: ClientState, token: Token) -> Flow[Token]:
    """Use this token from now on, and save it in the token store."""
    state.accept(token)
    yield SaveTokens()
    return token


def refresh(state: ClientState) -> Flow[Token]:
    """Get a new access token, use it and save it.

    Raises:
        NotAuthorizedError: there is no refresh token.
        AuthenticationError: the refresh token is not valid any more; the user has to authorize again.
    """
    if not (refresh_token := state.refresh_token):
        raise NotAuthorizedError("there is no refresh token: log in by pin or code first")
    try:
        token = yield from exchange(state, "refresh_token", refresh_token=refresh_token)
    except ImgurError:
        state.trust()  # so that callers that wait for this refresh do not try one themselves
        raise
    if state.refresh_token == refresh_token:  # else the client acts for another user by now
        state.renew(token)
        yield SaveTokens(required=False)
    return token


def authorize(state: ClientState, grant_type: str, **proof: str) -> Flow[oauth.Tokens]:
    """Exchange a pin or a code for an access token and a refresh token, use and save them."""
    token = yield from exchange(state, grant_type, **proof)
    if token.refresh_token is None:
        raise UnreadableAnswerError("the response contains no refresh token", request="POST oauth2/token")
    yield from adopt_token(state, token)
    return oauth.Tokens(token.access_token, token.refresh_token)


def revoke(state: ClientState) -> Flow[None]:
    """Revoke the user's tokens at the server, then remove them from the client and from the token store."""
    token, key = state.refresh_token or state.access_token, state.key
    if not token:
        raise NotAuthorizedError("there is no token to revoke")
    if not state.client_secret:
        raise NotAuthorizedError("this needs the application's client_secret: Imgur(client_id, client_secret)")
    yield from with_rate_limit(
        state, oauth.revocation(token, client_id=state.client_id, client_secret=state.client_secret)
    )
    if token in {state.refresh_token, state.access_token}:  # else the client acts for another user by now
        state.act_for(None, None)
    yield RunBlocking(partial(state.drop, key))
