"""Finding Imgur links in text: every way to write them, and where they begin and end."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from pyimgur import links

if TYPE_CHECKING:
    from pathlib import Path

LINK = "https://i.imgur.com/aBcdeFg.jpg"
IMAGE = "image aBcdeFg .jpg"
PAGE = "image aBcdeFg"
ALBUM = "album aBcdeFg"
POST = "post aBcdeFg"

TEXTS: dict[str, list[str]] = {
    # forms
    LINK: [IMAGE],
    "http://i.imgur.com/aBcde.png": ["image aBcde .png"],
    "//i.imgur.com/aBcdeFgh.jpg": ["image aBcdeFg h .jpg"],
    "i.imgur.com/aBcdeFg.jpg": [IMAGE],
    "HTTP://I.IMGUR.COM/aBcdeFg.JPG": [IMAGE],
    "https://i.imgur.com/aBcdeFg_lq.mp4 https://i.imgur.com/aBcdeFg_hq.mp4": [
        "image aBcdeFg _lq .mp4",
        "image aBcdeFg _hq .mp4",
    ],
    "https://i.imgur.com/aBcdeFg.mp4?play#t=3": ["image aBcdeFg .mp4"],
    "https://imgur.com/aBcdeFg": [PAGE],
    "https://i.imgur.com/aBcdeFg": [PAGE],
    "https://imgur.com/aBcdeFg,hIjklMn": ["image aBcdeFg,hIjklMn"],
    "https://imgur.com/aBcde&hIjkl": ["image aBcde,hIjkl"],
    "https://imgur.com/a/two-words-aBcdeFg#3": [ALBUM],
    "https://imgur.com/album/aBcdeFg": [ALBUM],
    "https://imgur.com/gallery/a-day-aBcdeFg/comment/123": [POST],
    "https://imgur.com/t/cats/aBcdeFg": [POST],
    "https://imgur.com/r/pics/aBcdeFg": [PAGE],
    "https://imgur.com/r/pics/aBcdeFg.jpg": [IMAGE],
    "https://imgur.com/t/cats, https://imgur.com/r/pics!": ["tag cats", "subreddit pics"],
    "https://ann.imgur.com/ https://imgur.com/user/ann/favorites/folder/1/x": ["user ann", "user ann"],
    "https://imgur.com/delete/aBcdeFgHiJkLmNo": ["deletehash aBcdeFgHiJkLmNo"],
    "https://o.imgur.com/aBcdeFg.jpg https://www.i.imgur.com./aBcdeFg.jpg": [IMAGE, IMAGE],
    "https://bob:x@imgur.com:443/aBcdeFg": [PAGE],
    # what is none
    "https://i.stack.imgur.com/Huf4o.png https://notimgur.com/aBcdeFg https://imgur.com.evil.example/aBcdeFg": [],
    "https://i.imgur.community/aBcdeFg https://imgur.com@evil.example/aBcdeFg ann@imgur.com/aBcdeFg": [],
    "https://api.imgur.com/3/image/aBcdeFg https://imgur.com/privacy https://imgur.com/search?q=x": [],
    "https://i.imgur.com/removed.png https://i.imgur.com/aBcdeF.jpg ftp://i.imgur.com/aBcdeFg.jpg": [],
    "./i.imgur.com/aBcdeFg.jpg /srv/x/imgur.com/aBcdeFg.jpg https://github.com/x/imgur.com/pulls": [],
    ".. imgur-image:: aBcdeFg": [],
    "https://bücher.imgur.com/x": [],
    # where it ends
    f"(see {LINK}).": [IMAGE],
    f"{LINK}... **{LINK}** <{LINK}> `{LINK}` '{LINK}' {LINK}|label": [IMAGE] * 6,
    "_https://imgur.com/aBcdeFg_ https://imgur.com/aBcdeFg's": [PAGE, PAGE],
    "https://imgur.com/aBcdeFg,https://imgur.com/a/aBcdeFg;//imgur.com/aBcdeFg": [PAGE, ALBUM, PAGE],
    f"1,{LINK},title\n2;{LINK};title": [IMAGE, IMAGE],
    "https://imgur.com/aBcdeFg,a title,3": [PAGE],
    f"https://proxy.example/?url={LINK}&w=3": [IMAGE],
    f"看{LINK}這個。 {LINK}。": [IMAGE, IMAGE],
    "看imgur.com/a/aBcdeFg、": [ALBUM],
    "https://imgur.com/gallery/日本-aBcdeFg": [POST],
    "https://imgur.com/aBcdeFg?next=https://imgur.com/a/aBcdeFg": [PAGE, ALBUM],
    # languages
    f"[![t]({LINK})](https://imgur.com/aBcdeFg)": [IMAGE, PAGE],
    f"[[{LINK}][label]] url({LINK}) [img]{LINK}[/img] [url={LINK}]": [IMAGE] * 4,
    f'#EXTINF:-1 tvg-logo="{LINK}",Name': [IMAGE],
    f"&lt;img src=&quot;{LINK}&quot;&gt;": [IMAGE],
    "https://i.imgur.com/aBcdeFg_d.webp?maxwidth=520&amp;fidelity=high": ["image aBcdeFg _d .webp"],
    r"https://i.imgur.com/aBcdeFg\_d.webp": ["image aBcdeFg _d .webp"],
    '<blockquote data-id="a/aBcdeFg"><a href="//imgur.com/a/aBcdeFg">': [ALBUM],
    rf'"see\n{LINK}\ni.imgur.com/aBcdeFg.jpg\u003ei.imgur.com/aBcdeFg.jpg"': [IMAGE] * 3,
}


def shown(link: links.Link) -> str:
    return " ".join(filter(None, (link.kind, ",".join(link.ids), link.size, link.ext)))


@pytest.mark.parametrize("text", TEXTS)
def test_links_are_found_in_text(text: str) -> None:
    assert [shown(link) for link in links.scan_text(text)] == TEXTS[text]


LAYERS: dict[str, tuple[str, str]] = {
    # text: the layer, and what the link is in it
    LINK: ("plain", LINK),
    r'{"u":"https:\/\/i.imgur.com\/aBcdeFg.jpg"}': ("json", r"https:\/\/i.imgur.com\/aBcdeFg.jpg"),
    r"\"https:\\\/\\\/i.imgur.com\\\/aBcdeFg.jpg\"": ("json", r"https:\\\/\\\/i.imgur.com\\\/aBcdeFg.jpg"),
    r'"https:\u002F\u002Fi.imgur.com\u002FaBcdeFg.jpg\u0022': (
        "unicode",
        r"https:\u002F\u002Fi.imgur.com\u002FaBcdeFg.jpg",
    ),
    "?u=https%3A%2F%2Fi.imgur.com%2FaBcdeFg.jpg&w=3": ("percent", "https%3A%2F%2Fi.imgur.com%2FaBcdeFg.jpg"),
    "?u=https%3a%2f%2fi.imgur.com%2faBcdeFg.jpg+x": ("percent", "https%3a%2f%2fi.imgur.com%2faBcdeFg.jpg"),
    "?u=https%3A//i.imgur.com/aBcdeFg.jpg&w=3": ("percent", "https%3A//i.imgur.com/aBcdeFg.jpg"),
    "?u=%3Di.imgur.com%2FaBcdeFg.jpg%26w": ("percent", "i.imgur.com%2FaBcdeFg.jpg"),
    "https%253A%252F%252Fi.imgur.com%252FaBcdeFg.jpg%26": (
        "percent2",
        "https%253A%252F%252Fi.imgur.com%252FaBcdeFg.jpg",
    ),
    "https:&#x2F;&#X2f;i.imgur.com&#x2F;aBcdeFg.jpg&quot;": (
        "html",
        "https:&#x2F;&#X2f;i.imgur.com&#x2F;aBcdeFg.jpg",
    ),
    "https:&#47;&#047;i.imgur.com&#47;aBcdeFg.jpg": ("html", "https:&#47;&#047;i.imgur.com&#47;aBcdeFg.jpg"),
    "https&colon;&sol;&sol;i&period;imgur&period;com&sol;aBcdeFg&period;jpg": (
        "html",
        "https&colon;&sol;&sol;i&period;imgur&period;com&sol;aBcdeFg&period;jpg",
    ),
    "https:&amp;#x2F;&amp;#x2F;i.imgur.com&amp;#x2F;aBcdeFg.jpg&amp;quot;": (
        "html",
        "https:&amp;#x2F;&amp;#x2F;i.imgur.com&amp;#x2F;aBcdeFg.jpg",
    ),
    f's:31:"{LINK}";': ("php", LINK),
    rf"INSERT ('s:31:\"{LINK}\";')": ("php", LINK),
    r's:34:"https:\/\/i.imgur.com\/aBcdeFg.jpg";': ("php+json", r"https:\/\/i.imgur.com\/aBcdeFg.jpg"),
    f"[img]{LINK}[/img]": ("bbcode", LINK),
    f"https://web.archive.org/web/20150102030405im_/{LINK}": ("wayback", LINK),
    "https://i0.wp.com/i.imgur.com/aBcdeFg.jpg?ssl=1": ("plain", "i.imgur.com/aBcdeFg.jpg?ssl=1"),
}


@pytest.mark.parametrize("text", LAYERS)
def test_the_layer_and_the_text_are_as_written(text: str) -> None:
    [link] = links.scan_text(text)
    assert (link.layer, link.text) == LAYERS[text]
    assert (shown(link), link.url.partition("?")[0]) == (IMAGE, "https://i.imgur.com/aBcdeFg.jpg")


@pytest.mark.parametrize(
    ("content", "place"),
    [
        ("é😀 {}".encode(), (1, 4)),
        ("a\nb\r\né {}".encode(), (3, 3)),
        ("\ufeff{}".encode(), (1, 1)),
        ("\ufeffé😀 {}".encode("utf-16"), (1, 5)),
        ("\ufeffé😀\r\n {}".encode("utf-16-be"), (2, 2)),
        ("\ufeff\n{}".encode("utf-32-le"), (2, 1)),
        ("caf\xe9 {}".encode("latin-1"), (1, 6)),
    ],
)
def test_line_and_column_count_code_points_in_any_encoding(
    content: bytes, place: tuple[int, int], tmp_path: Path
) -> None:
    encoding = "utf-16-be" if content[:1] == b"\xfe" else "utf-16-le" if content[:4] == b"\xff\xfe\xff\xfe" else ""
    encoding = encoding or (
        "utf-32-le" if content[2:4] == b"\0\0" else "utf-16-le" if content[:2] == b"\xff\xfe" else "utf-8"
    )
    (tmp_path / "a").write_bytes(content.replace("{}".encode(encoding), LINK.encode(encoding)))
    [file] = links.scan([tmp_path])
    assert [(link.line, link.column, link.text) for link in file.links] == [(*place, LINK)]


def test_folders_are_walked_and_what_is_no_text_of_the_user_is_passed_over(tmp_path: Path) -> None:
    outside, top = tmp_path / "outside", tmp_path / "top"
    for folder in (outside, top / ".git", top / "in" / "deep"):
        folder.mkdir(parents=True)
    for path in (outside / "a.md", top / ".git" / "b", top / "in" / "deep" / "c.md", top / "d.md"):
        path.write_text(LINK)
    (top / "binary").write_bytes(b"\0" + LINK.encode())
    (top / "late").write_bytes(b"x" * 9000 + b"\0" + LINK.encode())
    (top / "link").symlink_to(outside)
    (top / "link.md").symlink_to(outside / "a.md")
    os.mkfifo(top / "pipe")
    files = list(links.scan([top, top / "d.md"]))
    found = [os.path.relpath(file.file, top) for file in files if file.links]
    assert found == ["d.md", "in/deep/c.md", "late"]
    assert [os.path.relpath(file.file, top) for file in files if not file.is_text] == ["binary"]
    sums = links.totals(files)
    assert (sums["files"], sums["binary"], sums["links"], sums["kinds"]) == (3, 1, 3, {"image": 3})


def test_what_cannot_be_read_is_an_error_with_its_name(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(LINK)
    (tmp_path / "b").symlink_to("a.md")
    missing, link, good = links.scan([tmp_path / "x", tmp_path / "b", tmp_path / "a.md"])
    assert str(missing.error) == f"{tmp_path / 'x'}: there is no such file or folder"
    assert str(link.error) == f"{tmp_path / 'b'}: symbolic links are not followed: name what it points to"
    assert len(good.links) == 1


def test_urls_of_imgur_that_point_to_nothing_known_are_counted() -> None:
    text = "https://i.imgur.com/aBcdeF.jpg https://imgur.com/privacy https://i.stack.imgur.com/Huf4o.png notimgur.com/a"
    from pyimgur.links._scan import scan_body

    assert scan_body(text.encode(), "").unknown == 2


def test_a_delete_hash_is_in_no_repr() -> None:
    [link] = links.scan_text("https://imgur.com/delete/aBcdeFgHiJkLmNo")
    assert "aBcdeFgHiJkLmNo" not in repr(link)
