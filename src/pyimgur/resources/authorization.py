"""The part of `Imgur` that says who asks: the application, the user it acts for, and how it comes to their token."""

from __future__ import annotations

from typing import Self

from .. import oauth
from .._core.effects import Flow, Refresh
from .._core.endpoint import M, action
from .._policy import token_grants
from .._traceback_locals import clears_locals
from ..exceptions import ArgumentError, AuthenticationError, NotAuthorizedError
from ._base import ClientBound


class AuthorizationCalls(ClientBound[M]):
    """Authorization by pin, code or token, and what was got by it."""

    @property
    def client_id(self) -> str:
        """The application's id; may be set, as may its secret and the tokens."""
        return self._runner.state.client_id

    @client_id.setter
    def client_id(self, client_id: str) -> None:
        self._runner.state.client_id = client_id

    @property
    def client_secret(self) -> str | None:
        """The application's secret."""
        return self._runner.state.client_secret

    @client_secret.setter
    def client_secret(self, client_secret: str | None) -> None:
        self._runner.state.client_secret = client_secret

    @property
    def access_token(self) -> str | None:
        """The user's token; None while nobody has authorized the application."""
        return self._runner.state.access_token

    @access_token.setter
    def access_token(self, access_token: str | None) -> None:
        state = self._runner.state
        state.act_for(None, access_token, state.refresh_token)

    @property
    def refresh_token(self) -> str | None:
        """What gets a new access token when the old one has ended."""
        return self._runner.state.refresh_token

    @refresh_token.setter
    def refresh_token(self, refresh_token: str | None) -> None:
        state = self._runner.state
        state.act_for(None, state.access_token, refresh_token, state.expires_at)

    @property
    def is_authenticated(self) -> bool:
        """Whether this client acts for a user, or can get the token that it takes to."""
        return self.access_token is not None or self._runner.state.can_refresh

    @property
    def expires_at(self) -> float | None:
        """Unix time of the access token's end, where Imgur told."""
        return self._runner.state.expires_at

    def authorization_url(self, response: str, state: str = "") -> str:
        """The address to send a user to, so that they allow this application.

        Args:
            response: 'pin' (the user types a pin into the program), 'code' (Imgur sends the
                browser to the application's callback), or 'token' (as code, without a second step).
            state: comes back unchanged with the answer.

        Raises:
            ArgumentError: any other response.
        """
        return oauth.authorization_url(self._runner.state.site.api, self.client_id, response, state)

    @action
    def exchange_pin(self, pin: str) -> Flow[oauth.Tokens]:
        """Trade the pin the user read for `(access_token, refresh_token)`, and act for the user from now on.

        Raises:
            AuthenticationError: the pin is wrong, used or too old.
            NotAuthorizedError: this client has no secret.
        """
        return token_grants.authorize(self._runner.state, "pin", pin=pin.strip())

    @action
    def exchange_code(self, code: str) -> Flow[oauth.Tokens]:
        """Trade the code that came to the callback for `(access_token, refresh_token)`, and act for the user.

        Raises:
            AuthenticationError: the code is wrong, used or too old.
            NotAuthorizedError: this client has no secret.
        """
        return token_grants.authorize(self._runner.state, "authorization_code", code=code.strip())

    @action
    def refresh_access_token(self) -> Flow[str]:
        """Get a new access token and give it; calls made with an old one do this by themselves.

        Raises:
            NotAuthorizedError: there is no refresh token or no client secret.
            AuthenticationError: Imgur does not know the refresh token any more.
        """
        state = self._runner.state
        yield Refresh(state.access_token)
        assert state.access_token is not None
        return state.access_token

    @action
    def revoke_token(self) -> Flow[None]:
        """End the user's tokens at the server, forget them here and in the token store, and act for nobody.

        Servers of this package can do this. At imgur.com the user ends what a program may do, in their settings. If
        the token store cannot be written, the revoked tokens stay in it, and the logger `pyimgur.tokens` warns.

        Raises:
            ResourceNotFoundError: this server revokes no tokens; nothing was forgotten.
            NotAuthorizedError: there is no token, or no client secret.
            AuthenticationError: the client secret is another one than the token was made with.
        """
        return token_grants.revoke(self._runner.state)

    @action
    def use_redirect(self, address: str, *, state: str | None = None) -> Flow[str]:
        """Act for the user from now on with the token in the address their browser ended at (token flow).

        Returns:
            the access token.

        Raises:
            AuthenticationError: the user refused, or there is no token in it; a code belongs to `exchange_code`.
        """
        found = oauth.parse_redirect(address, state=state)
        if isinstance(found, str):
            raise AuthenticationError("this URL contains a code, not a token", hint="pass the code to exchange_code")
        return (yield from token_grants.adopt_token(self._runner.state, found)).access_token

    @action
    def use_token(self, token: oauth.Token) -> Flow[oauth.Token]:
        """Act for the user from now on with a token that was got elsewhere."""
        return token_grants.adopt_token(self._runner.state, token)

    @clears_locals
    def change_authentication(
        self,
        client_id: str | None = None,
        client_secret: str | None = None,
        access_token: str | None = None,
        refresh_token: str | None = None,
    ) -> None:
        """Go on as another user or as nobody, and as another application if both its id and its secret are given.

        Raises:
            ArgumentError: an id without a secret, or a secret without an id.
        """
        if bool(client_id) != bool(client_secret):
            raise ArgumentError("give both client_id and client_secret, or neither to keep those there are")
        state = self._runner.state
        state.client_id = client_id or state.client_id
        state.client_secret = client_secret or state.client_secret
        state.act_for(None, access_token or None, refresh_token or None)

    def _load_stored_tokens(self, account: str | None) -> Self:
        """This client, acting for a user whose tokens its store has.

        Raises:
            NotAuthorizedError: nobody has authorized this application at this site, or several have.
        """
        state = self._runner.state
        state.account = account
        if not state.load_tokens():
            who = f" as {account!r}" if account else ""
            raise NotAuthorizedError(
                f"nobody has authorized this program{who} at {state.site.api}: use pyimgur.login()"
            )
        return self
