"""Requests to the API: authentication, hosts, body formats, and Imgur's envelope around each error."""

from __future__ import annotations

import json
import logging
import socket
from typing import Any
from unittest.mock import Mock, patch
from urllib.parse import quote
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from site_support import ANONYMOUS, CLIENT_ID, NewSite, Person, Site, picture, until

from pyimgur.server.errors import BusyError, StorageFullError
from pyimgur.server.services import applications, images
from pyimgur.server.settings import Limits

PNG = picture("PNG")
TOKEN = "The access token provided is invalid."


def refused(answer: Any) -> tuple[int, Any]:
    """Status and error of an answer that must say no in Imgur's shape."""
    body = answer.json()
    assert (body["success"], body["status"]) == (False, answer.status_code)
    assert body["data"].keys() == {"error", "request", "method"}
    return answer.status_code, body["data"]["error"]


# ---- who calls


@pytest.mark.parametrize(
    ("header", "status", "text"),
    [
        (None, 401, "Authentication required"),
        ("", 401, "Authentication required"),
        ("Client-ID", 401, "Authentication required"),
        (f"Client-ID{CLIENT_ID}", 401, "Authentication required"),
        (CLIENT_ID, 403, "Malformed auth header."),
        (f"Client {CLIENT_ID}", 403, "Malformed auth header."),
        ("Basic dXNlcjpwYXNz", 403, "Malformed auth header."),
        ("Bearer", 403, "Malformed auth header."),
        ("Bearer 0123456789abcdef", 403, TOKEN),
        ("bearer x y", 403, TOKEN),
        ("Bearer \xff", 403, TOKEN),
        ("Client-ID \xff", 403, "Invalid client_id"),
        ("Client-ID " + "a" * 200, 403, "Invalid client_id"),
    ],
)
def test_who_is_not_let_in(shared_site: Site, header: str | None, status: int, text: str) -> None:
    headers = [] if header is None else [(b"Authorization", header.encode("latin-1"))]
    assert refused(shared_site.get("/3/credits", headers=headers)) == (status, text)


@pytest.mark.parametrize("scheme", ["Client-ID", "client-id", "CLIENT-ID", "Client-ID  "])
def test_an_application_is_let_in(shared_site: Site, scheme: str) -> None:
    assert shared_site.get("/3/credits", headers={"Authorization": f"{scheme} {CLIENT_ID}"}).status_code == 200


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_a_person_is_let_in(shared_site: Site, ann: Person, scheme: str) -> None:
    answer = shared_site.get("/3/account/me", headers={"Authorization": f"{scheme} {ann.token}"})
    assert answer.json()["data"]["id"] == ann.id


def test_an_application_in_the_query(shared_site: Site) -> None:
    assert shared_site.get(f"/3/credits?client_id={CLIENT_ID}").status_code == 200
    assert shared_site.get("/3/credits?client_id=").status_code == 401


def test_a_token_in_the_query_is_none(shared_site: Site, ann: Person) -> None:
    assert shared_site.get(f"/3/account/me?access_token={ann.token}&client_id=a").status_code == 403


def test_a_token_ends(site: Site) -> None:
    ann = site.person("ann")
    site.clock.forward(1 << 41)
    assert refused(site.get("/3/account/me", headers=ann.bearer)) == (403, TOKEN)


def test_a_closed_server_knows_its_applications(new_site: NewSite) -> None:
    site = new_site(open=False)
    assert refused(site.get("/3/credits", headers=ANONYMOUS)) == (403, "Invalid client_id")
    assert refused(site.get(f"/3/credits?client_id={CLIENT_ID}")) == (403, "Invalid client_id")
    client_id, _ = site.run(lambda context: applications.register(context, "mine"))
    assert site.get("/3/credits", headers={"Authorization": f"Client-ID {client_id}"}).status_code == 200


# ---- who may ask


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.0.0.1:1234", "localhost", "LOCALHOST:80", "[::1]:4648", "localhost."]
)
def test_our_own_names(shared_site: Site, host: str) -> None:
    assert shared_site.get("/healthz", headers={"Host": host}).text == "ok\n"


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:80", "[::2]", "", "127.0.0.1@x"]
)
@pytest.mark.parametrize("path", ["/3/credits", "/", "/healthz", "/x.png", "/oauth2/authorize", "/3/image.xml"])
def test_other_names_are_not_answered(shared_site: Site, host: str, path: str) -> None:
    answer = shared_site.get(path, headers={"Host": host, **ANONYMOUS})
    assert answer.status_code == 421
    assert "Access-Control-Allow-Origin" not in answer.headers or path.startswith("/3/")


@pytest.mark.parametrize(
    ("target", "host", "status"),
    [
        (b"http://evil.example/healthz", b"localhost", 421),
        (b"https://evil.example:443/healthz", b"localhost", 421),
        (b"http://localhost/healthz", b"evil.example", 200),
        (b"http://127.0.0.1:1/healthz", b"127.0.0.1:1", 200),
    ],
)
def test_the_host_in_an_absolute_target_counts(shared_site: Site, target: bytes, host: bytes, status: int) -> None:
    answer = shared_site.raw(b"GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n" % (target, host))
    assert answer.startswith(b"HTTP/1.1 %d " % status)


def test_https_stays_https(new_site: NewSite) -> None:
    """Whoever came over https once is not led to http any more; a host that is not the public one is left alone."""
    site = new_site(public_url="https://img.example")
    base = f"http://127.0.0.1:{site.address[1]}"
    for path in ("/healthz", "/3/credits", "/nothing", "/a/nothing"):
        name = "strict-transport-security"
        assert site.get(base + path, headers={"Host": "IMG.example:8443"}).headers[name] == "max-age=31536000", path
        assert name not in site.get(base + path, headers={"Host": "localhost"}).headers, path


def test_http_is_not_called_https(shared_site: Site) -> None:
    assert "strict-transport-security" not in shared_site.get("/healthz").headers


def test_no_name_and_two_names(shared_site: Site) -> None:
    assert shared_site.raw(b"GET /healthz HTTP/1.0\r\n\r\n").startswith(b"HTTP/1.1 421 ")
    two = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\nConnection: close\r\n\r\n"
    assert shared_site.raw(two).partition(b"\r\n")[0].split()[1] in (b"400", b"421")


def test_links_never_come_from_the_host_header(new_site: NewSite) -> None:
    site = new_site(public_url="https://pics.example.org")
    headers = {"Host": "localhost", "X-Forwarded-Host": "evil.example", **ANONYMOUS}
    address = f"http://127.0.0.1:{site.address[1]}"
    link = site.post(f"{address}/3/image", headers=headers, content=PNG).json()["data"]["link"]
    assert link.startswith("https://pics.example.org/")
    location = site.get(f"{address}/nothing.png", headers=headers).headers["location"]
    assert location == "https://pics.example.org/removed.png"
    assert site.get(f"{address}/healthz", headers={"Host": "pics.example.org"}).status_code == 200


@pytest.mark.parametrize("path", ["/3/image", "/3/account/me/images", "/post/v1/media/x"])
def test_other_sites_may_call_the_api(shared_site: Site, path: str) -> None:
    headers = {
        "Origin": "https://app.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type",
    }
    answer = shared_site.request("OPTIONS", path, headers=headers)
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "Authorization" in answer.headers["access-control-allow-headers"]
    assert {"GET", "POST", "PUT", "DELETE"} <= set(answer.headers["access-control-allow-methods"].split(", "))
    for name in ("access-control-allow-credentials", "access-control-allow-private-network"):
        assert name not in answer.headers
    refusal = shared_site.get(path, headers={"Origin": "https://app.example"})
    assert refusal.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize(
    "path", ["/oauth2/authorize?client_id=a&response_type=pin", "/oauth2/token", "/", "/a/x", "/x", "/healthz"]
)
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
def test_other_sites_may_read_nothing_else(shared_site: Site, path: str, method: str) -> None:
    answer = shared_site.request(method, path, headers={"Origin": "https://app.example"})
    assert not [name for name in answer.headers if name.startswith("access-control")]


# ---- how a no looks


@pytest.mark.parametrize("path", ["/3", "/3/", "/3/nothing", "/3/image/a/b/c", "//3//x"])
def test_an_unknown_address(shared_site: Site, path: str) -> None:
    answer = shared_site.get(shared_site.settings.public_url + path, headers=ANONYMOUS)
    assert refused(answer) == (404, "Not Found")
    assert answer.json()["data"]["request"] == path


@pytest.mark.parametrize("path", ["/", "/nothing", "/2/upload.json", "/a/nothing", "/nothing.png"])
@pytest.mark.parametrize("host", ["api.imgur.com", "API.imgur.com:443", "imgur-apiv3.p.rapidapi.com"])
def test_who_asked_the_host_of_the_api_gets_no_page(shared_site: Site, host: str, path: str) -> None:
    """Relayed programs say which of Imgur's hosts they meant."""
    answer = shared_site.post(path, headers={"X-Forwarded-Host": host})
    assert answer.json()["success"] is False
    assert shared_site.post(path, headers={"X-Forwarded-Host": "imgur.com"}).content[:1] != b"{"


@pytest.mark.parametrize("path", ["/nothing", "/nothing.png", "/nothing/at/all"])
@pytest.mark.parametrize("host", ["i.imgur.com", "i.imgur.io"])
def test_who_asked_the_host_of_pictures_is_sent_to_one(shared_site: Site, host: str, path: str) -> None:
    answer = shared_site.get(path, headers={"X-Forwarded-Host": host})
    assert (answer.status_code, answer.headers["location"]) == (302, f"{shared_site.settings.public_url}/removed.png")
    assert shared_site.get("/nothing", headers={"X-Forwarded-Host": "m.imgur.com"}).status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "allowed"), [("PATCH", "/3/image/x", "DELETE"), ("DELETE", "/3/upload", "POST")]
)
def test_a_wrong_method(shared_site: Site, method: str, path: str, allowed: str) -> None:
    answer = shared_site.request(method, path, headers=ANONYMOUS)
    assert refused(answer) == (405, "Method Not Allowed")
    assert allowed in answer.headers["allow"]


def test_the_request_is_echoed_as_it_came(shared_site: Site) -> None:
    answer = shared_site.request("DELETE", "/3//image/x.json/", headers=ANONYMOUS)
    assert answer.json()["data"]["request"] == "/3//image/x.json/"
    assert answer.json()["data"]["method"] == "DELETE"


@pytest.mark.parametrize(
    ("fault", "status", "header"),
    [(BusyError("x"), 503, ("retry-after", "1")), (StorageFullError("x"), 507, None), (OSError(28, "full"), 507, None)],
)
def test_trouble_with_the_disk(
    shared_site: Site, fault: Exception, status: int, header: tuple[str, str] | None
) -> None:
    with patch.object(images, "get", side_effect=fault):
        answer = shared_site.get("/3/image/x", headers=ANONYMOUS)
    assert refused(answer)[0] == status
    if header:
        assert answer.headers[header[0]] == header[1]


@pytest.mark.parametrize("path", ["/3/image/x", "/3/image/x.xml", "/x.png", "/x"])
def test_a_fault_of_ours(shared_site: Site, path: str, caplog: pytest.LogCaptureFixture) -> None:
    fault = ZeroDivisionError("a secret detail")
    with (
        patch.multiple(images, get=Mock(side_effect=fault), get_file=Mock(side_effect=fault)),
        caplog.at_level(logging.ERROR),
    ):
        answer = shared_site.get(path, headers=ANONYMOUS)
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text
    if path == "/3/image/x":
        assert answer.json()["data"]["error"] == {
            "code": 500,
            "message": "Could not complete request",
            "type": "ImgurException",
            "exception": [],
        }
    assert "ZeroDivisionError" in caplog.text


def test_formats(shared_site: Site) -> None:
    path = f"/3/image/{shared_site.upload(PNG)['id']}"
    json_text = shared_site.get(path, headers=ANONYMOUS).text
    assert shared_site.get(path + ".json", headers=ANONYMOUS).text == json_text
    assert shared_site.get(path + "?_format=json", headers=ANONYMOUS).text == json_text
    xml_text = shared_site.get(path + ".xml", headers=ANONYMOUS).text
    assert shared_site.get(path + "?_format=xml", headers=ANONYMOUS).text == xml_text
    fields = json.loads(json_text)["data"]
    assert [child.tag for child in ElementTree.fromstring(xml_text)] == list(fields)


def test_jsonp(shared_site: Site, ann: Person) -> None:
    path = f"/3/image/{shared_site.upload(PNG)['id']}?callback=show"
    answer = shared_site.get(f"{path}&client_id=a")
    assert answer.text.startswith('show({"data":{"id":')
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert shared_site.get(path, headers=ann.bearer).text.startswith('{"data"')


# ---- how bodies come


def begin(site: Site, path: str, length: int, kind: str = "image/png") -> socket.socket:
    """A request whose body is still to come."""
    connection = socket.create_connection(site.address, timeout=30)
    connection.sendall(
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Client-ID a\r\nContent-Type: {kind}\r\n"
        f"Content-Length: {length}\r\n\r\n".encode()
    )
    return connection


@pytest.mark.parametrize("path", ["/3/image", "/3/album"])
def test_a_slow_body_ends_at_the_deadline(new_site: NewSite, path: str) -> None:
    site = new_site(limits=Limits(body_seconds=0.2))
    with begin(site, path, 900_000) as connection:
        connection.sendall(PNG + b"\0" * 300_000)
        answer = connection.recv(1 << 16)
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert site.files() == []


def test_a_client_that_goes_away_leaves_nothing(site: Site) -> None:
    with begin(site, "/3/image", 5_000_000) as connection:
        connection.sendall(PNG + b"\0" * 1_000_000)
        until(site.files)
    until(lambda: not site.files())
    assert site.upload(PNG)
    assert len(site.files()) == 1


def test_too_many_fields(shared_site: Site) -> None:
    many = b"&".join(b"a%d=" % n for n in range(10_001))
    for answer in (
        shared_site.post("/3/album", headers=ANONYMOUS, content=many),
        shared_site.get("/3/account/x", headers=ANONYMOUS, params="a&" * 10_001),
        shared_site.post("/3/album", headers=ANONYMOUS, params="a&" * 10_001),
        shared_site.post("/3/image", headers=ANONYMOUS, params="a&" * 10_001, content=PNG),
    ):
        assert refused(answer) == (400, "The request has too many fields")


def test_a_json_body_that_takes_long_to_decode_is_refused(shared_site: Site) -> None:
    deep, wide = b'{"a":' + b"[" * 70_000 + b"]" * 70_000 + b"}", b'{"a":[' + b"[]," * 70_000 + b"[]]}"
    sentence = "The JSON document in the request is nested more than 32 levels deep"
    for path in ("/3/album", "/3/image", "/oauth2/token"):
        answers = [shared_site.post(path, headers=ANONYMOUS, content=body) for body in (deep, wide)]
        assert [refused(answer) for answer in answers] == [(400, sentence), (400, "The request has too many fields")]


def test_a_long_list_is_taken_whole(shared_site: Site) -> None:
    mine = shared_site.person("lister").bearer
    id = shared_site.upload(PNG, headers=mine)["id"]
    listed = [("ids[]", f"none{number:04}") for number in range(1_200)] + [("ids[]", id)]
    made = shared_site.post("/3/album", headers=mine, data={"ids[]": [id] * 9_000}).json()["data"]
    assert shared_site.get(f"/3/album/{made['id']}/images", headers=mine).json()["data"][0]["id"] == id
    shared_site.delete(f"/3/album/{made['id']}/remove_images", headers=mine, params=listed)
    assert shared_site.get(f"/3/album/{made['id']}/images", headers=mine).json()["data"] == []


def test_too_long_fields(shared_site: Site) -> None:
    for path in ("/3/album", "/3/image"):
        answer = shared_site.post(path, headers=ANONYMOUS, files={"image": PNG}, data={"title": "x" * 1_100_000})
        assert answer.status_code == 413


@pytest.mark.parametrize("content_type", ["multipart/form-data; boundary=b0und", "text/plain"])
def test_a_form_with_bare_line_feeds(shared_site: Site, content_type: str) -> None:
    head = b'--b0und\nContent-Disposition: form-data; name="image"; filename="a.png"\nContent-Type: image/png\n\n'
    title = b'\n--b0und\nContent-Disposition: form-data; name="title"\n\nby hand\n--b0und--\n'
    headers = {**ANONYMOUS, "Content-Type": content_type}
    answer = shared_site.post("/3/image", headers=headers, content=head + PNG + title)
    assert answer.status_code == 200, answer.text
    data = answer.json()["data"]
    assert (data["title"], data["size"]) == ("by hand", len(PNG))


def test_a_broken_form(shared_site: Site) -> None:
    headers = {"Content-Type": "multipart/form-data; boundary=x", **ANONYMOUS}
    answer = shared_site.post("/3/image", headers=headers, content=b"--x\r\nnonsense\r\n\r\n")
    status, error = refused(answer)
    assert status == 400
    assert error.startswith("The multipart body is malformed")


def test_a_body_that_is_not_read_spoils_nothing(shared_site: Site) -> None:
    for _ in range(3):
        assert shared_site.post("/3/image", content=PNG * 1000).status_code == 401
        assert shared_site.get("/healthz").status_code == 200


@pytest.mark.parametrize("wish", [b"Upgrade: h2c", b"upgrade: websocket", b"UPGRADE: TLS/1.0"])
def test_a_wish_for_another_protocol_costs_no_upload(shared_site: Site, wish: bytes) -> None:
    """Java's client and `curl --http2` ask for HTTP/2 this way, and go on in HTTP/1.1 if that is what they get."""
    head = b"POST /3/image HTTP/1.1\r\nHost: localhost\r\nAuthorization: Client-ID a\r\nConnection: Upgrade\r\n"
    last = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    answer = shared_site.raw(head + wish + b"\r\nContent-Length: %d\r\n\r\n" % len(PNG) + PNG + last)
    assert answer.count(b"HTTP/1.1 200 OK") == 2
    assert b'"size":%d,' % len(PNG) in answer


# ---- nothing is ever a fault of ours

PATHS = st.sampled_from(
    ["/3/image", "/3/upload.xml", "/3/album", "/3/image/x", "/3/album/x/add", "/3/account/me/images", "/3/credits"]
)
TYPES = st.sampled_from(
    [
        "",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=XX",
        "application/json",
        "image/png",
        "\xff",
    ]
)
STARTS = st.sampled_from(
    [b"", b"--XX\r\nContent-Disposition: form-data; name=image\r\n\r\n", b'{"image":"', b"image=", b"ids[]=", b"GIF89a"]
)
MORE = examples(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])


@MORE
@given(
    path=PATHS
    | st.text(max_size=12).map(lambda text: "/3/" + quote(text, safe="/."))
    | st.text(max_size=12).map(lambda text: "/" + quote(text)),
    query=st.binary(max_size=20).map(quote)
    | st.sampled_from(["_format=xml", "callback=a", "client_id=%00", "page=%ff&perPage=-1"]),
    method=st.sampled_from(["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS"]),
)
def test_any_address_has_an_answer(shared_site: Site, path: str, query: str, method: str) -> None:
    answer = shared_site.request(method, f"{shared_site.settings.public_url}{path}?{query}", headers=ANONYMOUS)
    assert answer.status_code < 500
    if method != "HEAD" and answer.headers.get("content-type", "").startswith("text/xml"):
        ElementTree.fromstring(answer.content)


@MORE
@given(
    path=PATHS,
    kind=TYPES,
    start=STARTS,
    rest=st.binary(max_size=200),
)
def test_any_body_has_an_answer(shared_site: Site, path: str, kind: str, start: bytes, rest: bytes) -> None:
    headers = [(b"Authorization", b"Client-ID a"), (b"Content-Type", kind.encode("latin-1"))]
    answer = shared_site.post(path, headers=headers, content=start + rest)
    assert answer.status_code < 500


@MORE
@given(title=st.text(max_size=40), form=st.sampled_from(["data", "json", "params"]))
def test_any_title_is_stored_and_shown(shared_site: Site, title: str, form: str) -> None:
    answer = shared_site.post("/3/album", headers=ANONYMOUS, **{form: {"title": title}})
    if answer.status_code == 400:
        assert any("\ud800" <= letter <= "\udfff" for letter in title)
        return
    path = f"/3/album/{answer.json()['data']['id']}"
    kept = title.replace("\0", "") or None
    assert shared_site.get(path, headers=ANONYMOUS).json()["data"]["title"] == kept
    ElementTree.fromstring(shared_site.get(path + ".xml", headers=ANONYMOUS).content)
