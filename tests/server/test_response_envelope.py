"""Response bodies, byte for byte: compact JSON, XML in one line, JSONP where nothing is private."""

import json
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from pyimgur.server.http.request_target import Format, RequestTarget
from pyimgur.server.http.responses import Json, envelope, to_xml, without_envelope

VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def request(
    wanted: Format = "json",
    query: str = "",
    *,
    method: str = "GET",
    path: str = "/3/x",
    headers: Any = (),
    api: bool = True,
) -> Request:
    return Request(
        {
            "type": "http",
            "method": method,
            "path": path,
            "query_string": query.encode(),
            "headers": [(name.encode(), value.encode()) for name, value in headers],
            "state": {"target": RequestTarget(path, wanted, api)},
        }
    )


def test_json_is_compact_and_in_imgurs_order() -> None:
    reply = envelope(request(), {"id": "a", "title": None, "on": True})
    assert reply.body == b'{"data":{"id":"a","title":null,"on":true},"success":true,"status":200}'
    assert reply.headers["content-type"] == "application/json"
    assert reply.headers["content-length"] == str(len(reply.body))


def test_an_error_is_no_success() -> None:
    assert envelope(request(), {"error": "x"}, 404).body == b'{"data":{"error":"x"},"success":false,"status":404}'


def test_xml_as_recorded() -> None:
    data: Json = {"id": "ppDhBrD", "title": None, "datetime": 1463694294, "animated": False, "tags": [], "name": ""}
    reply = envelope(request("xml"), data)
    assert reply.body == (
        b'<?xml version="1.0" encoding="utf-8"?><data type="array" success="1" status="200"><id>ppDhBrD</id><title/>'
        b"<datetime>1463694294</datetime><animated>false</animated><tags/><name/></data>"
    )
    assert reply.headers["content-type"].startswith("text/xml")


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (True, '<data type="boolean" success="1" status="200">true</data>'),
        (7, '<data type="integer" success="1" status="200">7</data>'),
        ("favorited", '<data type="string" success="1" status="200">favorited</data>'),
        ([], '<data type="array" success="1" status="200"/>'),
        (["a", "b"], '<data type="array" success="1" status="200"><item>a</item><item>b</item></data>'),
        ([{"id": 1}], '<data type="array" success="1" status="200"><item><id>1</id></item></data>'),
    ],
)
def test_xml_of_other_data(data: Json, expected: str) -> None:
    assert envelope(request("xml"), data).body == f'<?xml version="1.0" encoding="utf-8"?>{expected}'.encode()


@given(VALUES)
def test_xml_is_legal_whatever_is_inside(data: Any) -> None:
    ElementTree.fromstring(to_xml(data, {"success": "1"}))


@given(st.text(st.characters(codec="utf-8")))
def test_text_survives_xml(text: str) -> None:
    legal = "".join(
        c if c in "\t\n\r" or " " <= c <= "\ud7ff" or "\ue000" <= c <= "\ufffd" or c >= "\U00010000" else "\ufffd"
        for c in text
    )
    assert (ElementTree.fromstring(to_xml({"t": text}, {})).findtext("t") or "") == legal


def test_the_token_document_has_no_envelope() -> None:
    document = {"access_token": "a" * 40, "scope": None}
    assert without_envelope(
        request(path="/oauth2/token", api=False), document
    ).body == b'{"access_token":"%s","scope":null}' % (b"a" * 40)
    assert without_envelope(request("xml", path="/oauth2/token", api=False), document).body == (
        b'<?xml version="1.0" encoding="utf-8"?><response><access_token>%s</access_token><scope/></response>'
        % (b"a" * 40)
    )


def test_a_script_may_have_what_is_public() -> None:
    reply = envelope(request(query="client_id=1&callback=app.show_1"), ["\u2028\u2029"])
    assert reply.body == b'app.show_1({"data":["\\u2028\\u2029"],"success":true,"status":200});'
    assert reply.headers["content-type"] == "text/javascript; charset=utf-8"
    assert reply.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "asked",
    [
        request(query="callback=alert(1)"),
        request(query="callback="),
        request(query="callback=%3Cscript%3E"),
        request(query="callback=a%0Ab"),
        request(query="callback=" + "a" * 65),
        request(query="callback=show", method="POST"),
        request(query="callback=show", headers=[("authorization", "Bearer x")]),
        request(query="callback=show", headers=[("authorization", "Client-ID x")]),
        request(query="callback=show", path="/oauth2/token", api=False),
    ],
)
def test_no_script_gets_anything_else(asked: Request) -> None:
    reply = envelope(asked, {"a": 1})
    assert reply.headers["content-type"] == "application/json"
    assert json.loads(reply.body)["data"] == {"a": 1}


@given(st.text(max_size=30), VALUES)
def test_a_callback_is_a_plain_name_or_no_callback(name: str, data: Any) -> None:
    asked = request()
    asked.scope["query_string"] = b"callback=" + name.encode("utf-8", "surrogatepass")
    reply = envelope(asked, data)
    if reply.headers["content-type"].startswith("text/javascript"):
        called, _, rest = bytes(reply.body).decode().partition("(")
        assert all(part.replace("$", "_").isidentifier() for part in called.split("."))
        json.loads(rest.removesuffix(");"))
    else:
        json.loads(reply.body)


def test_other_sites_read_the_api_and_nothing_else() -> None:
    assert envelope(request(), 1).headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in envelope(request(), 1).headers
    assert "access-control-allow-origin" not in envelope(request(path="/oauth2/token", api=False), 1).headers
    assert "access-control-allow-origin" not in without_envelope(request(), {}).headers
