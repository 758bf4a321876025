"""Authorization of the client: application credentials, tokens, and the OAuth flows by pin, code and token."""

from __future__ import annotations

from typing import Self

from .. import oauth
from .._core.effects import Flow, RefreshToken
from .._core.endpoint import M, action
from .._policy import token_grants
from .._traceback_locals import clears_locals
from ..exceptions import ArgumentError, AuthenticationError, NotAuthorizedError
from ._client_bound import ClientBound


class AuthorizationCalls(ClientBound[M]):
    """Client calls for authorization by pin, code or token, and the credentials in use."""

    @property
    def client_id(self) -> str:
        """The application's id; can be set, like its secret and the tokens."""
        return self._executor.state.client_id

    @client_id.setter
    def client_id(self, client_id: str) -> None:
        self._executor.state.client_id = client_id

    @property
    def client_secret(self) -> str | None:
        """The application's secret."""
        return self._executor.state.client_secret

    @client_secret.setter
    def client_secret(self, client_secret: str | None) -> None:
        self._executor.state.client_secret = client_secret

    @property
    def access_token(self) -> str | None:
        """The user's access token; None while nobody has authorized the application."""
        return self._executor.state.access_token

    @access_token.setter
    def access_token(self, access_token: str | None) -> None:
        state = self._executor.state
        state.act_for(None, access_token, state.refresh_token)

    @property
    def refresh_token(self) -> str | None:
        """The token that gets a new access token when the old one has expired."""
        return self._executor.state.refresh_token

    @refresh_token.setter
    def refresh_token(self, refresh_token: str | None) -> None:
        state = self._executor.state
        state.act_for(None, state.access_token, refresh_token, state.expires_at)

    @property
    def is_authenticated(self) -> bool:
        """Whether this client acts for a user, or can get a token to do so."""
        return self.access_token is not None or self._executor.state.can_refresh

    @property
    def expires_at(self) -> float | None:
        """Unix time at which the access token expires, if known."""
        return self._executor.state.expires_at

    def authorization_url(self, response: str, state: str = "") -> str:
        """Return the URL where a user authorizes this application.

        Args:
            response: 'pin' (the user types a pin into the program), 'code' (Imgur redirects the browser to the
                application's callback URL), or 'token' (the same, without a second step).
            state: returned unchanged with the redirect.

        Raises:
            ArgumentError: any other response.
        """
        return oauth.authorization_url(self._executor.state.site.api, self.client_id, response, state)

    @action
    def exchange_pin(self, pin: str) -> Flow[oauth.Tokens]:
        """Exchange the user's pin for `(access_token, refresh_token)`, and act for the user from now on.

        Raises:
            AuthenticationError: the pin is wrong, used or expired.
            NotAuthorizedError: this client has no secret.
        """
        return token_grants.authorize(self._executor.state, "pin", pin=pin.strip())

    @action
    def exchange_code(self, code: str) -> Flow[oauth.Tokens]:
        """Exchange the code from the callback for `(access_token, refresh_token)`, and act for the user from now on.

        Raises:
            AuthenticationError: the code is wrong, used or expired.
            NotAuthorizedError: this client has no secret.
        """
        return token_grants.authorize(self._executor.state, "authorization_code", code=code.strip())

    @action
    def refresh_access_token(self) -> Flow[str]:
        """Get a new access token and return it; calls do this automatically when the token has expired.

        Raises:
            NotAuthorizedError: there is no refresh token or no client secret.
            AuthenticationError: the refresh token is no longer valid.
        """
        state = self._executor.state
        yield RefreshToken(state.access_token)
        assert state.access_token is not None
        return state.access_token

    @action
    def revoke_token(self) -> Flow[None]:
        """Revoke the user's tokens at the server, and remove them from this client and the token store.

        Servers of this package support this. At imgur.com, users revoke a program's access in their settings. If the
        token store cannot be written, the revoked tokens stay in it, and the logger `pyimgur.tokens` warns.

        Raises:
            ResourceNotFoundError: this server cannot revoke tokens; nothing was removed.
            NotAuthorizedError: there is no token, or no client secret.
            AuthenticationError: the client secret is not the one that the token was issued with.
        """
        return token_grants.revoke(self._executor.state)

    @action
    def use_redirect(self, address: str, *, state: str | None = None) -> Flow[str]:
        """Act for the user from now on with the token in the URL that their browser was redirected to (token flow).

        Returns:
            the access token.

        Raises:
            AuthenticationError: the user denied access, or the URL has no token; pass a code to `exchange_code`.
        """
        token = oauth.parse_redirect(address, state=state)
        if isinstance(token, str):
            raise AuthenticationError("this URL contains a code, not a token", hint="pass the code to exchange_code")
        return (yield from token_grants.adopt_token(self._executor.state, token)).access_token

    @action
    def use_token(self, token: oauth.Token) -> Flow[oauth.Token]:
        """Act for the user of this token from now on; it was obtained elsewhere."""
        return token_grants.adopt_token(self._executor.state, token)

    @clears_locals
    def change_authentication(
        self,
        client_id: str | None = None,
        client_secret: str | None = None,
        access_token: str | None = None,
        refresh_token: str | None = None,
    ) -> None:
        """Act for another user, or for none, and as another application if both its id and its secret are given.

        Raises:
            ArgumentError: an id was given without a secret, or a secret without an id.
        """
        if bool(client_id) != bool(client_secret):
            raise ArgumentError("give both client_id and client_secret, or neither to keep those there are")
        state = self._executor.state
        state.client_id = client_id or state.client_id
        state.client_secret = client_secret or state.client_secret
        state.act_for(None, access_token or None, refresh_token or None)

    def _load_stored_tokens(self, account: str | None) -> Self:
        """Act for a user whose tokens are in the client's store, and return this client.

        Raises:
            NotAuthorizedError: nobody has authorized this application at this site, or several have.
        """
        state = self._executor.state
        state.account = account
        if not state.load_tokens():
            who = f" as {account!r}" if account else ""
            raise NotAuthorizedError(
                f"nobody has authorized this program{who} at {state.site.api}: use pyimgur.login()"
            )
        return self
