"""What every object of the API shares: fields that are fetched when first missed.

`raw` is what Imgur sent, as it sent it. A declared field is converted when it is read; one that
Imgur did not send is fetched once (sync), or raises `NotLoaded` (async, or no client). A name
that is not declared gives what Imgur sent under it, or is an `AttributeError`: it costs no request.
"""

from __future__ import annotations

from collections.abc import Container, Coroutine, Mapping, Sequence
from threading import RLock
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Self, TypeVar, cast, overload
from urllib.parse import quote

from .._core.decode import converters, empty, fields
from .._core.effects import Flow
from .._core.endpoint import Async, Bound, M, Sync
from .._core.executor import Executor
from .._core.request import Request, is_deletehash, shown_path
from .._policy.client_state import ClientExecutor
from .._policy.flow import execute
from ..exceptions import NotLoaded
from ..urls import Kind, key_in
from ._vars import OF_PYIMGUR, fill, said_twice

S = TypeVar("S", bound="Object[Sync]")
A = TypeVar("A", bound="Object[Async]")


class NoClient:
    """The runner of objects without a client: nothing can be fetched or called."""

    def __getattr__(self, name: str) -> Any:
        raise NotLoaded(
            "this object belongs to no client, as copies from a pickle do: bind it with client.bind(object)"
        )

    def missing(self, obj: Any, name: str) -> None:
        """Say that a field cannot be fetched."""
        raise NotLoaded(
            f"{name!r} of {obj!r} has not been fetched, and it belongs to no client: use client.bind(object)"
        )


NO_CLIENT = cast("Executor", NoClient())
_attributes = vars(Bound)["__dict__"]
"""Reads and sets the attributes that an object has by now; `vars` gives them after all have been made (see `_vars`)."""
_learning = RLock()
"""Held by who changes what is known of an object: of two at once, none loses what the other has learnt."""
LONGEST_KEY = 80
LONGEST_TITLE = 60
LONGEST_LINK = 120
"""Characters of each that a `repr` shows."""
PLACES: Mapping[str, str] = {"User": "account"}
"""What PyImgur's kinds of objects are called in addresses, where it is not the kind's name."""


class ClientBound(Bound[M]):
    """A client, or an object that came from one: the typed base of everything that makes calls."""

    __slots__ = ()
    _runner: ClientExecutor

    def _key_in(self, key: Any, *kinds: Kind) -> Any:
        """Return the id, name or number in a URL of one of these kinds; anything but a URL is returned as it is.

        Raises:
            ArgumentError: the URL leads elsewhere; nothing was sent.
        """
        return key_in(key, self._runner.state.site, *kinds)


class Object(ClientBound[M], Generic[M]):
    """A thing of the API; two are equal if they are of one kind and have one id."""

    __slots__ = {"_loaded": None, "raw": "What Imgur sent, as it sent it."}

    _key: ClassVar[str] = "id"
    """The field that tells one from another."""
    _also: ClassVar[frozenset[str]] = frozenset()
    """The fields besides that it takes to fetch one."""
    raw: dict[str, Any]
    _loaded: bool
    _aliases: ClassVar[Mapping[str, str]] = {}
    """Fields whose name here is not the API's: ours to the API's."""
    _whole: ClassVar[bool]
    """Whether one is whole as it comes, as there is no call that fetches it."""

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls._whole = cls._source is Object[Any]._source

    def __init__(self, json_dict: dict[str, Any], imgur: Bound[M] | None, has_fetched: bool = True) -> None:
        """A thing made by hand, as PyImgur makes them; `im.image(id)` and its sisters say it shorter.

        Args:
            json_dict: its fields, as Imgur sends them; at least the one that tells it from others.
            imgur: the client, or anything that came from one, that it belongs to; None for no client.
            has_fetched: whether these are all; otherwise the others are fetched when one is missed.
        """
        super().__init__(NO_CLIENT if imgur is None else imgur._runner)
        self.raw = dict(json_dict)
        self._loaded = has_fetched

    @property
    def _has_fetched(self) -> bool:
        """Whether its fields have been fetched, under PyImgur's name."""
        return self._loaded

    @property
    def _imgur(self) -> Executor | None:
        """What carries out its calls, under PyImgur's name; None for an object that belongs to no client."""
        return None if self._runner is NO_CLIENT else self._runner

    @property
    def _info_url(self) -> str:
        """Where PyImgur asks for it."""
        place = PLACES.get(self._kind(), self._kind().lower())
        return f"{self._runner.state.site.api}/3/{place}/{self.raw.get(self._key)}" if self._imgur else ""

    @classmethod
    def from_data(cls, data: Any, runner: Executor) -> Self:
        """An object from Imgur's JSON: an object with its fields, or nothing but its key."""
        raw = {} if data is None else {cls._key: data}
        if isinstance(data, dict):
            raw = cast("dict[str, Any]", data)
        made = cls.__new__(cls)
        made.raw = raw
        made._loaded = cls._whole
        made._runner = runner
        return made

    def _source(self) -> Request[Self]:
        """The call that fetches this object; a kind without one is whole as it comes.

        Raises:
            NotLoaded: there is no such call.
        """
        raise NotLoaded(f"Imgur has no call that gives a {type(self).__name__} by itself: take it from a list")

    def _derived(self, name: str) -> Any:
        """Return a field that follows from what is known without asking, such as the link of an album; else None."""
        return None

    @property
    def _known_id(self) -> str | None:
        """The id, if it may stand in a link that everybody sees."""
        key = self.raw.get("id")
        return None if key is None or key == "" or is_deletehash(key) else quote(str(key), safe="")

    def reload(self) -> Flow[None]:
        """The steps that fetch this object's fields, in place."""
        fresh = yield from execute(self._runner, self._source())
        self._merge_fields(fresh.raw)
        self._loaded = True

    def _merge_fields(self, raw: dict[str, Any]) -> None:
        """Take over these fields; what was converted before is forgotten.

        An empty delete hash is left out: Imgur sends one to everybody but the owner, and the true one only once.
        """
        told = {name: value for name, value in raw.items() if value or name != "deletehash"}
        with _learning:
            self._replace({**self.raw, **told}, told)

    def _drop_fields(self, *keys: str) -> None:
        """Know nothing of these fields any more."""
        with _learning:
            self._replace({key: value for key, value in self.raw.items() if key not in keys}, keys)

    def _replace(self, raw: dict[str, Any], changed: Container[str]) -> None:
        """Have these fields; what was made of those that changed is made anew."""
        self.raw = raw  # before the others: who makes one meanwhile looks whether it is still the same
        attributes = _attributes.__get__(self)
        for name in list(attributes):
            if self._aliases.get(name, name) in changed:
                attributes.pop(name, None)

    def _own(self) -> dict[str, Any]:
        """What is here besides what was sent: above all what a program has put on this object."""
        own = _attributes.__get__(self).copy()
        return {
            name: value
            for name, value in own.items()
            if self._aliases.get(name, name) not in self.raw and name not in OF_PYIMGUR
        }

    @overload
    def load(self: S) -> S: ...
    @overload
    def load(self: A) -> Coroutine[Any, Any, A]: ...
    def load(self) -> Any:
        """Fetch this object's fields (again), in place."""
        return self._runner.load(self)

    @overload
    def refresh(self: S) -> S: ...
    @overload
    def refresh(self: A) -> Coroutine[Any, Any, A]: ...
    def refresh(self) -> Any:
        """As `load`, under PyImgur's name."""
        return self._runner.load(self)

    if not TYPE_CHECKING:  # so that a misspelt field is still a type error

        def __getattr__(self, name: str) -> Any:
            if name.startswith("_") or name not in (declared := converters(type(self))):
                if (made := getattr(type(self), name, None)) is not None:
                    return made.__get__(self, type(self))  # it missed a field: that is to be said again, not hidden
                if name in self.raw:
                    return self.raw[name]
                raise AttributeError(f"{type(self).__name__} has no field {name!r}", name=name, obj=self)
            key = self._aliases.get(name, name)
            if key not in self.raw and (made := self._derived(name)) is not None:
                return made  # and is not kept: Imgur's own is taken as soon as it is there
            if key not in self.raw and not self._loaded:
                if key == self._key or key in self._also:
                    raise NotLoaded(f"{self!r} has no {name!r}, so it cannot be fetched: Imgur did not tell")
                self._runner.missing(self, name)
            raw = self.raw
            data = raw[key] if key in raw else empty(fields(type(self))[name])
            value = declared[name](data, self._runner)
            if name in said_twice(self):
                return value
            setattr(self, name, value)
            if self.raw is not raw:
                _attributes.__get__(self).pop(name, None)
            return value

        @property
        def __dict__(self) -> dict[str, Any]:
            fill(self, attributes := _attributes.__get__(self))
            return attributes

        @__dict__.setter
        def __dict__(self, attributes: dict[str, Any]) -> None:
            _attributes.__set__(self, attributes)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *fields(type(self))})

    def __repr__(self) -> str:
        """Show kind, id, title and link as far as they are known: nothing is fetched, and no delete hash is shown."""
        raw = cast("dict[str, Any]", getattr(self, "raw", None) or {})  # a constructor that raised has left none
        key, title, link = raw.get(self._key), raw.get("title"), raw.get("link")
        words = [type(self).__name__, "…" if is_deletehash(key) else _cut(str(key), LONGEST_KEY)]
        if isinstance(title, str) and title:
            words.append(repr(_cut(title, LONGEST_TITLE)))
        if isinstance(link, str) and link:
            words.append(_cut(shown_path(link), LONGEST_LINK))
        return f"<{' '.join(words)}>"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Object):
            return NotImplemented
        theirs = cast("Object[Any]", other)
        mine = self.raw.get(self._key)  # as text: Imgur sends some numbers so
        same = mine is not None and self._kind() == theirs._kind() and str(mine) == str(theirs.raw.get(self._key))
        return self is theirs or same

    def __hash__(self) -> int:
        return hash((self._kind(), str(self.raw.get(self._key))))

    @classmethod
    def _kind(cls) -> str:
        """What this is one of; a gallery image is an image."""
        return cls.__name__

    def __getstate__(self) -> dict[str, Any]:
        """A pickle holds what Imgur sent and what a program has put here besides, and neither client nor token."""
        return {"raw": self.raw, "_loaded": self._loaded, "own": self._own()}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self._restore(state, NO_CLIENT)

    def __copy__(self) -> Self:
        made = type(self).__new__(type(self))
        made._restore({"raw": dict(self.raw), "_loaded": self._loaded, "own": self._own()}, self._runner)
        return made

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        from copy import deepcopy

        made = memo[id(self)] = type(self).__new__(type(self))
        state = {"raw": self.raw, "_loaded": self._loaded, "own": self._own()}
        made._restore(deepcopy(state, memo), self._runner)
        return made

    def _restore(self, state: Mapping[str, Any], runner: Executor) -> None:
        self.raw, self._loaded, self._runner = state["raw"], state["_loaded"], runner
        _attributes.__get__(self).update(state["own"])


def _cut(text: str, longest: int) -> str:
    """As much of a text as a line has room for, without what moves a terminal's cursor."""
    text = "".join(char if char.isprintable() else " " for char in text[: longest + 1])
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def known_attributes(obj: Object[Any]) -> dict[str, Any]:
    """The attributes of an object that were converted or set by a program, with none made for the purpose."""
    return _attributes.__get__(obj)


def comma_separated(words: Sequence[str]) -> str:
    """Words as one field of a form; a text is one word, not its letters."""
    return words if isinstance(words, str) else ",".join(words)


def bool_word(flag: bool | None) -> str | None:
    """A flag as the word that Imgur's documentation has for it; forms take 1 and 0, queries do not all."""
    return None if flag is None else str(flag).lower()
