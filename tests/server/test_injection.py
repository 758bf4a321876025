"""What people write, in every field that takes text, on every page and in every answer that shows it, stays text.

A page with an evil text must have the elements and attributes that it has with a harmless one, one for one.
"""

from __future__ import annotations

from html.parser import HTMLParser
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import pytest
from gallery_support import PNG, post
from site_support import ANONYMOUS, Person, Site

from pyimgur.server.services import comments

if TYPE_CHECKING:
    import httpx2

HARMLESS = "harmless"
EVIL = {
    "a script": "<script>alert(1)</script>",
    "an end of everything": "--></title></textarea></style></script><img src=x onerror=alert(1)>",
    "quotes": """'"` onmouseover=alert(1) x='""",
    "an entity": "&lt;script&gt;&#x3c;b&#62;",
    "a template": "{{ 7 * 7 }}{% raw %}${7*7}#{7}",
    "CDATA": "]]><b/><!--",
    "SQL": "'; DROP TABLE image; -- \" OR 1=1 /*",
    "a header": "a\r\nSet-Cookie: a=b\r\n\r\n<b>",
    "a path": "../../../etc/passwd%00\\..\\",
    "nulls": "a\0b\0",
    "right to left": "\u202egnp.exe\u2066",
    "line ends of scripts": "a\u2028b\u2029c",
    "nonsense for XML": "\x01\x0b\ufffe\x7f",
    "10,000 letters": "a" * 10_000,
    "10,000 brackets": "<" * 10_000,
    "an address that runs": "javascript:alert(1)",
}


class Structure(HTMLParser):
    """The elements of a page with the names of their attributes, in order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, ...]] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag != "br":  # a line end in a text may be one
            self.elements.append((tag, *(name for name, _ in attrs)))


def written(site: Site, who: Person, text: str) -> list[str]:
    """Put a text wherever one goes that others see; where it is shown."""
    image = site.upload(PNG, who.bearer)["id"]
    post(site, f"/3/gallery/image/{image}", who, title="t", tags="harmless")
    post(site, f"/3/image/{image}", who, title=text, description=text)
    album = site.post("/3/album", headers=who.bearer, data={"ids[]": site.upload(PNG, who.bearer)["id"]}).json()["data"]
    post(site, f"/3/album/{album['id']}", who, title=text, description=text)
    post(site, "/3/comment", who, image_id=image, comment=text[: comments.MAX_LENGTH])
    post(site, "/3/account/me/settings", who, bio=text[:2000])
    site.post("/3/account/me/folders", headers=who.bearer, data={"name": text})
    pages = (f"/{image}", f"/gallery/{image}", f"/{image}/embed", f"/a/{album['id']}", f"/a/{album['id']}/embed")
    return [*pages, f"/user/{who.name}", f"/user/{who.name}/comments"]


def page(answer: httpx2.Response) -> list[tuple[str, ...]]:
    assert answer.status_code == 200, answer.text
    assert "set-cookie" not in answer.headers
    return Structure(answer.text).elements


def test_no_text_changes_a_page(shared_site: Site) -> None:
    first, *others = [HARMLESS, *EVIL.values()]
    pages = [page(shared_site.get(path)) for path in written(shared_site, shared_site.person("person"), first)]
    for number, text in enumerate(others):
        who = shared_site.person(f"person{number}")
        found = [page(shared_site.get(path)) for path in written(shared_site, who, text)]
        assert found == pages, text


@pytest.mark.parametrize("text", EVIL.values(), ids=EVIL)
def test_no_text_breaks_out_of_an_answer(shared_site: Site, text: str) -> None:
    id = shared_site.upload(PNG, title=text, description=text)["id"]
    path = f"/3/image/{id}"
    shown = shared_site.get(path, headers=ANONYMOUS).json()["data"]["title"]
    assert shown
    assert text.replace("\0", "").startswith(shown)
    ElementTree.fromstring(shared_site.get(f"{path}.xml", headers=ANONYMOUS).content)
    script = shared_site.get(path, params={"callback": "f", "client_id": "a"})
    assert script.text.startswith("f({")
    assert not set("\u2028\u2029") & set(script.text)
    oembed = shared_site.get("/oembed", params={"url": f"{shared_site.settings.public_url}/{id}"})
    assert [name for name, *_ in Structure(oembed.json()["html"]).elements] == ["blockquote", "a", "img"]
    saved = shared_site.get(f"/download/{id}")
    assert (saved.status_code, saved.content) == (200, PNG)
    assert "\n" not in saved.headers["content-disposition"]
