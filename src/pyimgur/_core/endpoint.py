"""One definition, two callables: what is described once works sync and async.

Four kinds of method: an `endpoint` describes one request, a `listing` one page of many, a `paginated`
what is found by walking, an `action` several steps. Reached from an `Imgur` they return what they promise, from an
`AsyncImgur` an awaitable of it; reached from the class they are themselves, and `.describe`
gives the plain value with nothing sent.
"""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from types import MethodType
from typing import TYPE_CHECKING, Any, Concatenate, Generic, ParamSpec, overload

from typing_extensions import TypeVar

from .._traceback_locals import clear_locals
from ..lists import ItemList
from ..urls import Kind, key_in
from .effects import Flow, Paginator
from .executor import Executor
from .request import Request

P = ParamSpec("P")
T = TypeVar("T")


class Sync:
    """Marks what is reached from an `Imgur`."""


class Async:
    """Marks what is reached from an `AsyncImgur`."""


M = TypeVar("M", bound="Sync | Async", covariant=True, default=Sync)


class Bound(Generic[M]):
    """Anything that was reached from a client and can call it."""

    __slots__ = ("__dict__", "__weakref__", "_runner")
    _runner: Executor

    def __init__(self, runner: Executor) -> None:
        self._runner = runner

    def _key_in(self, given: Any, *kinds: Kind) -> Any:
        """Return the id, name or number in a link that leads to one of these kinds; anything else as it is given.

        Raises:
            ArgumentError: it is a link that leads elsewhere; nothing was sent.
        """
        return key_in(given, self._runner.state.site, *kinds)


def _bind(describe: Callable[..., Any], obj: Any, run: Callable[[Any], Any]) -> Any:
    """`describe` as a method of `obj` that also runs what it describes; wrapped bound, so help() shows no self."""
    method = MethodType(describe, obj)

    @functools.wraps(method)
    def call(*args: Any, **kwargs: Any) -> Any:
        try:
            described = method(*args, **kwargs)
        except BaseException as error:
            clear_locals(error)
            raise
        finally:
            del args, kwargs  # a pin or token must not stay in this frame if the call fails
        made = run(described)
        if inspect.iscoroutine(made):
            made.__qualname__ = describe.__qualname__  # Python names it if nobody awaits it
        return made

    return call


_DESCRIPTION = re.compile(r"(Request|Flow|Paginator)\[(.*)\]")


class _Described(Generic[P, T]):
    """What the four kinds share: the description, under the name, docstring and signature of its method."""

    def __init__(self, describe: Callable[Concatenate[Any, P], T]) -> None:
        self.describe = describe
        self.__name__: str = describe.__name__
        self.__qualname__: str = describe.__qualname__
        self.__doc__: str | None = describe.__doc__
        describe.__annotations__["return"] = _result_annotation(describe.__annotations__["return"])

    @property
    def __signature__(self) -> inspect.Signature:
        return inspect.signature(self.describe)

    def __call__(self, obj: object, /, *args: P.args, **kwargs: P.kwargs) -> Any:
        """As any method that is reached from its class: `map(Image.delete, images)`."""
        return self.__get__(obj, type(obj))(*args, **kwargs)

    def __get__(self, obj: Any, owner: type) -> Any:
        raise NotImplementedError


def _result_annotation(annotation: str) -> str:
    """What a call gives, for `help()`: the annotation of its description says what is described."""
    found = _DESCRIPTION.fullmatch(annotation)
    given = annotation if found is None else f"list[{found[2]}]" if found[1] == "Paginator" else found[2]
    return given.replace("[M]", "")


class endpoint(_Described[P, Request[T]]):  # noqa: N801 - used as a decorator
    """A method that describes one request; calling it also sends it."""

    @overload
    def __get__(self, obj: None, owner: type) -> endpoint[P, T]: ...
    @overload
    def __get__(self, obj: Bound[Sync], owner: type) -> Callable[P, T]: ...
    @overload
    def __get__(self, obj: Bound[Async], owner: type) -> Callable[P, Coroutine[Any, Any, T]]: ...
    def __get__(self, obj: Bound[Any] | None, owner: type) -> Any:
        if obj is None:
            return self
        return _bind(self.describe, obj, obj._runner.call)  # pyright: ignore[reportPrivateUsage]


class action(_Described[P, Flow[T]]):  # noqa: N801 - used as a decorator
    """A method that describes several steps; calling it also takes them."""

    @overload
    def __get__(self, obj: None, owner: type) -> action[P, T]: ...
    @overload
    def __get__(self, obj: Bound[Sync], owner: type) -> Callable[P, T]: ...
    @overload
    def __get__(self, obj: Bound[Async], owner: type) -> Callable[P, Coroutine[Any, Any, T]]: ...
    def __get__(self, obj: Bound[Any] | None, owner: type) -> Any:
        if obj is None:
            return self
        return _bind(self.describe, obj, obj._runner.run)  # pyright: ignore[reportPrivateUsage]


class Listing(Generic[P, T]):
    """A listing of one object: call it for a list, or walk `.iter(...)` page after page to the end."""

    def __init__(self, describe: Callable[..., Request[Any] | Paginator[Any]], obj: Bound[Any]) -> None:
        runner = obj._runner  # pyright: ignore[reportPrivateUsage]
        self.iter: Callable[P, Iterator[T]] = _bind(describe, obj, runner.iterate)
        """The same, lazily: fetches the next page when the last one is used up; no limit unless given."""
        self._collect: Callable[P, ItemList[T]] = _bind(describe, obj, runner.collect)
        functools.update_wrapper(self, self._collect)

    def __repr__(self) -> str:
        return f"<{self._collect.__name__}{inspect.signature(self._collect)}, and .iter(...) to walk all of it>"

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> ItemList[T]:
        """Return a list of at most `limit` (default 100) items; its `has_more` tells whether it was cut."""
        try:
            return self._collect(*args, **kwargs)
        finally:
            del args, kwargs  # as in `_bind`: a link may hold a delete hash


class AsyncListing(Generic[P, T]):
    """As `Listing`; awaited for a list, `async for` over `.iter(...)`."""

    if TYPE_CHECKING:
        iter: Callable[P, AsyncIterator[T]]

        def __call__(self, *args: P.args, **kwargs: P.kwargs) -> Coroutine[Any, Any, ItemList[T]]:
            """Return a list of at most `limit` (default 100) items; its `has_more` tells whether it was cut."""
            ...


class listing(_Described[P, Request[list[T]]]):  # noqa: N801 - used as a decorator
    """A method that describes one page of many."""

    @overload
    def __get__(self, obj: None, owner: type) -> listing[P, T]: ...
    @overload
    def __get__(self, obj: Bound[Sync], owner: type) -> Listing[P, T]: ...
    @overload
    def __get__(self, obj: Bound[Async], owner: type) -> AsyncListing[P, T]: ...
    def __get__(self, obj: Bound[Any] | None, owner: type) -> Any:
        if obj is None:
            return self
        return Listing[Any, Any](self.describe, obj)


class paginated(_Described[P, Paginator[T]]):  # noqa: N801 - used as a decorator
    """A method that describes a walk; reached from an object, it is used as a `listing` is."""

    @overload
    def __get__(self, obj: None, owner: type) -> paginated[P, T]: ...
    @overload
    def __get__(self, obj: Bound[Sync], owner: type) -> Listing[P, T]: ...
    @overload
    def __get__(self, obj: Bound[Async], owner: type) -> AsyncListing[P, T]: ...
    def __get__(self, obj: Bound[Any] | None, owner: type) -> Any:
        if obj is None:
            return self
        return Listing[Any, Any](self.describe, obj)
