"""Every address with every method, and anything at all in its path, its query, its headers and its body.

Beside `test_schemathesis`, whose calls are nearly right, these are nearly wrong: each has an answer, no answer is a
fault, and what the API says is in its shape.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from site_support import ANONYMOUS, CLIENT_ID

from pyimgur.server.app import routes
from pyimgur.server.http.declared_parameters import Location, parameters_at
from pyimgur.server.routes.openapi import ENVELOPED, operations

if TYPE_CHECKING:
    from site_support import Person, Site

EXAMPLES = 40
GROUPS = 4
"""Parts of one test, so that the cores share it."""
API = (ENVELOPED, "/post/v1/", "/account/v1/", "/comment/v1/")
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND")
OPERATIONS = list(operations(routes()))
PATHS = sorted({one.path for one in OPERATIONS})
PART = re.compile(r"\{\w+\}")
FORM = "application/x-www-form-urlencoded"
TYPES = (
    FORM,
    "application/json",
    "multipart/form-data",
    "multipart/form-data; boundary=b",
    "text/plain",
    "image/png",
    "",
    ";=",
)
NO_SUCH_FORMAT = 501
"""oEmbed asks for this status where somebody wants a format that there is not."""

ODD = (
    "", "0", "-1", "1e999", "NaN", "9" * 30, "true", "null", "[]", "me", "up", "a" * 10_000, "\0", "\r\nX-Made: up",
    "../../etc/passwd", "%2e%2e%2f", "' OR 1=1 --", '"; DROP TABLE image; --', "<script>alert(1)</script>",
    "\u202egnp.exe", "\ud800", "NEAR(", '"', "title:", "tag:(a OR", "*", "http://127.0.0.1:1/",
    "data:image/png;base64,=", "{}", ".json", ".xml", "2147483648", "1.5", "\u0661\u0662",
)  # fmt: skip
HEADERS = (
    "If-None-Match", "If-Modified-Since", "Range", "If-Range", "Accept", "Accept-Language", "Content-Encoding",
    "Origin", "Access-Control-Request-Method", "Referer", "Cookie", "Idempotency-Key", "X-Content-SHA256",
    "X-Forwarded-For", "X-Forwarded-Proto",
)  # fmt: skip
SAID = ("*", "", "bytes=0-", "bytes=9-1,,-5", "gzip", "null", "a=b; c", "0" * 64, "\xff\xfe")

texts = st.sampled_from(ODD) | st.text(st.characters(), max_size=20)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda one: st.lists(one, max_size=3) | st.dictionaries(texts, one, max_size=3),
    max_leaves=6,
)
latin = st.text(st.characters(max_codepoint=255, exclude_categories=["Cc"]), max_size=20).map(str.strip)
headers = st.dictionaries(st.sampled_from(HEADERS), st.sampled_from(SAID) | latin, max_size=3)


def coded(text: str) -> bytes:
    """The text as bytes of a URL; half a character stays half a character."""
    return text.encode("utf-8", "surrogatepass")


def declared(path: str, place: Location) -> list[str]:
    """Return the names that the handlers of a path read in one place of a request."""
    handlers = [one.handler for one in OPERATIONS if one.path == path]
    return sorted({parameter.name for handler in handlers for parameter in parameters_at(handler, place)})


def body(draw: Any, path: str, kind: str) -> bytes:
    """Something to send: the fields that this address reads, with any values, written as `kind` says, or just bytes."""
    known = declared(path, "body") or ["title"]
    names = st.sampled_from(known).flatmap(lambda name: st.sampled_from([name, f"{name}[]", f"{name}[0]"])) | texts
    if kind == "application/json":
        return json.dumps(draw(st.dictionaries(names, values, max_size=4) | values)).encode()
    if kind == FORM:
        return urlencode([(coded(name), coded(draw(texts))) for name in draw(st.lists(names, max_size=4))]).encode()
    if kind.endswith("boundary=b"):
        parts = [
            b'--b\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % (coded(name), coded(draw(texts)))
            for name in draw(st.lists(names, max_size=4))
        ]
        return b"".join(parts) + draw(st.sampled_from([b"--b--\r\n", b"--b", b""]))
    return draw(st.binary(max_size=60))


def call(draw: Any, path: str, known: list[str]) -> tuple[str, dict[str, Any]]:
    """One call of this address, as `Site.request` takes it after the method."""
    filled = PART.sub(lambda _: quote(coded(draw(st.sampled_from(known) | texts)), safe=""), path)
    asked = declared(path, "query") or ["page"]
    names = st.sampled_from([*asked, "page", "perPage", "callback", "_format", "client_id"]) | texts
    query = urlencode([(coded(name), coded(draw(texts))) for name in draw(st.lists(names, max_size=3))])
    kind = draw(st.sampled_from(TYPES))
    sent = [(name.encode(), value.encode("latin-1")) for name, value in draw(headers).items()]
    return f"{filled}?{query}", {
        "headers": [*sent, (b"Content-Type", kind.encode())],
        "content": body(draw, path, kind),
    }


@pytest.mark.parametrize("part", range(GROUPS))
def test_every_address_answers_anything_in_its_shape(part: int, shared_site: Site, png: bytes) -> None:
    person = shared_site.person(f"fuzz{part}")
    image = shared_site.upload(png, person.bearer)
    album = shared_site.post("/3/album", headers=person.bearer, data={"ids[]": image["id"]}).json()["data"]
    known = [image["id"], image["deletehash"], album["id"], album["deletehash"], person.name, "me", "1", "up", "new"]
    assert attack(shared_site, person, PATHS[part::GROUPS], known) == set()


def attack(site: Site, person: Person, paths: list[str], known: list[str]) -> set[str]:
    """The calls that ended in a fault, or in another shape."""
    faults: set[str] = set()
    callers = (person.bearer, ANONYMOUS, {"Authorization": f"Client-ID {CLIENT_ID}, Bearer x"}, {})

    @settings(max_examples=EXAMPLES, derandomize=True, database=None,
              phases=[Phase.generate], suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(data=st.data())
    def one(data: st.DataObject) -> None:
        path, method, caller = (data.draw(st.sampled_from(some)) for some in (paths, METHODS, callers))
        address, how = call(data.draw, path, known)
        how["headers"] += [(name.encode(), value.encode()) for name, value in caller.items()]
        answer = site.request(method, address, **how)
        if (answer.status_code >= 500 and answer.status_code != NO_SUCH_FORMAT) or not shaped(path, method, answer):
            faults.add(f"{answer.status_code} {method} {address[:300]} {how} {answer.text[:200]}")

    one()
    return faults


def shaped(path: str, method: str, answer: Any) -> bool:
    """Whether an answer is what a program of the API can read: JSON in the envelope, legal XML, or a script.

    The second generation has the envelope around what it refuses only.
    """
    kind = answer.headers.get("content-type", "").partition(";")[0]
    if not path.startswith(API) or method in {"HEAD", "OPTIONS"} or not answer.content:
        return True
    if kind == "text/xml":
        return ElementTree.fromstring(answer.content).get("status") == str(answer.status_code)
    if kind != "application/json":
        return kind == "text/javascript"
    if path.startswith(ENVELOPED) or answer.is_error:
        said = answer.json()
        return said.keys() == {"data", "success", "status"} and said["status"] == answer.status_code
    return True
