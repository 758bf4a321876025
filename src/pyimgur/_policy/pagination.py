"""What a listing gives, one by one: page after page, and no further than somebody looks. Steps, without any I/O."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from typing import Any, TypeVar

from .._core.effects import End, Flow, Item, ItemStream, Paginator
from .._core.executor import Executor
from .._core.request import Request
from ..exceptions import ImgurError
from ..lists import ItemList
from .flow import execute

R = TypeVar("R")
T = TypeVar("T")

MOST_REPEATS = 20
"""How often a page may come again that holds one thing twice: stand-ins for servers, in tests, send such pages."""


def paginate(runner: Executor, wanted: Request[list[T]] | Paginator[T], limit: int | None) -> ItemStream[T]:
    """What a listing or a series gives, one by one, up to so many; all of it for None, and for less than none."""
    found = wanted.walk() if isinstance(wanted, Paginator) else _pages(runner, wanted)
    return found if limit is None or limit < 0 else take(limit, found)


def _pages(runner: Executor, request: Request[list[T]]) -> ItemStream[T]:
    """Page after page, until one is empty, or the same again: then the server does not look at the page's number."""
    if request.pages is None:
        items = yield from execute(runner, request)
        reported = _reported(items) or False
        yield from _found(items, reported)
        return reported
    number, repeats, last = request.pages.first, 0, list[T]()
    while items := (yield from execute(runner, request.page(number))):
        repeats = repeats + 1 if items == last or _sent(items) == _sent(last) else 0
        if repeats and (repeats == MOST_REPEATS or len(set(items)) == len(items)):
            return False
        yield from _found(items, _reported(items))
        number, last = number + 1, items
    return False


def _found(items: list[T], has_more: bool | None) -> Iterator[Item[T]]:
    """Yield each item of a page; `has_more` tells whether anything follows the last one."""
    last = len(items) - 1
    return (Item(item, place < last or has_more) for place, item in enumerate(items))


def _reported(items: list[Any]) -> bool | None:
    """Return whether the server itself reported more than this page."""
    return items.has_more if isinstance(items, ItemList) else None


def _sent(items: list[Any]) -> list[object]:
    """What Imgur sent for them; of a kind without ids, no two are equal."""
    return [getattr(item, "raw", item) for item in items]


def next_item(walk: ItemStream[T]) -> Flow[Item[T] | End]:
    """The walk's next thing, or its end."""
    try:
        step = next(walk)
        while not isinstance(step, Item):
            try:
                answer = yield step
            except ImgurError as error:
                step = walk.throw(error)
            else:
                step = walk.send(answer)
    except StopIteration as end:
        return End(end.value)
    return step


def collect(walk: ItemStream[T]) -> Flow[ItemList[T]]:
    """Return everything a walk gives, and whether there is more."""
    items = ItemList[T]()
    with closing(walk):
        while isinstance(found := (yield from next_item(walk)), Item):
            items.append(found.item)
    items.has_more = found.has_more
    return items


def take(limit: int, walk: ItemStream[T]) -> ItemStream[T]:
    """The first things of a walk; it goes no further than to the last of them."""
    has_more: bool | None = None
    with closing(walk):
        for _ in range(limit):
            found = yield from next_item(walk)
            has_more = found.has_more
            if isinstance(found, End):
                break
            yield found
    return has_more


def in_batches(walk: ItemStream[T], size: int, then: Callable[[list[T]], ItemStream[R]]) -> ItemStream[R]:
    """What `then` makes of a walk's things, so many at a time; where the walk fails, those before that come first."""
    failed: ImgurError | None = None
    found: Item[T] | End = End(None)
    whole = True
    with closing(walk):
        while whole:
            batch: list[T] = []
            try:
                while len(batch) < size and isinstance(found := (yield from next_item(walk)), Item):
                    batch.append(found.item)
            except ImgurError as error:
                failed = error
            if batch:
                yield from _followed(then(batch), found.has_more)
            whole = len(batch) == size
    if failed is not None:
        raise failed
    return found.has_more


def _followed(walk: ItemStream[R], has_more: bool | None) -> ItemStream[R]:
    """The same walk, where `has_more` tells whether something follows its end."""
    with closing(walk):
        while isinstance(found := (yield from next_item(walk)), Item):
            yield replace(found, has_more=_either(found.has_more, has_more))
    return has_more


def _either(first: bool | None, second: bool | None) -> bool | None:
    """Return whether one of two is true, where None stands for not known."""
    return None if not (first or second) and None in {first, second} else bool(first or second)
