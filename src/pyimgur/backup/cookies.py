"""Read the cookies of a signed-in browser from a `cookies.txt` in Netscape's format.

Only the cookies that a browser would send to the site are read. No error shows a cookie.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from ..sites import IMGUR, Site
from .errors import BackupError

MAX_SIZE = 1 << 20
"""Bytes of the largest file that is read."""
_HTTP_ONLY = "#HttpOnly_"
_FIELDS = 7
_DOMAIN = re.compile(r"\.?[a-z0-9-]+(?:\.[a-z0-9-]+)*", re.ASCII)
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", re.ASCII)
_VALUE = re.compile(r"[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e\"]*")
"""The characters of a cookie's value, by RFC 6265: no space, comma, semicolon or backslash."""


@dataclass(frozen=True, slots=True)
class _Cookie:
    domain: str
    with_subdomains: bool
    path: str
    secure: bool
    expires: int
    name: str
    value: str = field(repr=False)


def read_cookies(path: Path | str, site: Site = IMGUR, *, now: float | None = None) -> str:
    """Return the `Cookie` header that a browser with these cookies sends to the API of a site: a secret.

    Args:
        path: a `cookies.txt` in Netscape's format, as browser extensions and curl write it.
        site: the site; cookies of other sites are ignored.
        now: the Unix time; expired cookies are ignored.

    Raises:
        BackupError: the file cannot be read, is in another format, or has no cookie for the site.
    """
    path, parts = Path(path), urlsplit(site.api)
    host, now = parts.hostname or "", time.time() if now is None else now
    try:
        with path.open("rb") as file:
            data = file.read(MAX_SIZE + 1)
    except OSError as error:
        raise BackupError(f"cannot read {str(path)!r}: {error.strerror}") from None
    if len(data) > MAX_SIZE:
        raise BackupError(f"{str(path)!r} is larger than {MAX_SIZE:,} bytes: is it a cookies.txt?")
    secure = parts.scheme == "https" or site.loopback
    chosen = {
        cookie.name: cookie.value
        for cookie in _parse(data.decode("utf-8", "replace"), path)
        if _is_sent_to(cookie, host, secure) and not 0 < cookie.expires <= now
    }
    if not chosen:
        raise BackupError(
            f"{str(path)!r} has no valid cookie for {host}: export it while the browser is signed in there"
        )
    return "; ".join(f"{name}={value}" for name, value in chosen.items())


def _parse(text: str, path: Path) -> Iterator[_Cookie]:
    """Yield the cookies of a file.

    Raises:
        BackupError: a line is in another format; it is named by its number only.
    """
    for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), 1):
        line = line.removeprefix(_HTTP_ONLY)
        if not line.strip() or line.startswith("#"):
            continue
        fields = line.split("\t")
        if len(fields) != _FIELDS:
            raise _invalid(path, number, f"it has {len(fields)} fields between tabs, and not {_FIELDS}")
        domain, with_subdomains, cookie_path, secure, expires, name, value = fields
        checks = (
            (_DOMAIN.fullmatch(domain.lower()), "its domain"),
            (with_subdomains in {"TRUE", "FALSE"} and secure in {"TRUE", "FALSE"}, "a TRUE or FALSE"),
            (cookie_path.startswith("/"), "its path"),
            (re.fullmatch(r"\d{1,18}(?:\.\d+)?", expires), "its time"),
            (_NAME.fullmatch(name), "its name"),
            (_VALUE.fullmatch(value), "its value"),
        )
        for is_valid, what in checks:
            if not is_valid:
                raise _invalid(path, number, f"{what} is not valid")
        yield _Cookie(
            domain.lower(), with_subdomains == "TRUE", cookie_path, secure == "TRUE", int(float(expires)), name, value
        )


def _invalid(path: Path, number: int, reason: str) -> BackupError:
    return BackupError(f"line {number} of {str(path)!r} is no cookie in Netscape's format: {reason}")


def _is_sent_to(cookie: _Cookie, host: str, secure: bool) -> bool:
    """Return whether a browser sends a cookie to a host; never one for a whole top-level domain."""
    domain = cookie.domain.removeprefix(".")
    below = cookie.with_subdomains and host.endswith(f".{domain}") and "." in domain
    return (host == domain or below) and cookie.path == "/" and (secure or not cookie.secure)
