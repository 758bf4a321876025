"""Declare the parameters of a route once, as a class with an attribute for each parameter.

    class AlbumFields(BodyFields):
        title = text("The title.", cut_to="title_length")
        ids = id_list("The images, in this order.")

    @takes(AlbumFields)
    async def create(call: APIRequest) -> Json:
        fields = await call.body(AlbumFields)  # fields.title is a str | None, fields.ids a list[str] | None

`http.parameter_kinds` has `text` and the other kinds. Routes parse with these classes, and the OpenAPI document, the
docs and the contract tests read them. The base class says where the parameters are. An attribute parses its value when
it is read, so a handler decides in which order errors are found. Values are immutable. As at Imgur, parameters that a
route does not declare are ignored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Literal, NoReturn, Protocol, Self, TypeVar, overload

from pyimgur.server.http.fields import Fields, query_pairs
from pyimgur.server.http.request_body import read_fields
from pyimgur.server.settings import Limits

if TYPE_CHECKING:
    from starlette.requests import Request

    from pyimgur.server.http.responses import Json

DEFAULT_LIMITS = Limits()
T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., object])
Location = Literal["path", "query", "header", "body"]
Kind = Literal["text", "flag", "number", "list", "file", "ignored"]
SCHEMAS: Mapping[Kind, dict[str, Json]] = {
    "text": {"type": "string"},
    "flag": {"type": "boolean"},
    "number": {"type": "integer", "minimum": 0},
    "list": {"type": "array", "items": {"type": "string"}},
    "file": {"type": "string"},
    "ignored": {"type": "string"},
}
"""The JSON schema of each kind. A flag is also 1, yes, on and their opposites; a list is also a text with commas."""


class Source(Protocol):
    """Named texts of a request."""

    def text(self, name: str) -> str | None:
        """Return the value of a name; None if there is none."""
        ...

    def all(self, name: str) -> Sequence[str]:
        """Return all values of a name."""
        ...

    def list(self, name: str) -> list[str] | None:
        """Return the distinct items of a name, repeated or separated by commas; None if it was not sent."""
        ...


@dataclass(frozen=True)
class Parameter(Generic[T]):
    """A parameter: its kind, its description, and how its value is parsed."""

    kind: Kind
    description: str
    parse: Callable[[Source, str, Limits], T]
    name: str = ""
    """Its name in the request, if that is not the attribute's."""
    choices: Sequence[str] = ()
    """All values that have an effect, if they are known."""
    limits: Mapping[str, int] | None = None
    """Limits of a number, as JSON schema has them."""

    @property
    def schema(self) -> dict[str, Json]:
        """The JSON schema."""
        schema: dict[str, Json] = {**SCHEMAS[self.kind], **(self.limits or {})}
        return {**schema, "enum": [*self.choices]} if self.choices else schema

    @overload
    def __get__(self, instance: None, owner: type[Parameters]) -> Self: ...
    @overload
    def __get__(self, instance: Parameters, owner: type[Parameters]) -> T: ...
    def __get__(self, instance: Parameters | None, owner: type[Parameters]) -> Self | T:
        """Parse the value of this request; on the class, return the declaration."""
        return self if instance is None else self.parse(instance.source, self.name, instance.limits)

    def __set__(self, instance: Parameters, value: object) -> NoReturn:
        raise AttributeError(f"{self.name} is a parameter of a request and cannot be set")


class Parameters:
    """The parameters that a route reads from one place of a request. Subclass one of the classes below."""

    location: ClassVar[Location]
    declared: ClassVar[Mapping[str, Parameter[Any]]] = {}
    """All parameters by name, in the order of their definition; those of the base class come first."""

    def __init_subclass__(cls) -> None:
        declared = dict(cls.declared)
        own = [attribute for attribute, value in vars(cls).items() if isinstance(value, Parameter)]
        for attribute in own:
            parameter: Parameter[Any] = getattr(cls, attribute)
            named = replace(parameter, name=parameter.name or attribute)
            setattr(cls, attribute, named)
            declared[named.name] = named
        cls.declared = declared

    def __init__(self, source: Source, limits: Limits = DEFAULT_LIMITS) -> None:
        self.source, self.limits = source, limits

    def texts(self) -> list[str]:
        """Return the text of each parameter, in the order of their definition; empty if it was not sent."""
        return [self.source.text(name) or "" for name in self.declared]


class BodyFields(Parameters):
    """Fields of the body, in any encoding, and of the query for names that the body lacks."""

    location = "body"

    @classmethod
    async def read(cls, request: Request, limits: Limits) -> Self:
        """Read the body; a file in it is ignored.

        Raises:
            APIError: the body is too large, too slow or malformed.
        """
        return cls(await read_fields(request, limits), limits)


class NoBody(BodyFields):
    """No fields: the route reads no body, and ignores one that is sent."""


class RequestParameters(Parameters):
    """Parameters outside the body."""

    @classmethod
    def read(cls, request: Request) -> Self:
        """Return the parameters of this request."""
        return cls(cls.find_source(request))

    @classmethod
    def find_source(cls, request: Request) -> Source:
        """Return where the values are."""
        raise NotImplementedError


class QueryParameters(RequestParameters):
    """Parameters of the query; `ids`, `ids[]` and `ids[3]` are the same name."""

    location = "query"

    @classmethod
    def find_source(cls, request: Request) -> Source:
        """Return the fields of the query."""
        return Fields(query_pairs(request))


class ExactQueryParameters(RequestParameters):
    """Parameters of the query with exactly these names, such as `filter[post]`."""

    location = "query"

    @classmethod
    def find_source(cls, request: Request) -> Source:
        """Return the query as it was sent."""
        return _Texts(request.query_params)


class SegmentParameters(RequestParameters):
    """Parameters that are segments of the path or, with precedence, parameters of the query."""

    location = "query"

    @classmethod
    def find_source(cls, request: Request) -> Source:
        """Return query and path together."""
        return _Segments(Fields(query_pairs(request)), request.path_params)


class PathParameters(RequestParameters):
    """Parameters that are segments of the path."""

    location = "path"

    @classmethod
    def find_source(cls, request: Request) -> Source:
        """Return the segments of the path."""
        return _Texts(request.path_params)


class HeaderParameters(RequestParameters):
    """Headers of the request."""

    location = "header"

    @classmethod
    def find_source(cls, request: Request) -> Source:
        """Return the headers."""
        return _Texts(request.headers)


class _Texts:
    """A mapping as a source."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values

    def text(self, name: str) -> str | None:
        return self._values.get(name)

    def all(self, name: str) -> Sequence[str]:
        return [self._values[name]] if name in self._values else []

    def list(self, name: str) -> list[str] | None:
        return Fields([(name, self._values[name])]).list(name) if name in self._values else None


class _Segments(_Texts):
    """The segments of a path, or the fields of the query that have a value."""

    def __init__(self, query: Fields, segments: Mapping[str, str]) -> None:
        super().__init__(segments)
        self._query = query

    def text(self, name: str) -> str | None:
        return self._query.text(name) or super().text(name)


# ---- what a route takes


def takes(*groups: type[Parameters]) -> Callable[[F], F]:
    """Declare which parameters a handler, or a function that it calls, reads; `NoBody` says that it reads no body."""

    def mark(handler: F) -> F:
        vars(handler)["takes"] = groups
        return handler

    return mark


def taken_by(handler: object) -> tuple[type[Parameters], ...]:
    """Return the parameters that a handler declares."""
    return getattr(handler, "takes", ())


def parameters_at(handler: object, location: Location) -> Iterator[Parameter[Any]]:
    """Yield the parameters that a handler declares for one place of a request."""
    for group in taken_by(handler):
        if group.location == location:
            yield from group.declared.values()
