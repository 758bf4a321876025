"""Somebody who signs in and allows what is asked, over HTTP: the browser of `pyimgur demo`.

As a program it gets the address to visit, as browsers do, and prints the pin it was shown. Who it is comes from the
environment (`PYIMGUR_DEMO_ACCOUNT`, `PYIMGUR_DEMO_PASSWORD`); both belong to a throw-away server.
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
SAID = "the pin is "
REFUSED = "no pin: "
SECONDS = 30.0
_PIN = re.compile(r"""<[^>]*\bid=["']?pin\b[^>]*>\s*([0-9a-zA-Z]+)\s*<""")


def consent(address: str, name: str, password: str) -> str:
    """Visit the address, sign in, allow; gives the pin.

    Raises:
        CommandError: the server did not let that happen.
    """
    jar = CookieJar()
    # No proxy: the server is on this machine, whatever the environment says about the rest of the world.
    browser = build_opener(ProxyHandler({}), HTTPCookieProcessor(jar))
    _visit(browser, address)
    ticket = next((cookie.value for cookie in jar if cookie.name == "authorize_token"), None) or ""
    page = _visit(browser, address, {"username": name, "password": password, "allow": ticket})
    found = _PIN.search(page)
    if found is None:
        raise CommandError("the server showed no pin after the sign-in")
    return found[1]


def _visit(browser: OpenerDirector, address: str, form: Mapping[str, str] | None = None) -> str:
    try:
        with browser.open(address, urlencode(form).encode() if form else None, timeout=SECONDS) as answer:
            return answer.read().decode()
    except HTTPError as error:
        with error:
            raise CommandError(f"the consent page answered {error.code} {error.reason}") from None


def _browse(address: str) -> str:
    try:
        return SAID + consent(address, os.environ[NAME], os.environ[PASSWORD])
    except (CommandError, OSError) as error:
        return f"{REFUSED}{error}"


if __name__ == "__main__":
    # It never exits with an error: the module webbrowser would then try the user's own browser.
    print(_browse(sys.argv[1]), flush=True)  # noqa: T201
