"""What the server of the benchmarks says: bodies of the size and shape that Imgur's have, made up here."""

from __future__ import annotations

import json
import re
from itertools import cycle, islice

LIMITS = (
    "X-RateLimit-ClientLimit: 12500\r\nX-RateLimit-ClientRemaining: 12490\r\n"
    "X-RateLimit-UserLimit: 2000\r\nX-RateLimit-UserRemaining: 1990\r\nX-RateLimit-UserReset: 3600\r\n"
)
"""The headers in which Imgur counts: as many as it sends, and never used up."""
TEXT = "a picture of the café at the corner, taken on a rainy day in spring and never shown to anybody since "
WORDS = re.split(" ", TEXT.strip())


def image(number: int = 0, link: str = "") -> dict[str, object]:
    """A picture as Imgur describes it."""
    key = f"p{number:06d}"
    return {
        "id": key,
        "title": " ".join(islice(cycle(WORDS), number % 7, number % 7 + 8)),
        "description": None if number % 3 else " ".join(islice(cycle(WORDS), number % 5, number % 5 + 25)),
        "datetime": 1_700_000_000 + number,
        "type": "image/jpeg",
        "animated": False,
        "width": 1920,
        "height": 1080,
        "size": 204_800 + number,
        "views": 12_345,
        "bandwidth": 2_528_256_000,
        "vote": None,
        "favorite": False,
        "nsfw": False,
        "section": None,
        "account_url": None if number % 2 else "somebody",
        "account_id": None if number % 2 else 1234567,
        "is_ad": False,
        "in_most_viral": False,
        "has_sound": False,
        "tags": [tag(number + n) for n in range(number % 4)],
        "ad_type": 0,
        "ad_url": "",
        "edited": "0",
        "in_gallery": False,
        "deletehash": f"{number:015d}",
        "name": f"{key}.jpg",
        "link": link or f"https://i.imgur.com/{key}.jpg",
    }


def tag(number: int) -> dict[str, object]:
    """A tag as it stands in a post."""
    return {
        "name": f"tag_{number}",
        "display_name": f"tag {number}",
        "followers": 1234,
        "total_items": 56_789,
        "following": False,
        "is_whitelisted": False,
        "background_hash": "abcdefg",
        "thumbnail_hash": None,
        "accent": "51535A",
        "background_is_animated": False,
        "thumbnail_is_animated": False,
        "is_promoted": False,
        "description": "what people say about it",
        "logo_hash": None,
        "logo_destination_url": None,
        "description_annotations": {},
    }


def post(number: int) -> dict[str, object]:
    """A post of the gallery: a picture, or every third an album with its pictures in it."""
    votes = {
        "topic": None,
        "topic_id": None,
        "comment_count": 123,
        "favorite_count": 45,
        "ups": 2_345,
        "downs": 67,
        "points": 2_278,
        "score": 2_301,
        "is_album": not number % 3,
        "in_gallery": True,
    }
    if number % 3:
        return image(number) | votes
    held = {"cover": f"p{number:06d}", "cover_width": 1920, "cover_height": 1080, "privacy": "hidden"}
    return image(number) | held | {"layout": "blog", "images_count": 1, "images": [image(number + 1)]} | votes


def envelope(data: object) -> bytes:
    """An answer's body, compact and with slashes and letters escaped as Imgur has them."""
    text = json.dumps({"data": data, "success": True, "status": 200}, separators=(",", ":"))
    return text.replace("/", "\\/").encode()


IMAGE = envelope(image())
GALLERY = envelope([post(number) for number in range(60)])


def album(address: str, count: int, size: int) -> bytes:
    """An album of so many pictures that are all of one size and at this address."""
    pictures = [image(number, f"{address}/bytes/{size}/p{number:06d}.jpg") for number in range(count)]
    return envelope({"id": f"{count}x{size}", "title": "many", "images_count": count, "images": pictures})
