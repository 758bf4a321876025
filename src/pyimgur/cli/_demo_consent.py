"""The scripted browser of `pyimgur demo`: log in on the consent page, allow access, read the pin.

Run as a program, it takes the URL to open, as a browser does, and prints the pin. The account and the password come
from the environment (`PYIMGUR_DEMO_ACCOUNT`, `PYIMGUR_DEMO_PASSWORD`); they belong to a temporary server.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from http.cookiejar import CookieJar
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, OpenerDirector, ProxyHandler, build_opener

from ._errors import CommandError

NAME = "PYIMGUR_DEMO_ACCOUNT"
PASSWORD = "PYIMGUR_DEMO_PASSWORD"
PIN_PREFIX = "the pin is "
ERROR_PREFIX = "no pin: "
SECONDS = 30.0
_PIN = re.compile(r"""<[^>]*\bid=["']?pin\b[^>]*>\s*([0-9a-zA-Z]+)\s*<""")


def consent(address: str, name: str, password: str) -> str:
    """Open the consent page, log in, allow access, and return the pin.

    Raises:
        CommandError: the server returned an error, or no pin.
    """
    jar = CookieJar()
    # No proxy: the server is on this machine, whatever proxy the environment names.
    browser = build_opener(ProxyHandler({}), HTTPCookieProcessor(jar))
    _visit(browser, address)
    ticket = next((cookie.value for cookie in jar if cookie.name == "authorize_token"), None) or ""
    page = _visit(browser, address, {"username": name, "password": password, "allow": ticket})
    pin = _PIN.search(page)
    if pin is None:
        raise CommandError("the server showed no pin after the login")
    return pin[1]


def _visit(browser: OpenerDirector, address: str, form: Mapping[str, str] | None = None) -> str:
    try:
        with browser.open(address, urlencode(form).encode() if form else None, timeout=SECONDS) as response:
            return response.read().decode()
    except HTTPError as error:
        with error:
            raise CommandError(f"the consent page returned {error.code} {error.reason}") from None


def _browse(address: str) -> str:
    try:
        return PIN_PREFIX + consent(address, os.environ[NAME], os.environ[PASSWORD])
    except (CommandError, OSError) as error:
        return f"{ERROR_PREFIX}{error}"


if __name__ == "__main__":
    # The exit code is always 0: on an error, the module webbrowser would open the user's own browser.
    print(_browse(sys.argv[1]), flush=True)  # noqa: T201
