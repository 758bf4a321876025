"""Test against a real Imgur-compatible server in the test's own process, with an account and a logged-in client.

    def test_my_gallery(imgur):                      # a pytest fixture that comes with pyimgur
        album = imgur.client.create_album("Cats")
        subprocess.run(["my-tool"], env=imgur.env(), check=True)
        imgur.advance(hours=2)                       # the access token has expired
        imgur.fail("rate-limit", times=1)            # the next request fails with Imgur's rate limit error
        imgur.assert_called("POST", "/3/album", fields={"title": "Cats"})

    with pyimgur.testing.local_imgur() as imgur:     # without pytest
        ...

Needs the extra [server]. Names are loaded on first use: a guard needs no server.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .clock import Clock
    from .fault_effects import FAULTS, Effect
    from .faults import Fault
    from .interception import no_real_imgur
    from .journal import RecordedRequest
    from .local_account import LocalAccount, LocalApplication
    from .local_server import LocalImgur, local_imgur
    from .recorded_body import RecordedFile

_MODULE_OF = {
    "FAULTS": "fault_effects",
    "Clock": "clock",
    "Effect": "fault_effects",
    "Fault": "faults",
    "LocalAccount": "local_account",
    "LocalApplication": "local_account",
    "LocalImgur": "local_server",
    "RecordedFile": "recorded_body",
    "RecordedRequest": "journal",
    "local_imgur": "local_server",
    "no_real_imgur": "interception",
}

__all__ = [
    "FAULTS",
    "Clock",
    "Effect",
    "Fault",
    "LocalAccount",
    "LocalApplication",
    "LocalImgur",
    "RecordedFile",
    "RecordedRequest",
    "local_imgur",
    "no_real_imgur",
]

if not TYPE_CHECKING:  # with __getattr__, type checkers would accept any name

    def __getattr__(name: str) -> Any:
        if name not in _MODULE_OF:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f".{_MODULE_OF[name]}", __name__), name)
