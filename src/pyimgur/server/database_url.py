"""The URL of a server's PostgreSQL database, which may hold a password: it is in no message and no `repr`."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

SCHEMES = frozenset(("postgresql", "postgres"))
_SECRETS = frozenset(("password", "sslpassword"))
"""Parameters that nobody else may see."""


EXAMPLE = (
    "postgresql://USER@HOST/DATABASE, with special characters in a name or password as %XX, such as %2F for a slash "
    "and %23 for a number sign"
)


@dataclass(frozen=True, slots=True)
class DatabaseURL:
    """A URL such as `postgresql://ann@db.example/imgur?sslmode=verify-full`, in libpq's form.

    What it leaves out comes from libpq's environment variables (`PGHOST`, `PGPASSWORD` ...), password file and service
    file. `str` returns it without passwords.
    """

    secret: str = field(repr=False)
    """The URL with its password, for the driver alone."""

    @classmethod
    def parse(cls, text: str) -> DatabaseURL:
        """Return the URL in a text.

        Raises:
            ValueError: it is not a URL of a PostgreSQL database. The message has no part of the text that could be a
                password.
        """
        try:
            parts = urlsplit(text.strip())
            _ = parts.port  # raises an error if it is not a number
            parse_qsl(parts.query, strict_parsing=bool(parts.query))
        except ValueError:
            raise ValueError(f"not a database URL, which is {EXAMPLE}") from None
        if parts.scheme not in SCHEMES or not text.strip().startswith(f"{parts.scheme}://"):
            raise ValueError(
                "a database URL begins with postgresql://; without one, the server uses SQLite in its data folder"
            )
        if parts.fragment or "/" in parts.path.removeprefix("/"):
            raise ValueError(f"not a database URL, which is {EXAMPLE}")
        return cls(text.strip())

    @property
    def has_password(self) -> bool:
        """Whether the URL itself holds a password."""
        return self.secret != str(self)

    def __str__(self) -> str:
        parts = urlsplit(self.secret)
        credentials, at, hosts = parts.netloc.rpartition("@")
        user = credentials.partition(":")[0]
        pairs = parse_qsl(parts.query)
        public = [(name, value) for name, value in pairs if name not in _SECRETS]
        query = parts.query if public == pairs else urlencode(public, quote_via=quote)
        return f"{parts.scheme}://{user}{at}{hosts}{parts.path}{query and '?' + query}"
