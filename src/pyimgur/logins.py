"""Who has logged in where: what lets a program act for somebody without asking again.

`Logins` is one small file of the user's: which accounts are logged in at which sites, through which application, and
which of them is meant if nobody says. Their tokens are in the system's keyring, or in a file beside it.
"""

from __future__ import annotations

import logging
import os
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ._storage.json_file import JSONFile, config_dir, entries, unknown_entries
from ._traceback_locals import clears_locals
from .exceptions import ImgurError, NotAuthorizedError
from .sites import Site, named
from .tokens import FileStore, Key, KeyringStore, NoKeyringError, StoredToken, TokenStore

if TYPE_CHECKING:
    from .client import AsyncImgur, Imgur

Place = Literal["keyring", "file"]
"""Where the tokens of a login are kept."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Login:
    """One account that is logged in at one site through one application; `repr` shows no secret."""

    site: str
    """The address of the site's API."""
    account: str
    client_id: str
    client_secret: str | None = field(default=None, repr=False)
    """What it takes to get new access tokens; None: the login ends with its token."""
    place: Place = "keyring"

    @property
    def key(self) -> Key:
        """Under what its tokens are kept."""
        return Key(self.site, self.client_id, self.account)

    @property
    def where(self) -> Site:
        """The site."""
        return named(self.site)


def _is_address(site: str) -> bool:
    try:
        named(site)
    except ValueError:
        return False
    return True


class Logins:
    """The logins of this user, the one last used first.

    Args:
        path: by default `logins.json` in the user's configuration folder; tokens that are in a file are beside it.
    """

    def __init__(self, path: str | os.PathLike[str] | None = None) -> None:
        self.path: Path = Path(path) if path is not None else config_dir() / "logins.json"
        self._document = JSONFile(self.path)

    def __repr__(self) -> str:
        return f"Logins({str(getattr(self, 'path', ''))!r})"

    def all(self) -> list[Login]:
        """Every login, the one last used first."""
        return [login for login in entries(self._document.read().get("logins"), Login) if _is_address(login.site)]

    def find(
        self, site: str | None = None, *, account: str | None = None, client_id: str | None = None
    ) -> Login | None:
        """The login last used among those at this site, of this account, through this application; None: whichever."""
        for login in self.all():
            account_fits = account is None or account.lower() == login.account.lower()
            if site in {None, login.site} and client_id in {None, login.client_id} and account_fits:
                return login
        return None

    def check(self) -> None:
        """Make sure that something can be kept, before somebody is asked for it.

        Raises:
            ImgurError: nothing can, because of this file.
        """
        with self._document.hold():
            self.all()
            self._document.check()
            self._store("file").load(Key("", ""))

    def add(self, im: Imgur) -> Login:
        """Keep the user that a client acts for, whoever that is: the site is asked.

        Raises:
            AuthenticationError: the client's token is not good; nothing is kept.
        """
        name = im.get_user("me").name  # may refresh the token, so it comes first
        if im.access_token is None:
            raise NotAuthorizedError("the client acts for nobody: use pyimgur.login()")
        token = StoredToken(name, im.access_token, im.refresh_token, im.expires_at)
        return self.keep(Login(im.site.api, name, im.client_id, im.client_secret), token)

    def keep(self, login: Login, token: StoredToken) -> Login:
        """Keep a login and its tokens, and use it first; gives it with the place where its tokens are.

        A keyring that is not there or refuses is no reason to lose a login: its tokens are in the file then.
        """
        login = replace(login, account=token.account)
        kept = replace(login, place=self._put(login, token))
        self.use(kept)
        return kept

    def use(self, login: Login) -> None:
        """Make this the login that is used first."""
        self._change(login, kept=True)

    def forget(self, login: Login) -> None:
        """Remove a login and its tokens."""
        try:
            self._store(login.place).save(login.key, None)
        except NoKeyringError as error:
            _log.warning("the tokens of %s stay where they are: %s", login.account, error)
        self._change(login, kept=False)

    def client(self, login: Login, **options: Any) -> Imgur:
        """A client that acts for this login.

        Raises:
            NotAuthorizedError: its tokens are not there any more.
        """
        from .client import Imgur

        return Imgur.from_store(login.client_id, login.client_secret, **self._found(login), **options)

    def async_client(self, login: Login, **options: Any) -> AsyncImgur:
        """As `client`, giving an `AsyncImgur`."""
        from .client import AsyncImgur

        return AsyncImgur.from_store(login.client_id, login.client_secret, **self._found(login), **options)

    def _found(self, login: Login) -> dict[str, Any]:
        return {"account": login.account, "store": self._store(login.place), "base_url": login.where}

    def _store(self, place: Place) -> TokenStore:
        return KeyringStore() if place == "keyring" else FileStore(self.path.with_name("tokens.json"))

    def _put(self, login: Login, token: StoredToken) -> Place:
        """Keep tokens where they are wanted, or at least in the file."""
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
    def _change(self, login: Login, *, kept: bool) -> None:
        """Move a login to the front, or out; all else in the file stays as it was written."""
        with self._document.hold():
            document, key = self._document.read(), asdict(login.key)
            listed = [asdict(login)] if kept else []
            self._document.write({**document, "logins": listed + unknown_entries(document.get("logins"), **key)})
