"""Pagination: fetch the pages of a list lazily, no further than the caller reads. Effects only, without I/O."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from typing import Any, TypeAlias, TypeVar

from .._core.effects import End, Flow, Item, ItemStream, Paginator
from .._core.request import Request
from ..exceptions import ImgurError
from ..lists import ItemList
from .client_state import ClientExecutor, ClientState
from .flow import execute

R = TypeVar("R")
T = TypeVar("T")
ListRequest: TypeAlias = "Request[list[T]] | Paginator[T]"

MAX_REPEATS = 20
"""How many times the same page is accepted if it contains an item twice: test servers send such pages."""


def effective_limit(state: ClientState, request: ListRequest[Any]) -> int | None:
    """Return the most items that a list holds, when it is called without `.iter`; None for all."""
    if request.limit is not None and request.limit >= 0:
        return request.limit
    return None if isinstance(request, Paginator) and request.unlimited else state.default_limit


def paginate(executor: ClientExecutor, request: ListRequest[T], limit: int | None) -> ItemStream[T]:
    """Yield the items of a list, page by page, at most `limit`; all of them if it is None or negative."""
    stream = request.items() if isinstance(request, Paginator) else _pages(executor, request)
    return stream if limit is None or limit < 0 else take(limit, stream)


def _pages(executor: ClientExecutor, request: Request[list[T]]) -> ItemStream[T]:
    """Yield page after page, until one is empty or repeats the last: then the server ignores the page number."""
    if request.pages is None:
        items = yield from execute(executor, request)
        reported = _reported(items) or False
        yield from _items(items, reported)
        return reported
    number, repeats, last = request.pages.first, 0, list[T]()
    while items := (yield from execute(executor, request.page(number))):
        repeats = repeats + 1 if items == last or _raw(items) == _raw(last) else 0
        if repeats and (repeats == MAX_REPEATS or len(set(items)) == len(items)):
            return False
        yield from _items(items, _reported(items))
        number, last = number + 1, items
    return False


def _items(page: list[T], has_more: bool | None) -> Iterator[Item[T]]:
    """Yield each item of a page; `has_more` says whether anything follows the last one."""
    last = len(page) - 1
    return (Item(item, index < last or has_more) for index, item in enumerate(page))


def _reported(items: list[Any]) -> bool | None:
    """Return whether the server itself reported more than this page."""
    return items.has_more if isinstance(items, ItemList) else None


def _raw(items: list[Any]) -> list[object]:
    """Return what Imgur sent for each item; objects without ids never compare equal, but this does."""
    return [getattr(item, "raw", item) for item in items]


def next_item(stream: ItemStream[T]) -> Flow[Item[T] | End]:
    """Return the stream's next item, or its end."""
    try:
        effect = next(stream)
        while not isinstance(effect, Item):
            try:
                result = yield effect
            except ImgurError as error:
                effect = stream.throw(error)
            else:
                effect = stream.send(result)
    except StopIteration as end:
        return End(end.value)
    return effect


def collect(stream: ItemStream[T]) -> Flow[ItemList[T]]:
    """Return a list of all items of a stream, with `has_more`."""
    items = ItemList[T]()
    with closing(stream):
        while isinstance(item := (yield from next_item(stream)), Item):
            items.append(item.item)
    items.has_more = item.has_more
    return items


def take(limit: int, stream: ItemStream[T]) -> ItemStream[T]:
    """Yield the first `limit` items of a stream, and read it no further."""
    has_more: bool | None = None
    with closing(stream):
        for _ in range(limit):
            item = yield from next_item(stream)
            has_more = item.has_more
            if isinstance(item, End):
                break
            yield item
    return has_more


def in_batches(stream: ItemStream[T], size: int, convert: Callable[[list[T]], ItemStream[R]]) -> ItemStream[R]:
    """Yield what `convert` makes of a stream's items, `size` at a time.

    If the stream fails, the items before the failure are converted and yielded first, then its error is raised.
    """
    failure: ImgurError | None = None
    item: Item[T] | End = End(None)
    full = True
    with closing(stream):
        while full:
            batch: list[T] = []
            try:
                while len(batch) < size and isinstance(item := (yield from next_item(stream)), Item):
                    batch.append(item.item)
            except ImgurError as error:
                failure = error
            if batch:
                yield from _followed_by(convert(batch), item.has_more)
            full = len(batch) == size
    if failure is not None:
        raise failure
    return item.has_more


def _followed_by(stream: ItemStream[R], has_more: bool | None) -> ItemStream[R]:
    """Yield the items of a stream; `has_more` says whether anything follows its end."""
    with closing(stream):
        while isinstance(item := (yield from next_item(stream)), Item):
            yield replace(item, has_more=_either(item.has_more, has_more))
    return has_more


def _either(first: bool | None, second: bool | None) -> bool | None:
    """Return whether one of two is true, where None means unknown."""
    return None if not (first or second) and None in {first, second} else bool(first or second)
