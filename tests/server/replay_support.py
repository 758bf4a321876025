"""Recorded exchanges: requests in every form that unmodified programs send them, with the responses to the byte.

    .venv/bin/python tests/server/replay_support.py      # write replay.txt anew

Each step of `STEPS` is sent to a new server in turn. Ids and delete hashes are random, so the recording names them:
`{red}` is an image, `{red.hash}` its delete hash, `{3}` and `{3.hash}` what step 3 created.
"""

from __future__ import annotations

import base64
import json
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from site_support import ANONYMOUS, CLIENT_ID, Person, Site, Sites, picture

RECORDING = Path(__file__).with_name("replay.txt")
FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
MULTIPART = "multipart/form-data; boundary=XX"
PNG = picture("PNG", (4, 4))
BASE64 = base64.b64encode(PNG).decode()
NEW = {"": rb"""(?:"id":"|<id>)(\w{5,7})["<]""", ".hash": rb"""deletehash(?:":"|>)(\w+)["<]"""}
"""Where a response has the id and the delete hash of what was created."""
HEADERS = ("content-type", "location", "x-ratelimit-clientlimit")


@dataclass(frozen=True)
class Step:
    """One request: a title, method, path, body and its type; placeholders stand for ids."""

    title: str
    method: str
    path: str
    body: str | bytes = ""
    type: str = FORM
    signed_in: bool = True


def parts(*fields: tuple[str, str | bytes]) -> bytes:
    """Return a multipart body; bytes are a file."""
    lines = b""
    for name, value in fields:
        file = b'; filename="a.png"' if isinstance(value, bytes) else b""
        data = value if isinstance(value, bytes) else value.encode()
        lines += b'--XX\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n%s\r\n' % (name.encode(), file, data)
    return lines + b"--XX--\r\n"


ALBUM, ADD, TAKE = "/3/album", "/3/album/{album}/add", "/3/album/{album}/remove_images"
STEPS = (
    # a list of ids, in every form
    Step("ids[] repeated", "POST", ALBUM, "ids[]={red}&ids[]={green}"),
    Step("ids[] percent-encoded", "POST", ALBUM, "ids%5B%5D={red}&ids%5B%5D={green}"),
    Step("ids repeated", "POST", ALBUM, "ids={red}&ids={green}"),
    Step("ids with commas", "POST", ALBUM, "ids={red},{green}"),
    Step("ids with encoded commas and blanks", "POST", ALBUM, "ids={red}%2C+{green}%2C"),
    Step("ids numbered", "POST", ALBUM, "ids[0]={red}&ids[1]={green}"),
    Step("ids as a JSON list", "POST", ALBUM, '{"ids":["{red}","{green}"]}', JSON),
    Step("ids as JSON text", "POST", ALBUM, '{"ids":"{red},{green}"}', JSON),
    Step("ids as JSON of another type", "POST", ALBUM, '{"ids":["{red}"],"title":7}', f"{JSON}; charset=utf-8"),
    Step("ids in the query", "POST", ALBUM + "?ids={red},{green}&title=In+the+query"),
    Step("ids multipart", "POST", ALBUM, parts(("ids[]", "{red}"), ("ids[]", "{green}"), ("title", "é")), MULTIPART),
    Step("delete hashes", "POST", ALBUM, "deletehashes[]={red.hash}&deletehashes[]={green.hash}", FORM, False),
    Step("delete hashes with commas", "POST", ALBUM, "deletehashes={red.hash},{green.hash}", FORM, False),
    Step("an id that is nobody's", "POST", "/3/album/{album}/add", "ids={red},aaaaaaa"),
    # an album
    Step("an album of nothing", "POST", ALBUM),
    Step("an album with a slash behind", "POST", ALBUM + "/", "title=Slash"),
    Step("an album with unknown fields", "POST", ALBUM, "title=Known&frobnicate=1&utf8=%E2%9C%93"),
    Step("update with PUT", "PUT", "/3/album/{album}", "title=Put&cover={green}"),
    Step("update with POST", "POST", "/3/album/{album}", "title=Post"),
    Step("update with JSON", "PUT", "/3/album/{album}", '{"title":"JSON","description":null}', JSON),
    Step("update in the query", "POST", "/3/album/{album}?description=Query"),
    Step("set images", "POST", "/3/album/{album}/", "ids={green},{red}"),
    Step("add with POST", "POST", ADD, "ids[]={blue}"),
    Step("add with PUT", "PUT", ADD, "ids={blue}"),
    Step("remove with DELETE and query", "DELETE", TAKE + "?ids={blue}"),
    Step("remove with DELETE and body", "DELETE", TAKE, "ids={blue}"),
    Step("remove with POST", "POST", TAKE, "ids={green}"),
    Step("read", "GET", "/3/album/{album}"),
    Step("read its images", "GET", "/3/album/{album}/images"),
    # addresses
    Step("a .json behind", "GET", "/3/album/{album}.json"),
    Step("a .xml behind", "GET", "/3/album/{album}.xml"),
    Step("_format", "GET", "/3/image/{red}?_format=xml"),
    Step("JSONP", "GET", "/3/image/{red}?callback=show"),
    Step("double slashes", "GET", "/3//image//{red}/"),
    Step("unknown parameters", "GET", "/3/image/{red}?a=b&c"),
    Step("no such path", "GET", "/3/nothing"),
    Step("no such method", "PATCH", "/3/image/{red}"),
    Step("no such image", "GET", "/3/image/aaaaaaa"),
    # an image
    Step("update an image with POST", "POST", "/3/image/{red}", "title=Post"),
    Step("update an image with PUT", "PUT", "/3/image/{red}", "description=Put"),
    Step("update by delete hash", "POST", "/3/image/{red.hash}", "title=Hash", FORM, False),
    Step("favorite", "POST", "/3/image/{red}/favorite"),
    # uploads
    Step("multipart image", "POST", "/3/image", parts(("image", PNG), ("title", "File")), MULTIPART),
    Step("multipart video", "POST", "/3/upload", parts(("video", PNG), ("disable_audio", "1")), MULTIPART),
    Step("multipart base64", "POST", "/3/image", parts(("image", BASE64), ("type", "base64")), MULTIPART),
    Step("multipart, empty album", "POST", "/3/image", parts(("image", PNG), ("album", "")), MULTIPART),
    Step("form base64", "POST", "/3/image", f"image={quote(BASE64, safe='')}&type=base64&name=a.png"),
    Step("form base64, not encoded", "POST", "/3/image", f"image={BASE64}"),
    Step("data URI", "POST", "/3/image", f"image={quote('data:image/png;base64,' + BASE64, safe='')}"),
    Step("JSON base64", "POST", "/3/image", json.dumps({"image": BASE64, "title": "J"}), JSON),
    Step("raw as a form", "POST", "/3/upload?title=Raw&description=a%20b", PNG),
    Step("raw as a picture", "POST", "/3/image.xml", PNG, "image/png"),
    Step("raw, doubled type", "POST", "/3/image?title=Double", PNG, f"application/{FORM}", False),
    Step("base64 as the whole body", "POST", "/3/upload.xml", BASE64),
    Step("into an album", "POST", "/3/image?album={album}", PNG, "image/png"),
    Step("no picture", "POST", "/3/image", "image=nothing"),
    Step("no body", "POST", "/3/image"),
    Step("too short a GIF", "POST", "/3/image", b"GIF89a", "image/gif"),
    # comments and account
    Step("a comment", "POST", "/3/comment", "image_id={post}&comment=Hello"),
    Step("a comment as JSON", "POST", "/3/comment", '{"image_id":"{post}","comment":"J"}', JSON),
    Step("vote with GET", "GET", "/3/comment/1/vote/up"),
    Step("vote with POST", "POST", "/3/comment/1/vote/down"),
    Step("settings with POST", "POST", "/3/account/me/settings", "bio=Post&newsletter_subscribed=1"),
    Step("settings with PUT", "PUT", "/3/account/me/settings", "public_images=false"),
    Step("settings read", "GET", "/3/account/me/settings"),
    Step("bare ids as the body", "POST", "/3/notification", "1,2"),
    Step("credits", "GET", "/3/credits", "", FORM, False),
    Step("no credentials", "GET", "/3/account/me", "", FORM, False),
    # the end of it
    Step("delete an image by hash", "DELETE", "/3/image/{blue.hash}", "", FORM, False),
    Step("delete it again", "DELETE", "/3/image/{blue.hash}", "", FORM, False),
    Step("delete the album with POST", "POST", "/3/album/{album}/delete"),
    Step("delete the album", "DELETE", "/3/album/{album}"),
)


@dataclass
class Recorder:
    """Sends steps to a server and writes down what comes back."""

    site: Site
    person: Person
    known: dict[str, str] = field(default_factory=dict)

    def prepare(self) -> None:
        """Upload three pictures, put two into an album, and share one."""
        for name in ("red", "green", "blue", "post"):
            data = self.site.upload(picture("PNG", (4, 4), "red" if name == "post" else name), self.person.bearer)
            self.known |= {name: data["id"], f"{name}.hash": data["deletehash"]}
        made = self.site.post("/3/album", headers=self.person.bearer, data={"title": "Album"}).json()["data"]
        self.known |= {"album": made["id"], "album.hash": made["deletehash"]}
        shared = {"title": "Shared", "terms": "1"}
        self.site.post(f"/3/gallery/image/{self.known['post']}", headers=self.person.bearer, data=shared)

    def record(self, number: int, step: Step) -> Iterator[str]:
        """Send one step; yield its lines of the recording."""
        body = step.body.encode() if isinstance(step.body, str) else step.body
        headers = self.person.bearer if step.signed_in else ANONYMOUS
        if body:
            headers = {**headers, "Content-Type": step.type}
        response = self.site.request(step.method, self._filled(step.path), headers=headers, content=self._filled(body))
        self._learn(number, response.content)
        yield f"== {number} {step.title}"
        yield f"{step.method} {step.path}" + (f" as {step.type}" if body else "")
        yield body.decode("latin-1").encode("unicode_escape").decode() if body else "(no body)"
        found = [f"{name}: {response.headers[name]}" for name in HEADERS if name in response.headers]
        yield self._named(f"-> {response.status_code} {'; '.join(found)}")
        yield self._named(response.content.decode("utf-8")).replace("\r\n", "\\r\\n")
        if step.path.startswith(ALBUM) and step.method != "GET":
            yield from self._album(f"{number}" if f"{number}" in self.known else "album")

    def _album(self, name: str) -> Iterator[str]:
        """Yield the images that an album holds now."""
        response = self.site.get(f"/3/album/{self.known[name]}/images", headers=self.person.bearer)
        ids = [image["id"] for image in response.json()["data"]] if response.status_code == 200 else ["gone"]
        yield self._named(f"holds {' '.join(ids)}".strip())

    def _filled(self, text: Any) -> Any:
        for name, value in self.known.items():
            place, filling = (
                (f"{{{name}}}", value) if isinstance(text, str) else (f"{{{name}}}".encode(), value.encode())
            )
            text = text.replace(place, filling)
        return text

    def _learn(self, number: int, body: bytes) -> None:
        for name, pattern in NEW.items():
            found = re.search(pattern, body)
            if found and (value := found[1].decode()) not in self.known.values():
                self.known[f"{number}{name}"] = value

    def _named(self, text: str) -> str:
        text = text.replace(self.site.settings.public_url, "SITE").replace(self.person.token, "TOKEN")
        for name, value in self.known.items():
            text = text.replace(value, f"{{{name}}}")
        return text.replace(CLIENT_ID, "CLIENT")


def recording(site: Site) -> list[str]:
    """Return the lines of the whole recording, made on a new server."""
    recorder = Recorder(site, site.person("ann"))
    recorder.prepare()
    return [line for number, step in enumerate(STEPS, 1) for line in recorder.record(number, step)]


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder, Sites(Path(folder)) as sites:
        RECORDING.write_text("".join(f"{line}\n" for line in recording(sites.start())), "utf-8")
