"""What unmodified programs put on the wire, byte for byte as far as it matters, and what they look for in answers."""

from __future__ import annotations

import base64
import json
import re
from typing import TYPE_CHECKING
from urllib.parse import urlencode
from xml.etree import ElementTree

import pytest
from site_support import ANONYMOUS, CLIENT_ID, Person, Site, picture

if TYPE_CHECKING:
    from collections.abc import Sequence

FORM = "application/x-www-form-urlencoded"
PNG = picture("PNG")
JPEG = picture("JPEG")


def send(site: Site, method: str, path: str, headers: dict[str, str], body: bytes = b"") -> tuple[bytes, bytes]:
    """Status line with headers, and body, of a request as these bytes are."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{site.address[1]}", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    if body or method in ("POST", "PUT"):
        lines.append(f"Content-Length: {len(body)}")
    head, _, rest = site.raw("\r\n".join(lines).encode() + b"\r\n\r\n" + body).partition(b"\r\n\r\n")
    return head, rest


def curl_form(*parts: tuple[str, bytes]) -> tuple[str, bytes]:
    """Content type and body as curl -F writes them."""
    mark = "------------------------d74496d66958873e"
    body = b"".join(
        f"--{mark}\r\nContent-Disposition: form-data; {head}\r\n\r\n".encode() + data + b"\r\n" for head, data in parts
    )
    return f"multipart/form-data; boundary={mark}", body + f"--{mark}--\r\n".encode()


def file_part(name: str, data: bytes, filename: str = "a.png", kind: str = "image/png") -> tuple[str, bytes]:
    return f'name="{name}"; filename="{filename}"\r\nContent-Type: {kind}', data


def field(name: str, value: str) -> tuple[str, bytes]:
    return f'name="{name}"', value.encode()


def stored(site: Site, link: str) -> bytes:
    """What lies behind a link."""
    answer = site.get(link)
    assert answer.status_code == 200
    return answer.content


def test_flameshot(shared_site: Site) -> None:
    head, body = send(
        shared_site,
        "POST",
        "/3/image?title=flameshot_screenshot&description=a%20b",
        {"Content-Type": "application/application/x-www-form-urlencoded", "Authorization": f"Client-ID {CLIENT_ID}"},
        PNG,
    )
    data = json.loads(body)["data"]
    assert b" 200 " in head
    assert (data["title"], data["description"]) == ("flameshot_screenshot", "a b")
    assert stored(shared_site, data["link"]) == PNG
    assert len(data["deletehash"]) == 15


@pytest.mark.parametrize("kind", [FORM, "application/application/x-www-form-urlencoded"], ids=["ksnip", "photoqt"])
@pytest.mark.parametrize("path", ["/3/upload.xml", "/3/image.xml", "/3/upload.xml?title=&description="])
def test_ksnip_and_photoqt(shared_site: Site, path: str, kind: str) -> None:
    _, body = send(shared_site, "POST", path, {"Content-Type": kind, **ANONYMOUS}, PNG)
    assert b"\n" not in body
    assert body.startswith(b'<?xml version="1.0" encoding="utf-8"?><data type="array" success="1" status="200">')
    root = ElementTree.fromstring(body)
    assert (root.tag, root.attrib["status"], root.attrib["success"]) == ("data", "200", "1")
    assert root.find("title") is not None
    link, deletehash = root.findtext("link"), root.findtext("deletehash")
    assert link
    assert stored(shared_site, link) == PNG
    _, gone = send(shared_site, "DELETE", f"/3/image/{deletehash}", ANONYMOUS)
    assert b'"success":true' in gone
    assert shared_site.get(link).headers["location"].endswith("/removed.png")


def test_ksnip_with_a_dead_token(shared_site: Site) -> None:
    head, body = send(shared_site, "POST", "/3/upload.xml", {"Content-Type": FORM, "Authorization": "Bearer dead"}, PNG)
    assert b" 403 " in head.partition(b"\r\n")[0]
    assert ElementTree.fromstring(body).attrib["status"] == "403"
    assert ElementTree.fromstring(body).findtext("error") == "The access token provided is invalid."


@pytest.mark.parametrize("name", ["image", "video", "file"])
def test_sharex(shared_site: Site, ann: Person, name: str) -> None:
    kind, body = curl_form(file_part(name, JPEG, "x.jpg", "image/jpeg"))
    _, answer = send(shared_site, "POST", "/3/upload", {"Content-Type": kind, **ann.bearer}, body)
    data = json.loads(answer)["data"]
    assert stored(shared_site, data["link"]) == JPEG
    assert data["account_id"] == ann.id


def test_sharex_reads_an_error_object(shared_site: Site) -> None:
    _, body = send(shared_site, "GET", "/3/account/me/albums?page=0&perPage=100", {"Authorization": "Bearer dead"})
    assert json.loads(body)["data"]["error"] == "The access token provided is invalid."


def test_sharex_lists_albums(shared_site: Site) -> None:
    bea = shared_site.person("sharex-user")
    made = shared_site.post("/3/album", headers=bea.bearer, data={"title": "t"}).json()["data"]["id"]
    image = shared_site.upload(PNG, bea.bearer, album=made)
    found = shared_site.get("/3/account/me/albums?page=0&perPage=100", headers=bea.bearer).json()["data"]
    assert [(album["id"], album["images_count"]) for album in found] == [(made, 1)]
    held = shared_site.get(f"/3/album/{made}/images", headers=bea.bearer).json()["data"]
    assert [each["id"] for each in held] == [image["id"]]


def test_xfce4_screenshooter(shared_site: Site) -> None:
    kind, body = curl_form(file_part("image", PNG))
    _, answer = send(shared_site, "POST", "/3/upload.xml", {"Content-Type": kind, **ANONYMOUS}, body)
    root = ElementTree.fromstring(answer)
    assert [child.tag for child in root].count("id") == 1


def test_imgur_sh(shared_site: Site) -> None:
    kind, body = curl_form(file_part("image", PNG, "-", "application/octet-stream"))
    _, answer = send(shared_site, "POST", "/3/image.xml", {"Content-Type": kind, "Expect": "", **ANONYMOUS}, body)
    assert b'success="0"' not in answer
    link = re.sub(r".*<link>(.*)</link>.*", r"\1", answer.decode())
    assert stored(shared_site, link) == PNG


def test_imgur_sh_reads_errors(shared_site: Site) -> None:
    kind, body = curl_form(field("image", "https://example.org/a.png"))
    head, answer = send(shared_site, "POST", "/3/image.xml", {"Content-Type": kind, **ANONYMOUS}, body)
    assert b" 400 " in head
    assert b'success="0"' in answer
    assert re.search(rb"<error>.+</error><request>/3/image.xml</request><method>POST</method>", answer)


def test_opentween_reads_errors(shared_site: Site) -> None:
    kind, body = curl_form(field("title", "x"))
    head, answer = send(shared_site, "POST", "/3/image.xml", {"Content-Type": kind, **ANONYMOUS}, body)
    assert b" 400 " in head
    assert answer == (
        b'<?xml version="1.0" encoding="utf-8"?><data type="array" success="0" status="400"><error>No image data was '
        b"sent to the upload api</error><request>/3/image.xml</request><method>POST</method></data>"
    )


def test_imgurbash2(shared_site: Site, ann: Person) -> None:
    kind, body = curl_form(field("type", "file"), file_part("image", PNG), field("title", "a"), field("album", ""))
    _, answer = send(shared_site, "POST", "/3/upload", {"Content-Type": kind, **ann.bearer}, body)
    link = re.search(rb'"link":"([^"]*)"', answer)
    deletehash = re.search(rb'"deletehash":"([0-9a-zA-Z]+)"', answer)
    assert link
    assert deletehash
    assert stored(shared_site, link[1].decode().replace("\\", "")) == PNG
    _, gone = send(shared_site, "DELETE", f"/3/image/{deletehash[1].decode()}", ann.bearer)
    assert gone == b'{"data":true,"success":true,"status":200}'


def test_imgur_screenshot(shared_site: Site) -> None:
    kind, body = curl_form(field("title", "album"))
    made = json.loads(send(shared_site, "POST", "/3/album", {"Content-Type": kind, **ANONYMOUS}, body)[1])["data"]
    kind, body = curl_form(field("title", "x"), file_part("image", PNG), field("album", made["deletehash"]))
    answer = json.loads(send(shared_site, "POST", "/3/image", {"Content-Type": kind, **ANONYMOUS}, body)[1])
    assert answer["success"] is True
    held = shared_site.get(f"/3/album/{made['id']}/images", headers=ANONYMOUS).json()["data"]
    assert [each["id"] for each in held] == [answer["data"]["id"]]


def test_kde_purpose(shared_site: Site) -> None:
    _, body = send(shared_site, "POST", "/3/album", {"Content-Type": FORM, **ANONYMOUS})
    made = json.loads(body)
    assert made["success"] is True
    assert made["data"].keys() == {"id", "deletehash"}
    for album in ("", made["data"]["deletehash"]):
        kind, body = curl_form(field("album", album), file_part("image", PNG))
        _, answer = send(shared_site, "POST", "/3/image", {"Content-Type": kind, **ANONYMOUS}, body)
        assert json.loads(answer)["success"] is True
    shown = shared_site.get(f"/3/album/{made['data']['id']}", headers=ANONYMOUS).json()["data"]
    assert shown["images_count"] == 1


@pytest.mark.parametrize("encoded", [True, False], ids=["encoded", "raw +"])
def test_pyimgur_and_node(shared_site: Site, encoded: bool) -> None:
    file = picture("PNG", (64, 64), "#fbefbe")
    text = base64.b64encode(file).decode()
    fields = {"image": text, "type": "base64", "title": "tå", "description": "x&y", "album_id": ""}
    body = urlencode(fields) if encoded else f"image={text}&type=base64&title=t%C3%A5&description=x%26y"
    _, answer = send(shared_site, "POST", "/3/image", {"Content-Type": FORM, **ANONYMOUS}, body.encode())
    data = json.loads(answer)["data"]
    assert stored(shared_site, data["link"]) == file
    assert (data["title"], data["description"]) == ("tå", "x&y")


def test_pyimgur_reads_rate_limits(shared_site: Site) -> None:
    head, _ = send(
        shared_site, "POST", "/3/album/", {"X-Mashape-Key": "k", "Content-Type": FORM, **ANONYMOUS}, b"title=x"
    )
    limits = [line.partition(b": ") for line in head.split(b"\r\n") if line.startswith(b"x-ratelimit")]
    assert len(limits) == 7
    assert all(int(value) >= 0 for _, _, value in limits)


def test_json_upload(shared_site: Site) -> None:
    body = json.dumps({"image": base64.b64encode(PNG).decode(), "type": "base64", "title": "j"}).encode()
    _, answer = send(shared_site, "POST", "/3/image", {"Content-Type": "application/json", **ANONYMOUS}, body)
    data = json.loads(answer)["data"]
    assert stored(shared_site, data["link"]) == PNG
    assert data["title"] == "j"


def test_a_script_with_base64_alone(shared_site: Site) -> None:
    _, answer = send(shared_site, "POST", "/3/upload.xml", {"Content-Type": FORM, **ANONYMOUS}, base64.encodebytes(PNG))
    link = ElementTree.fromstring(answer).findtext("link")
    assert link
    assert stored(shared_site, link) == PNG


def test_a_page_with_a_data_uri(shared_site: Site) -> None:
    kind, body = curl_form(field("image", "data:image/png;base64," + base64.b64encode(PNG).decode()))
    _, answer = send(shared_site, "POST", "/3/image", {"Content-Type": kind, **ANONYMOUS}, body)
    assert stored(shared_site, json.loads(answer)["data"]["link"]) == PNG


def test_a_chunked_upload(shared_site: Site) -> None:
    request = (
        f"POST /3/image HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nAuthorization: Client-ID {CLIENT_ID}\r\n"
        "Transfer-Encoding: chunked\r\n\r\n"
    ).encode()
    for start in range(0, len(PNG), 40):
        chunk = PNG[start : start + 40]
        request += b"%x\r\n%s\r\n" % (len(chunk), chunk)
    answer = shared_site.raw(request + b"0\r\n\r\n").partition(b"\r\n\r\n")[2]
    assert stored(shared_site, json.loads(answer)["data"]["link"]) == PNG


def test_greenshot(shared_site: Site) -> None:
    image = shared_site.upload(PNG)
    _, shown = send(shared_site, "GET", f"/3/image/{image['id']}.xml", ANONYMOUS)
    assert ElementTree.fromstring(shown).findtext("link") == image["link"]
    assert shared_site.get(f"/{image['id']}s.png").headers["content-type"] == "image/jpeg"
    _, gone = send(shared_site, "DELETE", f"/3/image/{image['deletehash']}.xml", ANONYMOUS)
    assert ElementTree.fromstring(gone).text == "true"
    head, _ = send(shared_site, "GET", f"/3/image/{image['id']}.xml", ANONYMOUS)
    assert b" 404 " in head


def test_imgurpython(shared_site: Site, ann: Person) -> None:
    head, body = send(shared_site, "GET", "/3/credits", ANONYMOUS)
    assert b" 200 " in head
    assert json.loads(body)["data"].keys() == {
        "UserLimit",
        "UserRemaining",
        "UserReset",
        "ClientLimit",
        "ClientRemaining",
    }
    ids = [shared_site.upload(PNG, ann.bearer)["id"] for _ in range(3)]
    fields = urlencode({"ids": ",".join(ids), "title": "x"}).encode()
    _, body = send(shared_site, "POST", "/3/album", {"Content-Type": FORM, **ann.bearer}, fields)
    made = json.loads(body)["data"]["id"]
    assert held(shared_site, ann, made) == ids
    doomed = urlencode({"ids": ",".join(ids[:2])})
    path = f"/3/album/{made}/remove_images?{doomed}"
    _, body = send(shared_site, "DELETE", path, {"Content-Type": FORM, **ann.bearer}, doomed.encode())
    assert json.loads(body)["data"] is True
    assert held(shared_site, ann, made) == ids[2:]
    some = urlencode({"ids": ",".join(ids[:1])}).encode()
    send(shared_site, "POST", f"/3/album/{made}/", {"Content-Type": FORM, **ann.bearer}, some)
    assert held(shared_site, ann, made) == ids[:1]


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (FORM, "ids%5B%5D={0}&ids%5B%5D={1}"),
        (FORM, "ids[]={0}&ids[]={1}"),
        (FORM, "ids[0]={0}&ids[1]={1}"),
        (FORM, "ids={0}&ids={1}"),
        (FORM, "ids={0},{1}"),
        (FORM, "ids={0}%2C+{1}"),
        ("application/json", '{{"ids":["{0}","{1}"]}}'),
        ("application/json", '{{"ids":"{0},{1}"}}'),
    ],
)
@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_lists_however_written(shared_site: Site, ann: Person, kind: str, body: str, method: str) -> None:
    ids = [shared_site.upload(PNG, ann.bearer)["id"] for _ in range(2)]
    made = shared_site.post("/3/album", headers=ann.bearer).json()["data"]["id"]
    _, answer = send(
        shared_site, method, f"/3/album/{made}/add", {"Content-Type": kind, **ann.bearer}, body.format(*ids).encode()
    )
    assert json.loads(answer)["data"] is True
    assert held(shared_site, ann, made) == ids


def held(site: Site, person: Person, album: str) -> Sequence[str]:
    answer = site.get(f"/3/album/{album}/images", headers=person.bearer)
    return [each["id"] for each in answer.json()["data"]]
