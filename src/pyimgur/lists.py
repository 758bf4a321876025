"""The list that list methods return: a real `list` that also says whether it was cut."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, SupportsIndex, TypeVar, overload

T = TypeVar("T")


class ItemList(list[T]):
    """A list of items, with `has_more`: whether the server has more of them than the call returned.

    It equals, prints, sorts and becomes JSON as any list does. Slices, copies and pickles keep `has_more`, which
    is about the call that made the list; `sorted()`, `+` and `*` return plain lists.
    """

    has_more: bool | None
    """True if the limit cut off items, or the server reports more; False if the last item was reached; None if unknown:
    another request would be needed to find out."""

    def __init__(self, items: Iterable[T] = (), /, *, has_more: bool | None = None) -> None:
        super().__init__(items)
        self.has_more = has_more

    @overload
    def __getitem__(self, index: SupportsIndex, /) -> T: ...
    @overload
    def __getitem__(self, index: slice[Any, Any, Any], /) -> ItemList[T]: ...
    def __getitem__(self, index: SupportsIndex | slice[Any, Any, Any], /) -> T | ItemList[T]:
        """Return an item, or for a slice a list with the same `has_more`."""
        result: Any = super().__getitem__(index)
        return ItemList(result, has_more=self.has_more) if isinstance(index, slice) else result

    def copy(self) -> ItemList[T]:
        """Return a shallow copy with the same `has_more`."""
        return self[:]
