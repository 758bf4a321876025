"""Write settings for programs that need more than the usual variables: PHP, Perl's LWP, pycurl, Ruby and wget.

Each reads a variable that names a file or folder of settings. What the user has set there stays in force, except for
the proxy and the certificates.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

SHIMS = Path(__file__).parent / "shims"
"""Code that a language loads by a variable: it makes a library heed the variables that others heed."""
_WGET = re.compile(r"^\s*([A-Za-z_-]+)\s*=\s*(.*?)\s*$", re.MULTILINE)


def program_settings(folder: Path, variables: Mapping[str, str], inherited: Mapping[str, str]) -> dict[str, str]:
    """Write the files, and return the variables that name them.

    Args:
        folder: where the files go.
        variables: what programs are told already: the proxy, what goes past it, and the certificates.
        inherited: the environment of the user.
    """
    return {
        "PERL_LWP_ENV_PROXY": "1",
        "PHP_INI_SCAN_DIR": _php(folder / "php", variables["CURL_CA_BUNDLE"], inherited.get("PHP_INI_SCAN_DIR")),
        "PYTHONPATH": _joined(str(SHIMS), inherited.get("PYTHONPATH")),
        "RUBYLIB": _joined(inherited.get("RUBYLIB"), str(SHIMS)),
        "RUBYOPT": f"{inherited.get('RUBYOPT', '')} -rpyimgur_relay".strip(),
        "WGETRC": str(_wget(folder / "wgetrc", variables, inherited)),
    }


def _joined(*paths: str | None) -> str:
    return os.pathsep.join(path for path in paths if path)


def _php(folder: Path, bundle: str, scanned: str | None) -> str:
    """Return PHP's folders of settings with another one at the end; an empty name stands for the usual folder."""
    folder.mkdir()
    (folder / "pyimgur.ini").write_text(f'curl.cainfo="{bundle}"\nopenssl.cafile="{bundle}"\n')
    return str(folder) if scanned == "" else f"{scanned or ''}{os.pathsep}{folder}"


def _wget(file: Path, variables: Mapping[str, str], inherited: Mapping[str, str]) -> Path:
    """Write the user's settings of wget, and the relay's after them: the last one counts."""
    mine = inherited.get("WGETRC") or str(Path(inherited.get("HOME") or "~").expanduser() / ".wgetrc")
    text = Path(mine).read_text(errors="surrogateescape") if Path(mine).is_file() else ""
    found = {name.lower().replace("-", "_"): value for name, value in _WGET.findall(text)}
    settings = {
        "use_proxy": "on",
        "https_proxy": variables["https_proxy"],
        "no_proxy": ",".join(filter(None, (variables["no_proxy"], found.get("no_proxy")))),
        "ca_certificate": _certificates(file.with_name("wget.pem"), variables["CURL_CA_BUNDLE"], found),
    }
    lines = "".join(f"{name} = {value}\n" for name, value in settings.items())
    file.touch(mode=0o600)  # the proxy's password is in it
    file.write_text(f"{text.rstrip()}\n{lines}", errors="surrogateescape")
    return file


def _certificates(file: Path, bundle: str, found: Mapping[str, str]) -> str:
    """Return the file of certificates, with those that the user has chosen for wget."""
    mine = Path(found.get("ca_certificate", ""))
    if not mine.is_file():
        return bundle
    file.write_bytes(mine.read_bytes() + b"\n" + Path(bundle).read_bytes())
    return str(file)
