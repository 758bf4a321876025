"""Token stores: keep tokens between runs of a program, in memory, in a file, or in the system's keyring.

Tokens are stored by site, application and user, and only found by all three: whatever the environment says, a token
is never used for another site. A store has two methods, `load` and `save`. A store that processes share also has
`hold`, a lock, so that of two processes that refresh at once the second uses the token that the first one got. A
store that may be unable to save anything has `check`.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Generator, Iterable
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol, cast, runtime_checkable

from ._storage.json_file import JSONFile, Lock, config_dir, entries, other_entries, parsed
from ._traceback_locals import clears_locals
from .exceptions import ImgurError, NotAuthorizedError

SERVICE = "pyimgur"


@dataclass(frozen=True, slots=True)
class Key:
    """The key of stored tokens: the URL of a site's API, a client id, and a user's name (None for the only user)."""

    site: str
    client_id: str
    account: str | None = None


@dataclass(frozen=True, slots=True)
class StoredToken:
    """The tokens of one user; its `repr` shows no secret."""

    account: str
    access_token: str = field(repr=False)
    refresh_token: str | None = field(default=None, repr=False)
    expires_at: float | None = None
    """Unix time at which the access token expires; None if unknown."""


class TokenStore(Protocol):
    """Stores tokens."""

    def load(self, key: Key) -> StoredToken | None:
        """Return the tokens of this key, or None. Raises NotAuthorizedError for several users, if it names none."""
        ...

    def save(self, key: Key, token: StoredToken | None) -> None:
        """Store the tokens of this site, application and user; None removes them."""
        ...


@runtime_checkable
class SharedTokenStore(Protocol):
    """A token store that processes share."""

    def hold(self) -> AbstractContextManager[object]:
        """Lock the store for other processes within this block."""
        ...


@runtime_checkable
class CheckedTokenStore(Protocol):
    """A token store that can tell in advance whether it is able to save tokens."""

    def check(self) -> None:
        """Check that tokens can be saved, before a user is asked to log in. Raises ImgurError if they cannot."""
        ...


class MemoryStore:
    """Stores tokens in memory, until the program ends."""

    def __init__(self) -> None:
        self._tokens: dict[Key, StoredToken] = {}

    def load(self, key: Key) -> StoredToken | None:
        """Return the tokens of this key, or None.

        Raises:
            NotAuthorizedError: the key names no user, and there are several.
        """
        users = [token for stored, token in self._tokens.items() if _same_application(stored, key)]
        return _choose(users, key)

    def save(self, key: Key, token: StoredToken | None) -> None:
        """Store the tokens; None removes them."""
        key = Key(key.site, key.client_id, token.account if token else key.account)
        if token is None:
            self._tokens.pop(key, None)
        else:
            self._tokens[key] = token


def _same_application(one: Key, other: Key) -> bool:
    return (one.site, one.client_id) == (other.site, other.client_id)


def _choose(users: Iterable[StoredToken], key: Key) -> StoredToken | None:
    """Return the token of the key's user; without a name, that of the only user."""
    matches = [token for token in users if key.account is None or token.account.lower() == key.account.lower()]
    if len(matches) > 1:
        names = ", ".join(sorted(token.account for token in matches))
        raise NotAuthorizedError(
            f"several users authorized this program at {key.site} ({names}): choose one with account=…"
        )
    return matches[0] if matches else None


class _DocumentStore:
    """Base of the file and the keyring: a JSON document with a list of users for each site and application."""

    def load(self, key: Key) -> StoredToken | None:
        """Return the tokens of this key, or None.

        Raises:
            NotAuthorizedError: the key names no user, and there are several.
            ImgurError: the store cannot be read.
        """
        return _choose(_users(self._read(key), key), key)

    @clears_locals
    def save(self, key: Key, token: StoredToken | None) -> None:
        """Store the tokens, or remove them if `token` is None; everything else in the document stays unchanged.

        Raises:
            ImgurError: the store cannot be written.
        """
        with self.hold():
            document = self._read(key)
            applications = _applications(document, key)
            account = token.account if token else key.account
            replaced = {} if account is None else {"account": account}
            users = other_entries(applications.get(key.client_id), **replaced)
            applications = {**applications, key.client_id: users + ([asdict(token)] if token else [])}
            self._write(key, {**document, key.site: applications})

    def hold(self) -> AbstractContextManager[object]:
        """Lock the store for other processes within this block."""
        raise NotImplementedError

    def _read(self, key: Key) -> dict[str, Any]:
        raise NotImplementedError

    def _write(self, key: Key, document: dict[str, Any]) -> None:
        raise NotImplementedError


def _users(document: dict[str, Any], key: Key) -> list[StoredToken]:
    """Return the tokens of all users of one site and application."""
    return entries(_applications(document, key).get(key.client_id), StoredToken)


def _applications(document: dict[str, Any], key: Key) -> dict[str, Any]:
    """Return the part of the document for one site: client ids with lists of users."""
    applications = document.get(key.site)
    return cast("dict[str, Any]", applications) if isinstance(applications, dict) else {}


class FileStore(_DocumentStore):
    """Stores tokens in one file that only its owner can read; it is written atomically.

    Args:
        path: by default `tokens.json` in the user's configuration folder.
    """

    def __init__(self, path: str | os.PathLike[str] | None = None) -> None:
        self.path: Path = Path(path) if path is not None else config_dir() / "tokens.json"
        self._document = JSONFile(self.path)

    def __repr__(self) -> str:
        return f"FileStore({str(getattr(self, 'path', ''))!r})"

    def hold(self) -> AbstractContextManager[None]:
        """Lock the file for other processes and threads within this block; may be nested.

        Raises:
            ImgurError: another process held the lock for half a minute, or the lock file cannot be written.
        """
        return self._document.hold()

    def check(self) -> None:
        """Check that tokens can be saved, before a user is asked to log in.

        Raises:
            ImgurError: they cannot, because of this file.
        """
        with self.hold():
            self._document.read()
            self._document.check()

    def _read(self, key: Key) -> dict[str, Any]:
        return self._document.read()

    def _write(self, key: Key, document: dict[str, Any]) -> None:
        self._document.write(document)


class NoKeyringError(ImgurError):
    """The system has no keyring, or the package `keyring` is not installed."""


class KeyringStore(_DocumentStore):
    """Stores tokens in the system's keyring (macOS Keychain, Secret Service, Windows Credential Locker).

    Raises:
        NoKeyringError: the system has none, or the package `keyring` is not installed.
    """

    def __init__(self) -> None:
        try:
            import keyring
        except ImportError:
            raise NoKeyringError("the system's keyring needs the package keyring (extra [keyring])") from None
        if keyring.get_keyring().priority <= 0:
            raise NoKeyringError("this system has no keyring: use FileStore()")
        self._keyring = keyring
        self._lock = Lock(config_dir() / "keyring.lock")

    def hold(self) -> AbstractContextManager[None]:
        """Lock the keyring for other users of this class within this block; may be nested.

        Raises:
            ImgurError: another process held the lock for half a minute, or the lock file cannot be written.
        """
        return self._lock.hold()

    def _read(self, key: Key) -> dict[str, Any]:
        with _translate_errors():
            text = self._keyring.get_password(SERVICE, _entry(key))
        try:
            return parsed(text or "{}")
        except (ValueError, RecursionError) as error:
            where = f"{_entry(key)!r} of {SERVICE} in the system's keyring"
            raise ImgurError(f"cannot read {where}: {error}; repair it, or remove it to start afresh") from error

    def _write(self, key: Key, document: dict[str, Any]) -> None:
        with _translate_errors():
            self._keyring.set_password(SERVICE, _entry(key), json.dumps(document))


@contextlib.contextmanager
def _translate_errors() -> Generator[None]:
    """Within this block, raise any error of the keyring as `ImgurError`: each system's raises its own."""
    try:
        yield
    except Exception as error:
        raise ImgurError(f"the system's keyring failed ({error or type(error).__name__}): is it unlocked?") from error


def _entry(key: Key) -> str:
    return f"{key.client_id} at {key.site}"


def default_store() -> TokenStore:
    """Return a store in the system's keyring if there is one, else in a file."""
    try:
        return KeyringStore()
    except NoKeyringError:
        return FileStore()
