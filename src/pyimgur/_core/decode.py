"""JSON into what an endpoint promises, by its annotation; lenient about Imgur's surprises.

Imgur sends numbers as text, "" for nothing, null where a value was promised, and fields nobody
documented. A field is converted when it is first read, so that a wrong one never spoils a page:
what cannot be converted becomes its type's empty value, and stays visible in `.raw`.
"""

from __future__ import annotations

import contextlib
import functools
import json
import types
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias, TypeVar, Union, cast, get_args, get_origin, get_type_hints, is_typeddict

import msgspec

_DIGITS = 18
"""Of a number that is one: what has more is taken for nonsense."""

Runner: TypeAlias = Any
"""What the objects that are made will call with (see `endpoint.Runner`); here it is only handed on."""
Converter: TypeAlias = Callable[[Any, Runner], Any]


def parse(body: bytes) -> Any:
    """The JSON document in `body`.

    Raises:
        ValueError: it holds none.
    """
    try:
        try:
            return msgspec.json.decode(body)
        except ValueError:
            return msgspec.json.decode(_repair_json(body))
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _repair_json(body: bytes) -> bytes:
    """A document with `?` for what is no text in it: half of a surrogate pair, bytes that are no UTF-8."""
    document = json.loads(body.decode("utf-8-sig", "replace"))
    return json.dumps(document, ensure_ascii=False).encode("utf-8", "replace")


class _NoDocument:
    """No JSON document."""


NO_DOCUMENT = _NoDocument()


def first_document(body: bytes) -> Any:
    """The JSON document in `body`, or the one on its first line (Imgur once sent two); NOTHING if there is none."""
    with contextlib.suppress(ValueError):
        return parse(body)
    with contextlib.suppress(ValueError):
        return parse(body.split(b"\n", 1)[0])
    return NO_DOCUMENT


def decode(into: Any, data: Any, runner: Runner) -> Any:
    """`data` as an `into`: an object class, a list of them, or a plain type."""
    return converter(into)(data, runner)


@functools.cache
def converter(hint: Any) -> Converter:
    """What makes a value of this annotation; made once for each."""
    origin = get_origin(hint)
    if origin in {Union, types.UnionType}:
        return _optional(get_args(hint))
    if origin in {list, tuple}:
        return _list_of(converter(get_args(hint)[0]))
    if origin is dict or hint is dict:
        return _mapping_of(converter((get_args(hint) or (str, Any))[1]))
    kind = origin or hint
    if hasattr(kind, "from_data"):
        return cast("Converter", kind.from_data)
    return _document if is_typeddict(kind) else _PLAIN.get(kind, _unchanged)


def _optional(kinds: tuple[Any, ...]) -> Converter:
    """A value that may be missing; of several kinds the first decides."""
    inner = converter(next(kind for kind in kinds if kind is not type(None)))
    absent = type(None) in kinds
    empty_is_none = str not in kinds

    def convert(data: Any, runner: Runner) -> Any:
        if absent and (data is None or (empty_is_none and data == "")):
            return None
        return inner(data, runner)

    return convert


def _list_of(inner: Converter) -> Converter:
    def convert(data: Any, runner: Runner) -> Any:
        items: list[Any] = cast("list[Any]", data) if isinstance(data, list) else []
        return [inner(item, runner) for item in items]

    return convert


def _mapping_of(inner: Converter) -> Converter:
    def convert(data: Any, runner: Runner) -> Any:
        if not isinstance(data, dict):
            return {}
        return {name: inner(value, runner) for name, value in cast("dict[str, Any]", data).items()}

    return convert


def to_int(value: object) -> int | None:
    """A number as it may stand in JSON, in a form, or in a header; None for anything else."""
    text = str(value) if isinstance(value, (int, str)) else ""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= _DIGITS else None


def _unchanged(data: object, _: Runner) -> object:
    return data


def _document(data: object, _: Runner) -> object:
    return cast("object", data) if isinstance(data, dict) else {}


def _text(data: object, _: Runner) -> str:
    return str(data) if isinstance(data, (str, int, float)) else ""


def _integer(data: Any, _: Runner) -> int:
    if isinstance(data, int):
        return int(data)
    try:
        return int(data)
    except (TypeError, ValueError, OverflowError):
        return 0


def _number(data: Any, _: Runner) -> float:
    try:
        return float(data)
    except (TypeError, ValueError, OverflowError):
        return 0.0


def _boolean(data: Any, _: Runner) -> bool:
    return data.lower() not in {"", "0", "false", "null"} if isinstance(data, str) else bool(data)


_PLAIN: dict[Any, Converter] = {str: _text, int: _integer, float: _number, bool: _boolean}


_types: dict[str, Any] = {}
"""The names that annotations of fields may use, besides those of the class's own module."""


def register_types(names: Mapping[str, Any]) -> None:
    """Let the annotations of all object classes, also of a user's own, name these types."""
    _types.update(names)


@functools.cache
def fields(cls: type) -> dict[str, Any]:
    """Return the declared fields of an object class and its bases: name to annotation."""
    hints = get_type_hints(cls, localns=_types)
    return {name: _unbound(hint) for name, hint in hints.items() if not name.startswith("_") and name != "raw"}


@functools.cache
def converters(cls: type) -> dict[str, Converter]:
    """What makes the value of each declared field."""
    return {name: converter(hint) for name, hint in fields(cls).items()}


def _unbound(hint: Any) -> Any:
    """An annotation without the client's type parameter, which says nothing at run time."""
    origin, args = get_origin(hint), get_args(hint)
    if origin is None:
        return hint
    if any(isinstance(arg, TypeVar) for arg in args) or hasattr(origin, "from_data"):
        return origin
    inner = tuple(_unbound(arg) for arg in args)
    return Union[inner] if origin in {Union, types.UnionType} else origin[inner]  # noqa: UP007


_EMPTY: dict[Any, Callable[[], object]] = {kind: kind for kind in (str, int, float, bool, list, dict)}


def empty(hint: Any) -> Any:
    """What stands for a declared field that Imgur did not send."""
    return _EMPTY.get(get_origin(hint) or hint, type(None))()
