"""The work, done with the two older Imgur libraries; runs in an environment that holds them and nothing of ours."""

from __future__ import annotations

from collections.abc import Iterator

from cell import CALLS, Place


def pyimgur_calls(there: Place) -> Iterator[None]:
    """PyImgur 0.8.1: `Imgur.get_image(id)`, a field read."""
    import pyimgur

    im = pyimgur.Imgur("0123456789abcde")
    im.base_url = there.url
    im.get_image("p000000")
    yield
    for _ in range(CALLS):
        assert im.get_image("p000000").width == 1920
    yield


def imgurpython_calls(there: Place) -> Iterator[None]:
    """imgurpython 1.1.7: `ImgurClient.get_image(id)`, a field read."""
    import imgurpython.client

    imgurpython.client.API_URL = f"{there.url}/"
    im = imgurpython.client.ImgurClient("0123456789abcde", None)
    im.get_image("p000000")
    yield
    for _ in range(CALLS):
        assert im.get_image("p000000").width == 1920
    yield
