"""Where tokens are kept between runs: in memory, in a file, or in the system's keyring.

A token belongs to one site, one application and one user, and is found under just these: whatever
the environment says, it is never used for another site. A store has two methods, `load` and
`save`; one that other processes share also has `hold`, so that of two that refresh at once the
second finds what the first one got. One that may not be able to keep anything has `check`.
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

from ._storage.json_file import JSONFile, Lock, config_dir, entries, parsed, unknown_entries
from ._traceback_locals import clears_locals
from .exceptions import ImgurError, NotAuthorizedError

SERVICE = "pyimgur"


@dataclass(frozen=True, slots=True)
class Key:
    """Whose tokens: a site's API address, an application, and a user (None: the only one there is)."""

    site: str
    client_id: str
    account: str | None = None


@dataclass(frozen=True, slots=True)
class StoredToken:
    """One user's tokens; `repr` shows no secret."""

    account: str
    access_token: str = field(repr=False)
    refresh_token: str | None = field(default=None, repr=False)
    expires_at: float | None = None
    """Unix time of the access token's end, where it is known."""


class TokenStore(Protocol):
    """Keeps tokens."""

    def load(self, key: Key) -> StoredToken | None:
        """The tokens of this key, or None. Raises NotAuthorizedError if no user is named and there are several."""
        ...

    def save(self, key: Key, token: StoredToken | None) -> None:
        """Keep the tokens under this site, application and user; None removes them."""
        ...


@runtime_checkable
class SharedTokenStore(Protocol):
    """A store that other processes use too."""

    def hold(self) -> AbstractContextManager[object]:
        """Within this block, no other process holds the store."""
        ...


@runtime_checkable
class CheckedTokenStore(Protocol):
    """A store that can tell beforehand whether it is able to keep anything."""

    def check(self) -> None:
        """Make sure that something can be kept, before somebody is asked for it. Raises ImgurError if nothing can."""
        ...


class MemoryStore:
    """Tokens for as long as the program runs."""

    def __init__(self) -> None:
        self._tokens: dict[Key, StoredToken] = {}

    def load(self, key: Key) -> StoredToken | None:
        """The tokens of this key."""
        users = [token for known, token in self._tokens.items() if _same_application(known, key)]
        return _choose(users, key)

    def save(self, key: Key, token: StoredToken | None) -> None:
        """Keep the tokens, or forget them."""
        where = Key(key.site, key.client_id, token.account if token else key.account)
        if token is None:
            self._tokens.pop(where, None)
        else:
            self._tokens[where] = token


def _same_application(one: Key, other: Key) -> bool:
    return (one.site, one.client_id) == (other.site, other.client_id)


def _choose(users: Iterable[StoredToken], key: Key) -> StoredToken | None:
    """The named user's token; without a name the only one there is."""
    found = [token for token in users if key.account is None or token.account.lower() == key.account.lower()]
    if len(found) > 1:
        names = ", ".join(sorted(token.account for token in found))
        raise NotAuthorizedError(
            f"several users authorized this program at {key.site} ({names}): choose one with account=…"
        )
    return found[0] if found else None


class _Documents:
    """What the file and the keyring share: one JSON document, a list of users per site and application."""

    def load(self, key: Key) -> StoredToken | None:
        """The tokens of this key."""
        return _choose(_users(self._read(key), key), key)

    @clears_locals
    def save(self, key: Key, token: StoredToken | None) -> None:
        """Keep the tokens, or forget them; all else stays as it was written."""
        with self.hold():
            document = self._read(key)
            applications = _applications(document, key)
            gone = token.account if token else key.account
            users = unknown_entries(applications.get(key.client_id), **({} if gone is None else {"account": gone}))
            applications = {**applications, key.client_id: users + ([asdict(token)] if token else [])}
            self._write(key, {**document, key.site: applications})

    def hold(self) -> AbstractContextManager[object]:
        """Within this block, no other process holds the store."""
        raise NotImplementedError

    def _read(self, key: Key) -> dict[str, Any]:
        raise NotImplementedError

    def _write(self, key: Key, document: dict[str, Any]) -> None:
        raise NotImplementedError


def _users(document: dict[str, Any], key: Key) -> list[StoredToken]:
    """The users of one site and application."""
    return entries(_applications(document, key).get(key.client_id), StoredToken)


def _applications(document: dict[str, Any], key: Key) -> dict[str, Any]:
    """What is kept for one site."""
    found = document.get(key.site)
    return cast("dict[str, Any]", found) if isinstance(found, dict) else {}


class FileStore(_Documents):
    """Tokens in one file that only its owner can read; written whole or not at all.

    Args:
        path: by default `tokens.json` in the user's configuration folder.
    """

    def __init__(self, path: str | os.PathLike[str] | None = None) -> None:
        self.path: Path = Path(path) if path is not None else config_dir() / "tokens.json"
        self._document = JSONFile(self.path)

    def __repr__(self) -> str:
        return f"FileStore({str(getattr(self, 'path', ''))!r})"

    def hold(self) -> AbstractContextManager[None]:
        """Within this block, no other process or thread holds the file; may be nested.

        Raises:
            ImgurError: another process held it for half a minute, or nothing can be written there.
        """
        return self._document.hold()

    def check(self) -> None:
        """Make sure that something can be kept, before somebody is asked for it.

        Raises:
            ImgurError: nothing can, because of this file.
        """
        with self.hold():
            self._document.read()
            self._document.check()

    def _read(self, key: Key) -> dict[str, Any]:
        return self._document.read()

    def _write(self, key: Key, document: dict[str, Any]) -> None:
        self._document.write(document)


class NoKeyringError(ImgurError):
    """This system has no keyring, or the package `keyring` is not installed."""


class KeyringStore(_Documents):
    """Tokens in the system's keyring (macOS Keychain, Secret Service, Windows Credential Locker).

    Raises:
        NoKeyringError: this system has none, or the package `keyring` is not installed.
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
        """Within this block, no other process or thread that uses this class changes the keyring; may be nested.

        Raises:
            ImgurError: another process held it for half a minute, or the lock's file cannot be written.
        """
        return self._lock.hold()

    def _read(self, key: Key) -> dict[str, Any]:
        with _refusals():
            text = self._keyring.get_password(SERVICE, _entry(key))
        try:
            return parsed(text or "{}")
        except (ValueError, RecursionError) as error:
            where = f"{_entry(key)!r} of {SERVICE} in the system's keyring"
            raise ImgurError(f"cannot read {where}: {error}; mend it, or remove it to start anew") from error

    def _write(self, key: Key, document: dict[str, Any]) -> None:
        with _refusals():
            self._keyring.set_password(SERVICE, _entry(key), json.dumps(document))


@contextlib.contextmanager
def _refusals() -> Generator[None]:
    """Within this block, what the keyring refuses is an error of ours: each system's raises what it likes."""
    try:
        yield
    except Exception as error:
        raise ImgurError(f"the system's keyring refused ({error or type(error).__name__}): is it unlocked?") from error


def _entry(key: Key) -> str:
    return f"{key.client_id} at {key.site}"


def default_store() -> TokenStore:
    """The system's keyring if there is one, else the file."""
    try:
        return KeyringStore()
    except NoKeyringError:
        return FileStore()
