"""An Imgur for tests: a real server in the test's own process, an account, and a client that is signed in.

    def test_my_gallery(imgur):                      # a pytest fixture, there as soon as pyimgur is installed
        album = imgur.client.create_album("Cats")
        subprocess.run(["my-tool"], env=imgur.env(), check=True)
        imgur.advance(hours=2)                       # the access token has ended
        imgur.fail("rate-limit", times=1)            # the next call is refused, as Imgur does it

    with pyimgur.testing.local_imgur() as imgur:     # without pytest
        ...

Needs the extra [server].
"""

from __future__ import annotations

from .faults import FAULTS, Fault
from .local_imgur import Clock, LocalImgur, local_imgur

__all__ = ["FAULTS", "Clock", "Fault", "LocalImgur", "local_imgur"]
