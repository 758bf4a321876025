"""Ask whether many links work."""

from __future__ import annotations

from collections.abc import Iterable

from .._core.effects import Flow, Gather
from .._core.endpoint import M, action
from .._transfer.file_state import LinkState, file_state, state_of
from ..exceptions import AnswerError, ImgurError
from ..urls import ImgurURL
from .by_url import URLCalls

_BATCH = 1000
_KINDS = frozenset({"image", "album", "post", "comment", "subreddit image"})


class LinkStateCalls(URLCalls[M]):
    """Client calls about the state of links."""

    @action
    def get_link_states(self, urls: Iterable[str], concurrency: int = 8) -> Flow[dict[str, LinkState]]:
        """Return for each URL or id of an image, album or post whether it is "alive", "removed" or "blocked".

        An image costs a HEAD request of its file and no credits, an album 1 credit, a post up to 3. Other URLs, and
        those of several images, are not in the result.

        Args:
            urls: the URLs.
            concurrency: how many requests are made at the same time.

        Raises:
            RateLimitError: Imgur refuses further requests.
            NoAnswerError: the site cannot be reached.
        """
        targets = {url: target for url in urls if (target := self._parse(url)) and target.kind in _KINDS}
        waiting, states = list(targets), dict[str, LinkState]()
        while batch := waiting[: _BATCH if states else 1]:  # one first: the site may be out of reach
            del waiting[: len(batch)]
            flows = [self._state(targets[url]) for url in batch]
            results: list[LinkState | ImgurError] = yield Gather(flows, max(1, concurrency))
            for url, result in zip(batch, results, strict=True):
                if isinstance(result, ImgurError):
                    raise result
                states[url] = result
        return states

    def _state(self, target: ImgurURL) -> Flow[LinkState]:
        if target.kind == "image":
            return (yield from file_state(self._executor.state, target.id))
        kind = "album" if target.kind == "album" else "post"
        try:
            yield from self._first_found(ImgurURL(kind, target.id))
        except AnswerError as error:
            return state_of(error)
        return "alive"
