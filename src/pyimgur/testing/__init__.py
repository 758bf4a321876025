"""Test against a real Imgur-compatible server in the test's own process, with an account and a logged-in client.

    def test_my_gallery(imgur):                      # a pytest fixture that comes with pyimgur
        album = imgur.client.create_album("Cats")
        subprocess.run(["my-tool"], env=imgur.env(), check=True)
        imgur.advance(hours=2)                       # the access token has expired
        imgur.fail("rate-limit", times=1)            # the next request fails with Imgur's rate limit error
        imgur.assert_called("POST", "/3/album", fields={"title": "Cats"})

    with pyimgur.testing.local_imgur() as imgur:     # without pytest
        ...

Needs the extra [server].
"""

from __future__ import annotations

from .clock import Clock
from .fault_effects import FAULTS, Effect
from .faults import Fault
from .journal import RecordedRequest
from .local_imgur import LocalImgur, local_imgur
from .recorded_body import RecordedFile

__all__ = ["FAULTS", "Clock", "Effect", "Fault", "LocalImgur", "RecordedFile", "RecordedRequest", "local_imgur"]
