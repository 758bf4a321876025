"""The base class of all API objects: fields load lazily, objects compare by id and can be pickled.

`raw` holds what Imgur sent, unchanged. A declared field is converted when it is read; one that Imgur did not send is
fetched once (sync), or raises `NotLoaded` (async, or without a client). An undeclared name returns what Imgur sent
under it, or raises `AttributeError`; it never costs a request.
"""

from __future__ import annotations

from collections.abc import Container, Coroutine, Mapping
from threading import RLock
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Self, TypeVar, cast, overload
from urllib.parse import quote

from .._core.decode import converters, empty, fields
from .._core.effects import Flow
from .._core.endpoint import Async, HasExecutor, M, Sync
from .._core.executor import Executor
from .._core.request import Request, is_deletehash
from .._policy.flow import execute
from ..exceptions import NotLoaded
from ._client_bound import NO_CLIENT, ClientBound
from ._summary import summary
from ._vars import PYIMGUR_ATTRIBUTES, fill_attributes, omitted_fields

S = TypeVar("S", bound="Object[Sync]")
A = TypeVar("A", bound="Object[Async]")


_attributes = vars(HasExecutor)["__dict__"]
"""Reads and sets the attributes that exist so far, whereas `vars()` first creates all of them (see `_vars`)."""
_merge_lock = RLock()
"""Held while the fields of an object are replaced, so that two threads do not lose each other's changes."""
URL_SEGMENTS: Mapping[str, str] = {"User": "account"}
"""The path segments of kinds of objects in PyImgur's URLs, where they differ from the kind's name."""


class Object(ClientBound[M], Generic[M]):
    """An object of the API; two are equal if they are of the same kind and have the same id."""

    __slots__ = {"_loaded": None, "raw": "What Imgur sent, unchanged."}

    _key: ClassVar[str] = "id"
    """The field that identifies an object."""
    _extra_keys: ClassVar[frozenset[str]] = frozenset()
    """Further fields that are needed to fetch an object."""
    raw: dict[str, Any]
    _loaded: bool
    _aliases: ClassVar[Mapping[str, str]] = {}
    """Fields with a name of their own here, mapped to the API's name."""
    _is_complete: ClassVar[bool]
    """Whether objects are complete as they come, because no call fetches them."""

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls._is_complete = cls._source is Object[Any]._source

    def __init__(self, json_dict: dict[str, Any], imgur: HasExecutor[M] | None, has_fetched: bool = True) -> None:
        """Create an object as PyImgur does; `im.image(id)` and similar methods are shorter.

        Args:
            json_dict: its fields as Imgur sends them; at least the one that identifies it.
            imgur: the client it belongs to, or any object of that client; None for no client.
            has_fetched: whether these are all fields; if not, the others are fetched when one is first read.
        """
        super().__init__(NO_CLIENT if imgur is None else imgur._executor)
        self.raw = dict(json_dict)
        self._loaded = has_fetched

    @property
    def _has_fetched(self) -> bool:
        """Whether its fields have been fetched (PyImgur's name)."""
        return self._loaded

    @property
    def _imgur(self) -> Executor | None:
        """The executor of its calls (PyImgur's name); None for an object that belongs to no client."""
        return None if self._executor is NO_CLIENT else self._executor

    @property
    def _info_url(self) -> str:
        """The URL from which PyImgur fetches it."""
        segment = URL_SEGMENTS.get(self._kind(), self._kind().lower())
        return f"{self._executor.state.site.api}/3/{segment}/{self.raw.get(self._key)}" if self._imgur else ""

    @classmethod
    def from_data(cls, data: Any, executor: Executor) -> Self:
        """Create an object from Imgur's JSON: a document with its fields, or only its key."""
        raw = {} if data is None else {cls._key: data}
        if isinstance(data, dict):
            raw = cast("dict[str, Any]", data)
        obj = cls.__new__(cls)
        obj.raw = raw
        obj._loaded = cls._is_complete
        obj._executor = executor
        return obj

    def _source(self) -> Request[Self]:
        """Return the request that fetches this object; a class without one is complete as it comes.

        Raises:
            NotLoaded: there is no such call.
        """
        raise NotLoaded(f"Imgur has no call that returns a single {type(self).__name__}: get it from a list")

    def _derived(self, name: str) -> Any:
        """Return a field that follows from known fields, such as the link of an album; otherwise None."""
        return None

    @property
    def _known_id(self) -> str | None:
        """The id, quoted for a URL; None if it is unknown or a delete hash, which must not appear in a public link."""
        key = self.raw.get("id")
        return None if key is None or key == "" or is_deletehash(key) else quote(str(key), safe="")

    def reload(self) -> Flow[None]:
        """Fetch this object's fields, in place: the flow that `load` runs."""
        fresh = yield from execute(self._executor, self._source())
        self._merge_fields(fresh.raw)
        self._loaded = True

    def _merge_fields(self, raw: dict[str, Any]) -> None:
        """Update these fields and discard their earlier converted values.

        An empty delete hash is ignored: Imgur sends that to everybody except the owner, and the real one only once.
        """
        updates = {name: value for name, value in raw.items() if value or name != "deletehash"}
        with _merge_lock:
            self._replace({**self.raw, **updates}, updates)

    def _drop_fields(self, *keys: str) -> None:
        """Remove these fields and their converted values."""
        with _merge_lock:
            self._replace({key: value for key, value in self.raw.items() if key not in keys}, keys)

    def _replace(self, raw: dict[str, Any], changed: Container[str]) -> None:
        """Replace `raw`, and discard the converted values of the fields that changed."""
        self.raw = raw  # first: a thread that converts a field meanwhile checks whether `raw` is still the same
        attributes = _attributes.__get__(self)
        for name in list(attributes):
            if self._aliases.get(name, name) in changed:
                attributes.pop(name, None)

    def _program_attributes(self) -> dict[str, Any]:
        """Return the attributes that Imgur did not send, above all those that a program has set."""
        attributes = _attributes.__get__(self).copy()
        return {
            name: value
            for name, value in attributes.items()
            if self._aliases.get(name, name) not in self.raw and name not in PYIMGUR_ATTRIBUTES
        }

    @overload
    def load(self: S) -> S: ...
    @overload
    def load(self: A) -> Coroutine[Any, Any, A]: ...
    def load(self) -> Any:
        """Fetch this object's fields (again), in place."""
        return self._executor.load(self)

    @overload
    def refresh(self: S) -> S: ...
    @overload
    def refresh(self: A) -> Coroutine[Any, Any, A]: ...
    def refresh(self) -> Any:
        """Fetch this object's fields (again), in place (PyImgur's name for `load`)."""
        return self._executor.load(self)

    if not TYPE_CHECKING:  # so that a misspelt field is still a type error

        def __getattr__(self, name: str) -> Any:
            if name.startswith("_") or name not in (declared := converters(type(self))):
                if (attribute := getattr(type(self), name, None)) is not None:
                    return attribute.__get__(self, type(self))  # a property that missed a field: raise its own error
                if name in self.raw:
                    return self.raw[name]
                raise AttributeError(f"{type(self).__name__} has no field {name!r}", name=name, obj=self)
            key = self._aliases.get(name, name)
            if key not in self.raw and (derived := self._derived(name)) is not None:
                return derived  # not stored: a value from Imgur replaces it as soon as it is there
            if key not in self.raw and not self._loaded:
                if key == self._key or key in self._extra_keys:
                    raise NotLoaded(f"{self!r} has no {name!r}, because Imgur did not send it, so it cannot be fetched")
                self._executor.missing(self, name)
            raw = self.raw
            data = raw[key] if key in raw else empty(fields(type(self))[name])
            value = declared[name](data, self._executor)
            if name in omitted_fields(self):
                return value
            setattr(self, name, value)
            if self.raw is not raw:
                _attributes.__get__(self).pop(name, None)
            return value

        @property
        def __dict__(self) -> dict[str, Any]:
            fill_attributes(self, attributes := _attributes.__get__(self))
            return attributes

        @__dict__.setter
        def __dict__(self, attributes: dict[str, Any]) -> None:
            _attributes.__set__(self, attributes)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *fields(type(self))})

    def __repr__(self) -> str:
        """Show kind, id, title and link as far as known; fetches nothing, and never shows a delete hash."""
        raw = cast("dict[str, Any]", getattr(self, "raw", None) or {})  # missing if the constructor raised
        return summary(type(self).__name__, raw.get(self._key), raw.get("title"), raw.get("link"))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Object):
            return NotImplemented
        other = cast("Object[Any]", other)
        key = self.raw.get(self._key)  # compared as text, because Imgur sends some numbers as strings
        is_same = key is not None and self._kind() == other._kind() and str(key) == str(other.raw.get(self._key))
        return self is other or is_same

    def __hash__(self) -> int:
        return hash((self._kind(), str(self.raw.get(self._key))))

    @classmethod
    def _kind(cls) -> str:
        """Return the name of the kind, which subclasses may share: a gallery image is an image."""
        return cls.__name__

    def __getstate__(self) -> dict[str, Any]:
        """Pickle what Imgur sent and what a program has set on the object, but neither client nor token."""
        return self._state()

    def _state(self) -> dict[str, Any]:
        return {"raw": self.raw, "_loaded": self._loaded, "own": self._program_attributes()}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self._restore(state, NO_CLIENT)

    def __copy__(self) -> Self:
        obj = type(self).__new__(type(self))
        obj._restore(
            {"raw": dict(self.raw), "_loaded": self._loaded, "own": self._program_attributes()}, self._executor
        )
        return obj

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        from copy import deepcopy

        obj = memo[id(self)] = type(self).__new__(type(self))
        obj._restore(deepcopy(self._state(), memo), self._executor)
        return obj

    def _restore(self, state: Mapping[str, Any], executor: Executor) -> None:
        self.raw, self._loaded, self._executor = state["raw"], state["_loaded"], executor
        _attributes.__get__(self).update(state["own"])


def known_attributes(obj: Object[Any]) -> dict[str, Any]:
    """Return the attributes of an object that were converted or set so far, without creating others."""
    return _attributes.__get__(obj)
