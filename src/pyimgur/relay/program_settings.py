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
"""Code that Python and Ruby load because of a variable; it makes libraries read the proxy variables."""
_WGET = re.compile(r"^\s*([A-Za-z_-]+)\s*=\s*(.*?)\s*$", re.MULTILINE)


def program_settings(folder: Path, variables: Mapping[str, str], inherited: Mapping[str, str]) -> dict[str, str]:
    """Write the files, and return the variables that name them.

    Args:
        folder: where the files go.
        variables: the usual variables: the proxy, the hosts that bypass it, and the certificates.
        inherited: the user's environment.
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
    """Return PHP's list of settings folders with another one at the end; an empty name is PHP's default folder."""
    folder.mkdir()
    (folder / "pyimgur.ini").write_text(f'curl.cainfo="{bundle}"\nopenssl.cafile="{bundle}"\n')
    return str(folder) if scanned == "" else f"{scanned or ''}{os.pathsep}{folder}"


def _wget(file: Path, variables: Mapping[str, str], inherited: Mapping[str, str]) -> Path:
    """Write the user's settings of wget, and the relay's after them: the last value of a setting wins."""
    user_file = inherited.get("WGETRC") or str(Path(inherited.get("HOME") or "~").expanduser() / ".wgetrc")
    text = Path(user_file).read_text(errors="surrogateescape") if Path(user_file).is_file() else ""
    user_settings = {name.lower().replace("-", "_"): value for name, value in _WGET.findall(text)}
    settings = {
        "use_proxy": "on",
        "https_proxy": variables["https_proxy"],
        "no_proxy": ",".join(filter(None, (variables["no_proxy"], user_settings.get("no_proxy")))),
        "ca_certificate": _certificates(file.with_name("wget.pem"), variables["CURL_CA_BUNDLE"], user_settings),
    }
    lines = "".join(f"{name} = {value}\n" for name, value in settings.items())
    file.touch(mode=0o600)  # it has the proxy's password
    file.write_text(f"{text.rstrip()}\n{lines}", errors="surrogateescape")
    return file


def _certificates(file: Path, bundle: str, user_settings: Mapping[str, str]) -> str:
    """Return the CA bundle; with the certificates that the user has set for wget, a new one."""
    user_bundle = Path(user_settings.get("ca_certificate", ""))
    if not user_bundle.is_file():
        return bundle
    file.write_bytes(user_bundle.read_bytes() + b"\n" + Path(bundle).read_bytes())
    return str(file)
