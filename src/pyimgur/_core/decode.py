"""Decode JSON to the types that endpoints and objects are annotated with, leniently.

Imgur sends numbers as text, "" for nothing, null instead of a documented value, and undocumented fields. An object's
field is converted when it is first read, so that one wrong field does not spoil a whole page: a value that cannot be
converted becomes its type's empty value, and stays visible in `.raw`.
"""

from __future__ import annotations

import contextlib
import functools
import json
import types
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias, TypeVar, Union, cast, get_args, get_origin, get_type_hints, is_typeddict

import msgspec

_MAX_DIGITS = 18
"""Numbers with more digits are rejected."""

Executor: TypeAlias = Any
"""The `executor.Executor` of the decoded objects; here it is only passed on to them."""
Converter: TypeAlias = Callable[[Any, Executor], Any]


def parse(body: bytes) -> Any:
    """Return the JSON document in `body`.

    Raises:
        ValueError: `body` is not JSON.
    """
    try:
        try:
            return msgspec.json.decode(body)
        except ValueError:
            return msgspec.json.decode(_repair_json(body))
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _repair_json(body: bytes) -> bytes:
    """Return the document with `?` for half a surrogate pair and for bytes that are not UTF-8."""
    document = json.loads(body.decode("utf-8-sig", "replace"))
    return json.dumps(document, ensure_ascii=False).encode("utf-8", "replace")


class _NoDocument:
    """The type of `NO_DOCUMENT`."""


NO_DOCUMENT = _NoDocument()
"""Stands for a body that is not JSON, since None is the document `null`."""


def first_document(body: bytes) -> Any:
    """Return the JSON document in `body`, or on its first line (Imgur once sent two); NO_DOCUMENT if there is none."""
    try:
        return parse(body)
    except ValueError:
        with contextlib.suppress(ValueError):
            return parse(body.split(b"\n", 1)[0])
    return NO_DOCUMENT


def decode(into: Any, data: Any, executor: Executor) -> Any:
    """Convert `data` to the type `into`: an object class, a list of them, or a plain type."""
    return converter(into)(data, executor)


@functools.cache
def converter(hint: Any) -> Converter:
    """Return the function that converts to this annotation."""
    origin = get_origin(hint)
    if origin in {Union, types.UnionType}:
        return _optional(get_args(hint))
    if origin in {list, tuple}:
        return _list_of(converter(get_args(hint)[0]))
    if origin is dict or hint is dict:
        return _mapping_of(converter((get_args(hint) or (str, Any))[1]))
    cls = origin or hint
    if hasattr(cls, "from_data"):
        return cast("Converter", cls.from_data)
    return _document if is_typeddict(cls) else _PLAIN.get(cls, _unchanged)


def _optional(members: tuple[Any, ...]) -> Converter:
    """Convert to a union: to None if it is a member and there is no value, else to the first other member."""
    inner = converter(next(member for member in members if member is not type(None)))
    may_be_none = type(None) in members
    empty_is_none = str not in members

    def convert(data: Any, executor: Executor) -> Any:
        if may_be_none and (data is None or (empty_is_none and data == "")):
            return None
        return inner(data, executor)

    return convert


def _list_of(inner: Converter) -> Converter:
    def convert(data: Any, executor: Executor) -> Any:
        items: list[Any] = cast("list[Any]", data) if isinstance(data, list) else []
        return [inner(item, executor) for item in items]

    return convert


def _mapping_of(inner: Converter) -> Converter:
    def convert(data: Any, executor: Executor) -> Any:
        if not isinstance(data, dict):
            return {}
        return {name: inner(value, executor) for name, value in cast("dict[str, Any]", data).items()}

    return convert


def to_int(value: object) -> int | None:
    """Return a non-negative integer from JSON, a form or a header; None for anything else."""
    text = str(value) if isinstance(value, (int, str)) else ""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= _MAX_DIGITS else None


def _unchanged(data: object, _: Executor) -> object:
    return data


def _document(data: object, _: Executor) -> object:
    return cast("object", data) if isinstance(data, dict) else {}


def _text(data: object, _: Executor) -> str:
    return str(data) if isinstance(data, (str, int, float)) else ""


def _integer(data: Any, _: Executor) -> int:
    if isinstance(data, int):
        return int(data)
    try:
        return int(data)
    except (TypeError, ValueError, OverflowError):
        return 0


def _number(data: Any, _: Executor) -> float:
    try:
        return float(data)
    except (TypeError, ValueError, OverflowError):
        return 0.0


def _boolean(data: Any, _: Executor) -> bool:
    return data.lower() not in {"", "0", "false", "null"} if isinstance(data, str) else bool(data)


_PLAIN: dict[Any, Converter] = {str: _text, int: _integer, float: _number, bool: _boolean}


_types: dict[str, Any] = {}
"""Names that annotations of fields may use, besides those of the class's own module."""


def register_types(names: Mapping[str, Any]) -> None:
    """Let annotations in all object classes, including a user's own subclasses, use these names."""
    _types.update(names)


@functools.cache
def fields(cls: type) -> dict[str, Any]:
    """Return the declared fields of an object class and its bases: name to annotation."""
    hints = get_type_hints(cls, localns=_types)
    return {name: _unbound(hint) for name, hint in hints.items() if not name.startswith("_") and name != "raw"}


@functools.cache
def converters(cls: type) -> dict[str, Converter]:
    """Return the converter of each declared field."""
    return {name: converter(hint) for name, hint in fields(cls).items()}


def _unbound(hint: Any) -> Any:
    """Return an annotation without the type parameter for sync or async, which means nothing at run time."""
    origin, args = get_origin(hint), get_args(hint)
    if origin is None:
        return hint
    if any(isinstance(arg, TypeVar) for arg in args) or hasattr(origin, "from_data"):
        return origin
    inner = tuple(_unbound(arg) for arg in args)
    return Union[inner] if origin in {Union, types.UnionType} else origin[inner]  # noqa: UP007


_EMPTY: dict[Any, Callable[[], object]] = {cls: cls for cls in (str, int, float, bool, list, dict)}


def empty(hint: Any) -> Any:
    """Return the value of a declared field that Imgur did not send."""
    return _EMPTY.get(get_origin(hint) or hint, type(None))()
