"""Keyrings of a system, as the package `keyring` finds them by `PYTHON_KEYRING_BACKEND`; one in a file, one locked."""

from __future__ import annotations

import json
import os
from pathlib import Path

from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked


class Ring(KeyringBackend):
    """Keeps what it is given in the file that `RING` names."""

    priority = 5  # type: ignore[assignment]

    @property
    def file(self) -> Path:
        return Path(os.environ["RING"])

    def secrets(self) -> dict[str, str]:
        return json.loads(self.file.read_text()) if self.file.exists() else {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.secrets().get(f"{service}: {username}")

    def set_password(self, service: str, username: str, password: str) -> None:
        self.file.write_text(json.dumps({**self.secrets(), f"{service}: {username}": password}))


class Locked(Ring):
    """Keeps nothing."""

    def set_password(self, service: str, username: str, password: str) -> None:
        raise KeyringLocked("the user said no")
