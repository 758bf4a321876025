"""The system's store of certificates as one program sees it: for those that trust this store and no variable.

Programs made with Qt or GTK are of that kind. On Linux bubblewrap (`bwrap`) can show a program other files in the
place of the store's. Nobody else sees them, nothing on the machine is changed, and all is gone with the program.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from pathlib import Path

from cryptography import x509

HASHED = Path("/etc/ssl/certs")
"""Debian, Arch, Alpine, openSUSE: a file for each authority, under the hash of its name as well."""
FILES = (
    HASHED / "ca-certificates.crt",
    Path("/etc/pki/tls/certs/ca-bundle.crt"),
    Path("/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem"),
    Path("/var/lib/ca-certificates/ca-bundle.pem"),
)
"""All authorities in one file."""
_LAST = re.compile(rb"-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\s*\Z")


class TrustStoreError(Exception):
    """A program cannot be shown another store here; the text says why."""


def command_prefix(folder: Path, bundle: Path) -> list[str]:
    """What to put before a command's words, so that it sees a store with the relay's authority in it.

    Args:
        folder: an empty folder that stays for as long as the command runs.
        bundle: the authorities to trust, the relay's at the end.

    Raises:
        TrustStoreError: there is no bubblewrap, or no store in any of the usual places.
    """
    bwrap = shutil.which("bwrap")
    if bwrap is None:
        raise TrustStoreError("this needs bubblewrap (on Debian: apt install bubblewrap), which there is on Linux only")
    instead = _folder(folder / "certs", bundle) if HASHED.is_dir() else {}
    instead |= {path: bundle for path in FILES if path.is_file() and path.parent not in instead}
    if not instead:
        raise TrustStoreError("the system's certificates are in none of the usual places")
    return [
        bwrap,
        "--die-with-parent",
        "--dev-bind",
        "/",
        "/",
        *(word for pair in instead.items() for word in _bind(*pair)),
        "--",
    ]


def _bind(seen: Path, file: Path) -> tuple[str, str, str]:
    return "--ro-bind", str(file), str(seen.resolve())


def _folder(copy: Path, bundle: Path) -> dict[Path, Path]:
    """The store of hashed names, copied, and the authority added."""
    shutil.copytree(HASHED, copy, symlinks=True)
    authority = _LAST.search(bundle.read_bytes())
    assert authority
    (copy / f"{name_hash(authority[0])}.0").write_bytes(authority[0])
    everything = copy / FILES[0].name
    everything.unlink(missing_ok=True)
    everything.write_bytes(bundle.read_bytes())
    return {HASHED: copy}


def name_hash(pem: bytes) -> str:
    """What OpenSSL calls the file of an authority: a hash of its name, in small letters and without its outer frame."""
    name = x509.load_pem_x509_certificate(pem).subject
    small = x509.Name([x509.NameAttribute(each.oid, str(each.value).lower()) for each in name])
    frame = 2 if len(small.public_bytes()) < 130 else 3
    digest = hashlib.sha1(small.public_bytes()[frame:], usedforsecurity=False).digest()
    return f"{int.from_bytes(digest[:4], 'little'):08x}"
