"""Decorators that turn one description of a call into a sync and an async method.

A method describes its call as a plain value and sends nothing: an `endpoint` one request, a `listing` one page of a
list, a `paginated` method a list that takes several kinds of requests, an `action` a flow of effects. Called on an
object of an `Imgur`, the method sends the call and returns its result; on an object of an `AsyncImgur` it returns an
awaitable of that. On the class, `.describe` is the undecorated method.
"""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from types import MethodType
from typing import TYPE_CHECKING, Any, Concatenate, Generic, Literal, ParamSpec, TypeAlias, overload

from typing_extensions import TypeVar

from .._traceback_locals import clear_locals
from ..lists import ItemList
from .effects import Flow, Paginator
from .executor import Executor
from .request import Request

P = ParamSpec("P")
T = TypeVar("T")


class Sync:
    """Type parameter of an `Imgur` and its objects."""


class Async:
    """Type parameter of an `AsyncImgur` and its objects."""


M = TypeVar("M", bound="Sync | Async", covariant=True, default=Sync)


class HasExecutor(Generic[M]):
    """A client, or an object that came from one and can make calls."""

    __slots__ = ("__dict__", "__weakref__", "_executor")
    _executor: Executor

    def __init__(self, executor: Executor) -> None:
        self._executor = executor


Run: TypeAlias = Literal["call", "run", "collect", "iterate"]
"""The method of an executor that carries out a description."""


def _runs(describe: Callable[..., Any], run: Run) -> Callable[..., Any]:
    """Return `describe` as a method that also runs its description; made once, as `functools.wraps` is slow."""

    @functools.wraps(describe)
    def call(self: HasExecutor[Any], *args: Any, **kwargs: Any) -> Any:
        carry_out = getattr(self._executor, run)  # pyright: ignore[reportPrivateUsage]
        try:
            description = describe(self, *args, **kwargs)
        except BaseException as error:
            clear_locals(error)
            raise
        finally:
            del args, kwargs  # a pin or token must not stay in this frame if the call fails
        result = carry_out(description)
        if inspect.iscoroutine(result):
            result.__qualname__ = describe.__qualname__  # for the warning "coroutine ... was never awaited"
        return result

    return call


_DESCRIPTION = re.compile(r"(Request|Flow|Paginator)\[(.*)\]")


class _Described(Generic[P, T]):
    """Base of the four decorators: keeps the method's name, docstring and signature."""

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
        """Call the method with its object as the first argument, as in `map(Image.delete, images)`."""
        return self.__get__(obj, type(obj))(*args, **kwargs)

    def __get__(self, obj: Any, owner: type) -> Any:
        raise NotImplementedError


def _result_annotation(annotation: str) -> str:
    """Return the annotation of a call's result, for `help()`, from the annotation of its description."""
    match = _DESCRIPTION.fullmatch(annotation)
    result = annotation if match is None else f"list[{match[2]}]" if match[1] == "Paginator" else match[2]
    return result.replace("[M]", "")


class endpoint(_Described[P, Request[T]]):  # noqa: N801 - used as a decorator
    """A method that describes one request; calling it also sends it."""

    def __init__(self, describe: Callable[Concatenate[Any, P], Request[T]]) -> None:
        super().__init__(describe)
        self._method = _runs(describe, "call")

    @overload
    def __get__(self, obj: None, owner: type) -> endpoint[P, T]: ...
    @overload
    def __get__(self, obj: HasExecutor[Sync], owner: type) -> Callable[P, T]: ...
    @overload
    def __get__(self, obj: HasExecutor[Async], owner: type) -> Callable[P, Coroutine[Any, Any, T]]: ...
    def __get__(self, obj: HasExecutor[Any] | None, owner: type) -> Any:
        return self if obj is None else MethodType(self._method, obj)


class action(_Described[P, Flow[T]]):  # noqa: N801 - used as a decorator
    """A method that describes several requests as a flow; calling it also runs the flow."""

    def __init__(self, describe: Callable[Concatenate[Any, P], Flow[T]]) -> None:
        super().__init__(describe)
        self._method = _runs(describe, "run")

    @overload
    def __get__(self, obj: None, owner: type) -> action[P, T]: ...
    @overload
    def __get__(self, obj: HasExecutor[Sync], owner: type) -> Callable[P, T]: ...
    @overload
    def __get__(self, obj: HasExecutor[Async], owner: type) -> Callable[P, Coroutine[Any, Any, T]]: ...
    def __get__(self, obj: HasExecutor[Any] | None, owner: type) -> Any:
        return self if obj is None else MethodType(self._method, obj)


class Listing(Generic[P, T]):
    """A list method of one object: call it for a list, or iterate over `.iter(...)`, page by page."""

    def __init__(self, iterate: Callable[..., Iterator[T]], collect: Callable[..., ItemList[T]], obj: object) -> None:
        self.iter: Callable[P, Iterator[T]] = MethodType(iterate, obj)
        """Iterate lazily: the next page is fetched when the previous one is used up; no limit unless given."""
        self._collect: Callable[P, ItemList[T]] = MethodType(collect, obj)
        functools.update_wrapper(self, self._collect)

    def __repr__(self) -> str:
        return f"<{self._collect.__name__}{inspect.signature(self._collect)}, and .iter(...) to iterate over all>"

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> ItemList[T]:
        """Return a list of at most `limit` (default 100) items; its `has_more` says whether it was cut."""
        try:
            return self._collect(*args, **kwargs)
        finally:
            del args, kwargs  # as in `_runs`: a link may hold a delete hash


class AsyncListing(Generic[P, T]):
    """As `Listing`: await it for a list, or use `async for` over `.iter(...)`."""

    if TYPE_CHECKING:
        iter: Callable[P, AsyncIterator[T]]

        def __call__(self, *args: P.args, **kwargs: P.kwargs) -> Coroutine[Any, Any, ItemList[T]]:
            """Return a list of at most `limit` (default 100) items; its `has_more` says whether it was cut."""
            ...


class listing(_Described[P, Request[list[T]]]):  # noqa: N801 - used as a decorator
    """A method that describes one page of a list."""

    def __init__(self, describe: Callable[Concatenate[Any, P], Request[list[T]]]) -> None:
        super().__init__(describe)
        self._iterate, self._collect = _runs(describe, "iterate"), _runs(describe, "collect")

    @overload
    def __get__(self, obj: None, owner: type) -> listing[P, T]: ...
    @overload
    def __get__(self, obj: HasExecutor[Sync], owner: type) -> Listing[P, T]: ...
    @overload
    def __get__(self, obj: HasExecutor[Async], owner: type) -> AsyncListing[P, T]: ...
    def __get__(self, obj: HasExecutor[Any] | None, owner: type) -> Any:
        return self if obj is None else Listing[Any, Any](self._iterate, self._collect, obj)


class paginated(_Described[P, Paginator[T]]):  # noqa: N801 - used as a decorator
    """A method that describes a list that takes several kinds of requests; it is called as a `listing` is."""

    def __init__(self, describe: Callable[Concatenate[Any, P], Paginator[T]]) -> None:
        super().__init__(describe)
        self._iterate, self._collect = _runs(describe, "iterate"), _runs(describe, "collect")

    @overload
    def __get__(self, obj: None, owner: type) -> paginated[P, T]: ...
    @overload
    def __get__(self, obj: HasExecutor[Sync], owner: type) -> Listing[P, T]: ...
    @overload
    def __get__(self, obj: HasExecutor[Async], owner: type) -> AsyncListing[P, T]: ...
    def __get__(self, obj: HasExecutor[Any] | None, owner: type) -> Any:
        return self if obj is None else Listing[Any, Any](self._iterate, self._collect, obj)
