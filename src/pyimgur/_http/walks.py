"""What a listing gives, one by one: page after page, and no further than somebody looks. Steps, without any I/O."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from typing import Any, TypeVar

from .._request import Request
from ..exceptions import ImgurError
from .flow import call
from .runner import Runner
from .steps import Flow, Found, Series, Walk

R = TypeVar("R")
T = TypeVar("T")

MOST_REPEATS = 20
"""How often a page may come again that holds one thing twice: stand-ins for servers, in tests, send such pages."""


def walk(runner: Runner, wanted: Request[list[T]] | Series[T], limit: int | None) -> Walk[T]:
    """What a listing or a series gives, one by one, up to so many; all of it for None, and for less than none."""
    found = wanted.walk() if isinstance(wanted, Series) else _pages(runner, wanted)
    return found if limit is None or limit < 0 else up_to(limit, found)


def _pages(runner: Runner, request: Request[list[T]]) -> Walk[T]:
    """Page after page, until one is empty, or the same again: then the server does not look at the page's number."""
    if request.pages is None:
        yield from map(Found, (yield from call(runner, request)))
        return
    number, repeats, last = request.pages.first, 0, list[T]()
    while items := (yield from call(runner, request.page(number))):
        repeats = repeats + 1 if items == last or _sent(items) == _sent(last) else 0
        if repeats and (repeats == MOST_REPEATS or len(set(items)) == len(items)):
            return
        yield from map(Found, items)
        number, last = number + 1, items


def _sent(items: list[Any]) -> list[object]:
    """What Imgur sent for them; of a kind without ids, no two are equal."""
    return [getattr(item, "raw", item) for item in items]


def ahead(walk: Walk[T]) -> Flow[list[T]]:
    """The walk's next thing, or none at its end."""
    try:
        step = next(walk)
        while not isinstance(step, Found):
            try:
                answer = yield step
            except ImgurError as error:
                step = walk.throw(error)
            else:
                step = walk.send(answer)
    except StopIteration:
        return []
    return [step.item]


def up_to(limit: int, walk: Walk[T]) -> Walk[T]:
    """The first things of a walk; it goes no further than to the last of them."""
    with closing(walk):
        for _ in range(limit):
            if not (found := (yield from ahead(walk))):
                return
            yield from map(Found, found)


def in_batches(walk: Walk[T], size: int, then: Callable[[list[T]], Walk[R]]) -> Walk[R]:
    """What `then` makes of a walk's things, so many at a time; where the walk fails, those before that come first."""
    failed: ImgurError | None = None
    whole = True
    with closing(walk):
        while whole:
            batch: list[T] = []
            try:
                while len(batch) < size and (found := (yield from ahead(walk))):
                    batch += found
            except ImgurError as error:
                failed = error
            if batch:
                yield from then(batch)
            whole = len(batch) == size
    if failed is not None:
        raise failed
