"""Add a certificate to the system's trust store as one program sees it, with bubblewrap.

This is for programs that read no environment variable, such as those made with Qt or GTK. On Linux, bubblewrap
(`bwrap`) mounts other files over those of the trust store, for this program only: nothing on the machine is changed.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from pathlib import Path

from cryptography import x509

HASHED_FOLDER = Path("/etc/ssl/certs")
"""Debian, Arch, Alpine, openSUSE: a file for each authority, with a link under the hash of its name."""
FILES = (
    HASHED_FOLDER / "ca-certificates.crt",
    Path("/etc/pki/tls/certs/ca-bundle.crt"),
    Path("/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem"),
    Path("/var/lib/ca-certificates/ca-bundle.pem"),
)
"""All authorities in one file."""
_LAST_CERTIFICATE = re.compile(rb"-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\s*\Z")


class TrustStoreError(Exception):
    """This system does not allow it; the text says why."""


def command_prefix(folder: Path, bundle: Path) -> list[str]:
    """Return the words to put before a command, so that its trust store has the relay's authority.

    Args:
        folder: an empty folder that exists as long as the command runs.
        bundle: the CA bundle, with the relay's authority at the end.

    Raises:
        TrustStoreError: there is no bubblewrap, or no store in any of the usual places.
    """
    bwrap = shutil.which("bwrap")
    if bwrap is None:
        raise TrustStoreError("this needs bubblewrap (on Debian: apt install bubblewrap), which there is on Linux only")
    mounts = _folder_with_authority(folder / "certs", bundle) if HASHED_FOLDER.is_dir() else {}
    mounts |= {path: bundle for path in FILES if path.is_file() and path.parent not in mounts}
    if not mounts:
        raise TrustStoreError("the system's certificates are in none of the usual places")
    return [
        bwrap,
        "--die-with-parent",
        "--dev-bind",
        "/",
        "/",
        *(word for mount in mounts.items() for word in _bind(*mount)),
        "--",
    ]


def _bind(path: Path, source: Path) -> tuple[str, str, str]:
    return "--ro-bind", str(source), str(path.resolve())


def _folder_with_authority(copy: Path, bundle: Path) -> dict[Path, Path]:
    """Copy the folder of hashed names, add the authority, and return what to mount."""
    shutil.copytree(HASHED_FOLDER, copy, symlinks=True)
    authority = _LAST_CERTIFICATE.search(bundle.read_bytes())
    assert authority
    (copy / f"{name_hash(authority[0])}.0").write_bytes(authority[0])
    combined = copy / FILES[0].name
    combined.unlink(missing_ok=True)
    combined.write_bytes(bundle.read_bytes())
    return {HASHED_FOLDER: copy}


def name_hash(pem: bytes) -> str:
    """Return OpenSSL's file name of an authority: a hash of its name in lower case, without the outer DER header."""
    name = x509.load_pem_x509_certificate(pem).subject
    lower = x509.Name([x509.NameAttribute(attribute.oid, str(attribute.value).lower()) for attribute in name])
    header = 2 if len(lower.public_bytes()) < 130 else 3
    digest = hashlib.sha1(lower.public_bytes()[header:], usedforsecurity=False).digest()
    return f"{int.from_bytes(digest[:4], 'little'):08x}"
