"""Stored logins: which accounts are logged in at which sites, so that programs need not ask again.

`Logins` is a small file of the user: the accounts, their sites and applications, the one used last first. Their tokens
are in the system's keyring, or in a file beside it.
"""

from __future__ import annotations

import logging
import os
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ._storage.json_file import JSONFile, config_dir, entries, other_entries
from ._traceback_locals import clears_locals
from .exceptions import ImgurError, NotAuthorizedError
from .sites import Site, named
from .tokens import FileStore, Key, KeyringStore, NoKeyringError, StoredToken, TokenStore

if TYPE_CHECKING:
    from .client import AsyncImgur, Imgur

Place = Literal["keyring", "file"]
"""Where the tokens of a login are stored."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Login:
    """An account that is logged in at a site through an application; its `repr` shows no secret."""

    site: str
    """The URL of the site's API."""
    account: str
    client_id: str
    client_secret: str | None = field(default=None, repr=False)
    """Needed to refresh the access token; None: the login expires with its token."""
    place: Place = "keyring"

    @property
    def key(self) -> Key:
        """The key of its tokens in a token store."""
        return Key(self.site, self.client_id, self.account)

    @property
    def where(self) -> Site:
        """The site, with all its URLs."""
        return named(self.site)


def _is_url(site: str) -> bool:
    try:
        named(site)
    except ValueError:
        return False
    return True


class Logins:
    """The logins of a user, the one used last first.

    Args:
        path: by default `logins.json` in the user's configuration folder; a file with tokens is beside it.
    """

    def __init__(self, path: str | os.PathLike[str] | None = None) -> None:
        self.path: Path = Path(path) if path is not None else config_dir() / "logins.json"
        self._document = JSONFile(self.path)

    def __repr__(self) -> str:
        return f"Logins({str(getattr(self, 'path', ''))!r})"

    def all(self) -> list[Login]:
        """Return all logins, the one used last first.

        Raises:
            ImgurError: the file cannot be read.
        """
        return [login for login in entries(self._document.read().get("logins"), Login) if _is_url(login.site)]

    def find(
        self, site: str | None = None, *, account: str | None = None, client_id: str | None = None
    ) -> Login | None:
        """Return the login used last with this site, account and application; None for an argument means any."""
        for login in self.all():
            account_fits = account is None or account.lower() == login.account.lower()
            if site in {None, login.site} and client_id in {None, login.client_id} and account_fits:
                return login
        return None

    def check(self) -> None:
        """Check that a login can be saved, before a user is asked to log in.

        Raises:
            ImgurError: it cannot, because of a file.
        """
        with self._document.hold():
            self.all()
            self._document.check()
            self._store("file").load(Key("", ""))

    def add(self, im: Imgur) -> Login:
        """Save the login of the user that a client acts for; the user's name is requested from the site.

        Raises:
            AuthenticationError: the client's token is not valid; nothing is saved.
        """
        name = im.get_user("me").name  # may refresh the token, so it comes first
        if im.access_token is None:
            raise NotAuthorizedError("the client acts for nobody: use pyimgur.login()")
        token = StoredToken(name, im.access_token, im.refresh_token, im.expires_at)
        return self.keep(Login(im.site.api, name, im.client_id, im.client_secret), token)

    def keep(self, login: Login, token: StoredToken) -> Login:
        """Save a login and its tokens, make it the first, and return it with the place of its tokens.

        If there is no keyring, or it fails, the tokens are saved in a file instead.
        """
        login = replace(login, account=token.account)
        saved = replace(login, place=self._save_tokens(login, token))
        self.use(saved)
        return saved

    def use(self, login: Login) -> None:
        """Make this login the first."""
        self._update(login, keep=True)

    def forget(self, login: Login) -> None:
        """Remove a login and its tokens."""
        try:
            self._store(login.place).save(login.key, None)
        except NoKeyringError as error:
            _log.warning("the tokens of %s were not removed: %s", login.account, error)
        self._update(login, keep=False)

    def client(self, login: Login, **options: Any) -> Imgur:
        """Return a client that acts for this login.

        Raises:
            NotAuthorizedError: its tokens are missing.
        """
        from .client import Imgur

        return Imgur.from_store(login.client_id, login.client_secret, **self._arguments(login), **options)

    def async_client(self, login: Login, **options: Any) -> AsyncImgur:
        """Return an `AsyncImgur` that acts for this login, as `client` does."""
        from .client import AsyncImgur

        return AsyncImgur.from_store(login.client_id, login.client_secret, **self._arguments(login), **options)

    def _arguments(self, login: Login) -> dict[str, Any]:
        return {"account": login.account, "store": self._store(login.place), "base_url": login.where}

    def _store(self, place: Place) -> TokenStore:
        return KeyringStore() if place == "keyring" else FileStore(self.path.with_name("tokens.json"))

    def _save_tokens(self, login: Login, token: StoredToken) -> Place:
        """Save tokens in the login's place, or else in the file; return the place."""
        if login.place == "keyring":
            try:
                KeyringStore().save(login.key, token)
            except NoKeyringError:
                pass
            except ImgurError as error:
                _log.warning("%s; the tokens are kept in a file instead", error)
            else:
                return "keyring"
        self._store("file").save(login.key, token)
        return "file"

    @clears_locals
    def _update(self, login: Login, *, keep: bool) -> None:
        """Move a login to the front, or remove it; everything else in the file stays unchanged."""
        with self._document.hold():
            document, key = self._document.read(), asdict(login.key)
            first = [asdict(login)] if keep else []
            self._document.write({**document, "logins": first + other_entries(document.get("logins"), **key)})
