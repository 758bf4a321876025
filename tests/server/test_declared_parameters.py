"""Every route declares its parameters once; parsing is as lenient as programs need it, whatever the declaration."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import pyimgur.server
from pyimgur.server.app import routes
from pyimgur.server.http import declared_parameters
from pyimgur.server.http.api import APIRequest, Paging
from pyimgur.server.http.body_events import FILE_NAMES
from pyimgur.server.http.declared_parameters import (
    BodyFields,
    NoBody,
    Parameters,
    PathParameters,
    parameters_at,
    taken_by,
    takes,
)
from pyimgur.server.http.errors import APIError
from pyimgur.server.http.fields import Fields
from pyimgur.server.http.parameter_kinds import flag, id_list, number, strict_flag, text, texts, word
from pyimgur.server.routes.openapi import operations
from pyimgur.server.services.profiles import Changes
from pyimgur.server.settings import Limits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from site_support import Site

SERVER = Path(pyimgur.server.__path__[0])
OPERATIONS = list(operations(routes()))
READERS = {"text", "list", "all"}
"""Methods that read a field by its name."""


class Everything(BodyFields):
    title = text("A text.", cut_to="title_length")
    renamed = word("Another name.", name="other", prefix="eq:")
    ids = id_list("A list.")
    tags = texts("Texts.")
    mature = flag("A boolean.")
    strict = strict_flag("Another boolean.")
    page = number("A number.", digits=3)


def parsed(*pairs: tuple[str, str], query: tuple[tuple[str, str], ...] = ()) -> Everything:
    return Everything(Fields(pairs, query), Limits(title_length=5))


@pytest.mark.parametrize(
    ("pairs", "attribute", "value"),
    [
        ([], "title", None),
        ([("title", "")], "title", ""),
        ([("title", "abcdefg")], "title", "abcde"),
        ([("title", "a"), ("title[]", "b")], "title", "b"),
        ([], "renamed", ""),
        ([("renamed", "x")], "renamed", ""),
        ([("other", "eq:x")], "renamed", "x"),
        ([], "ids", None),
        ([("ids", "")], "ids", []),
        ([("ids", "a,b a"), ("ids[]", "c"), ("ids[7]", "a")], "ids", ["a", "b", "c"]),
        ([], "tags", ()),
        ([("tags", "a, b"), ("tags[]", "c")], "tags", ["a, b", "c"]),
        ([("mature", "1")], "mature", True),
        ([("mature", "OFF")], "mature", False),
        ([("mature", "perhaps")], "mature", None),
        ([], "mature", None),
        ([("strict", "")], "strict", None),
        ([("strict", "yes")], "strict", True),
        ([("page", "007")], "page", 7),
        ([("page", "1000")], "page", None),
        ([("page", "-1")], "page", None),
        ([("page", "\u0661")], "page", None),
    ],
)
def test_values_are_parsed_leniently(pairs: list[tuple[str, str]], attribute: str, value: object) -> None:
    assert getattr(parsed(*pairs), attribute) == value


def test_a_strict_flag_says_what_it_must_be() -> None:
    with pytest.raises(APIError, match="strict must be true or false"):
        _ = parsed(("strict", "perhaps")).strict


def test_the_body_comes_before_the_query() -> None:
    assert parsed(("title", "a"), query=(("title", "b"), ("page", "2"))).title == "a"
    assert parsed(query=(("title", "b"), ("page", "2"))).page == 2


def test_values_cannot_be_set() -> None:
    with pytest.raises(AttributeError, match="title"):
        parsed().title = "x"  # pyright: ignore[reportAttributeAccessIssue]


def test_a_subclass_adds_parameters_after_those_of_its_base() -> None:
    class More(Everything):
        more = text("One more.")

    assert list(More.declared) == [*Everything.declared, "more"]
    assert More.declared["more"].name == "more"
    assert Everything.declared["other"].description == "Another name."


def test_a_route_reads_only_what_it_declares(site: Site) -> None:
    request: Any = type("Request", (), {"url": type("URL", (), {"path": "/3/x"})})
    nothing: Any = None

    @takes(NoBody)
    async def handler(_: APIRequest) -> None: ...

    call = APIRequest(request, nothing, nothing, nothing, handler)
    with pytest.raises(TypeError, match="/3/x reads Paging and does not declare it"):
        call.query(Paging)


# ---- the declarations


def test_every_post_and_put_declares_its_body() -> None:
    for one in OPERATIONS:
        bodies = [group for group in taken_by(one.handler) if issubclass(group, BodyFields)]
        if one.method in {"POST", "PUT"}:
            assert len(bodies) == 1, f"{one.method} {one.path} needs @takes with its BodyFields or NoBody"
        elif one.method == "GET":
            allowed = {NoBody} if "gone" in str(one.handler) or "/vote/" in one.path else set[type]()
            assert not {*bodies} - allowed, f"{one.method} {one.path}"


def test_every_declaration_is_a_routes() -> None:
    taken = {group for one in OPERATIONS for group in taken_by(one.handler)}
    used = {base for group in taken for base in group.__mro__}
    unused = {group.__name__ for group in declarations(Parameters) if group not in used and group.declared}
    assert not unused


def declarations(of: type[Parameters]) -> Iterator[type[Parameters]]:
    """Yield the server's declarations below this class."""
    for group in of.__subclasses__():
        if group.__module__.startswith("pyimgur."):
            yield group
            yield from declarations(group)


def test_segments_are_in_a_path() -> None:
    for group in {group for one in OPERATIONS for group in taken_by(one.handler) if issubclass(group, PathParameters)}:
        paths = {one.path for one in OPERATIONS if group in taken_by(one.handler)}
        segments = {name for path in paths for name in re.findall(r"\{(\w+)\}", path)}
        assert group.declared.keys() <= segments, f"{group.__name__} is of no path in {sorted(paths)}"


def test_every_parameter_is_described() -> None:
    for group in declarations(Parameters):
        for parameter in group.declared.values():
            described = parameter.description
            assert re.fullmatch(r"[A-Z].*[.?!]", described), f"{group.__name__}.{parameter.name}: {described!r}"


def test_every_file_has_a_name_that_the_body_reader_knows() -> None:
    files = {p.name for one in OPERATIONS for p in parameters_at(one.handler, "body") if p.kind == "file"}
    assert files
    assert files <= FILE_NAMES


def test_every_setting_of_an_account_is_a_field() -> None:
    handler = next(
        one.handler for one in OPERATIONS if one.path == "/3/account/{name}/settings" and one.method == "PUT"
    )
    fields = {p.name: p.kind for p in parameters_at(handler, "body")}
    types = Changes.__annotations__
    assert fields.keys() == {*types, "username"}
    for name, type in types.items():
        kind = "flag" if "bool" in str(type) else "text"
        assert fields[name] == kind, name


def test_no_route_reads_a_parameter_by_its_name() -> None:
    """Declarations read by name; a route that does so has a parameter that no document knows."""
    found: list[str] = []
    for path in sorted([*(SERVER / "routes").glob("*.py"), *(SERVER / "oauth").glob("*.py")]):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            match node:
                case ast.Attribute(attr="query_params"):
                    found.append(f"{path.name}:{node.lineno} query_params")
                case ast.Call(func=ast.Attribute(attr=name), args=[ast.Constant(value=str(value))]) if name in READERS:
                    found.append(f"{path.name}:{node.lineno} {name}({value!r})")
                case ast.Call(func=ast.Name(id="read_fields")):
                    found.append(f"{path.name}:{node.lineno} read_fields")
                case _:
                    pass
    assert not found


def test_the_kinds_have_schemas() -> None:
    kinds = {p.kind for group in declarations(Parameters) for p in group.declared.values()}
    assert kinds == {*declared_parameters.SCHEMAS}


# ---- the document


def test_every_summary_says_what_the_route_does() -> None:
    for one in OPERATIONS:
        first = (one.handler.__doc__ or "").partition("\n")[0]
        assert re.match(r"[A-Z][a-z]+ ", first), f"{one.method} {one.path}: {first!r}"
        assert not re.match(r"(Get|Post|Put|Delete) /", first), f"{one.method} {one.path}: {first!r}"


def test_the_document_has_kinds_choices_and_descriptions(shared_site: Site) -> None:
    paths = shared_site.get("/openapi.json").json()["paths"]
    content = paths["/3/album"]["post"]["requestBody"]["content"]
    fields = content["application/json"]["schema"]["properties"]
    assert fields["ids"] == {
        "type": "array", "items": {"type": "string"}, "description": "Images by id, in their order in the album.",
    }  # fmt: skip
    assert fields["privacy"]["enum"] == ["public", "hidden", "secret"]
    uploads = paths["/3/image"]["post"]
    assert (
        uploads["requestBody"]["content"]["multipart/form-data"]["schema"]["properties"]["image"]["format"] == "binary"
    )
    assert "Idempotency-Key" in {each["name"] for each in uploads["parameters"] if each["in"] == "header"}
    vote = paths["/3/gallery/{id}/vote/{vote}"]["post"]
    assert "requestBody" not in vote
    assert vote["parameters"][1]["schema"] == {"type": "string", "enum": ["up", "down", "veto"]}
    listed = {each["name"]: each for each in paths["/3/account/{name}/images"]["get"]["parameters"]}
    assert listed["perPage"]["schema"] == {"type": "integer", "minimum": 1, "maximum": 100}
    token = paths["/oauth2/token"]["post"]["requestBody"]["content"]["application/json"]["schema"]["properties"]
    assert token["grant_type"]["enum"] == ["authorization_code", "pin", "refresh_token"]
