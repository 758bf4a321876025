r"""Spellings of characters in text: how `/` stands in JSON, HTML, a query string or a program.

The same link is `https://i.imgur.com/x`, `https:\/\/i.imgur.com\/x`, `https%3A%2F%2Fi.imgur.com%2Fx`,
`https:&#x2F;&#x2F;i.imgur.com&#x2F;x` or `https:\u002F\u002Fi.imgur.com\u002Fx`, depending on where it was pasted. All
patterns here match bytes, so that a file in any encoding that contains ASCII stays as it is.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

_URL_CHARACTERS = "-._~/?#@+=:!$,;&%_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
"""The characters of a URL in prose; brackets, quotes and asterisks end it."""
_ENTITIES = {
    "/": "sol", ":": "colon", ".": "period", "#": "num", "?": "quest", "=": "equals", ",": "comma", ";": "semi",
    "_": "lowbar|UnderBar", "-": "hyphen", "!": "excl", "@": "commat", "+": "plus", "%": "percnt", "$": "dollar",
}  # fmt: skip
_ANY_ENTITY = r"(?:#\d{1,7}|#x[\da-f]{1,6}|[a-z][a-z\d]{1,31});"


def _hex(characters: str) -> str:
    return "|".join(f"{ord(character):02x}" for character in dict.fromkeys(characters))


def _entity(characters: str) -> str:
    """Return the pattern of the HTML entities of these characters, also escaped twice."""
    numbers = "|".join(str(ord(character)) for character in dict.fromkeys(characters))
    names = "".join(f"|{_ENTITIES[character]}" for character in characters if character in _ENTITIES)
    return rf"&(?:amp;)*(?:#0*(?:{numbers})|#x0*(?:{_hex(characters)}){names});"


def spelled(character: str) -> str:
    r"""Return the pattern of one character in each of its spellings; before `/` there may be backslashes."""
    raw = r"\\*/" if character == "/" else re.escape(character)
    return rf"(?:{raw}|\\+(?:u00|x)(?:{_hex(character)})|%(?:25)*(?:{_hex(character)})|{_entity(character)})"


SLASH, COLON, DOT = map(spelled, "/:.")
_ENDING_HEX = r"22|3[ce]|[01][\da-f]"
"""Quotes, angle brackets and control characters end a link, even if they are percent-encoded in it."""
_NEXT_LINK = rf"(?:https?{COLON})?{SLASH}{SLASH}"
_PUNCTUATION = r"\xc2[\x80-\xbf]|\xe2[\x80-\x81][\x80-\xbf]|\xe3\x80[\x80-\xbf]|\xef\xbc[\x80-\x8f\x9a-\xa0]|\xef\xbd"
"""UTF-8 of spaces and punctuation outside of ASCII: quotes, dashes, and those of Chinese and Japanese."""
_MAX_UNITS = 2000
_PLAIN_UNIT = (
    r"[A-Za-z0-9\-._~/?#@+=:!$]"
    rf"|[,;](?!{_NEXT_LINK})"
    rf"|{_entity(_URL_CHARACTERS)}"
    rf"|&(?:amp;)+(?!{_ANY_ENTITY})|&(?!{_ANY_ENTITY})"
    rf"|%(?!(?:25)*(?:{_ENDING_HEX}))"
    rf"|\\+(?:[/_]|(?:u00|x)(?:{_hex(_URL_CHARACTERS)}))"
    rf"|(?!{_PUNCTUATION})[\x80-\xff]"
)


def _percent_unit(depth: int) -> str:
    """Return the pattern of a character in a query string, percent-encoded this many times."""
    prefix = f"%(?:25){{{depth - 1}}}"
    characters = "".join(set(_URL_CHARACTERS) - set(",;%"))
    return (
        r"[A-Za-z0-9\-._~!]"
        rf"|{prefix}(?:{_hex(characters)}|[89a-f][\da-f])"
        rf"|{prefix}(?:2c|3b)(?!{_NEXT_LINK})"
        rf"|{prefix}25(?!(?:25)*(?:{_ENDING_HEX}))"
    )


def _compile(pattern: str) -> re.Pattern[bytes]:
    return re.compile(pattern.encode("latin-1"), re.IGNORECASE)


_MAX_DEPTH = 4
_UNITS = [_PLAIN_UNIT, *map(_percent_unit, range(1, _MAX_DEPTH + 1))]
_UNIT_PATTERNS = [_compile(unit) for unit in _UNITS]
_TAIL_PATTERNS = [_compile(rf"(?:{unit}){{0,{_MAX_UNITS}}}+") for unit in _UNITS]
_SLASHED_UNITS = [_compile(rf"[/:]|{unit}") for unit in _UNITS]
_SLASHED_TAILS = [_compile(rf"(?:[/:]|{unit}){{0,{_MAX_UNITS}}}+") for unit in _UNITS]
_BACKSLASHED = re.compile(rb"\\+(?:(?:u00|x)([\da-fA-F]{2})|([/_]))")
_DECODED_ENTITY = _compile(rf"&(?:amp;)*(?:{_ANY_ENTITY}|)")
_SPELLING_NAMES = {"%": "percent", "&": "html", "\\": "json"}


@dataclass(frozen=True, slots=True)
class Spelling:
    """The spelling of the separators of a link."""

    slash: bytes = b"/"
    colon: bytes = b":"
    depth: int = 0
    """How many times the link is percent-encoded as a whole, as in the query of another URL."""

    @classmethod
    def of(cls, slash: bytes, colon: bytes | None) -> Spelling:
        """Return the spelling of a link from one of its slashes, and its colon if it has one."""
        depth = min(_MAX_DEPTH, max(_percent_depth(slash), _percent_depth(colon or b"")))
        return cls(slash, colon or (b"%" + b"25" * (depth - 1) + b"3A" if depth else b":"), depth)

    @property
    def name(self) -> str:
        """The name of the layer: plain, json, unicode, html, percent, or percent2 if encoded twice."""
        if self.depth:
            return "percent" if self.depth == 1 else f"percent{self.depth}"
        if self.slash[:1] == b"\\" and self.slash[-1:] != b"/":
            return "unicode"
        return _SPELLING_NAMES.get(self.slash[:1].decode("ascii"), "plain")

    def tail(self, data: bytes, start: int, limit: int) -> bytes:
        """Return what follows a host: the path, query and fragment of the link, and punctuation behind it."""
        patterns = _SLASHED_TAILS if self._raw_slash else _TAIL_PATTERNS
        match = patterns[self.depth].match(data, start, limit)
        return match[0] if match else b""

    def units(self, tail: bytes) -> list[bytes]:
        """Split a tail into its characters, each as it is spelled."""
        patterns = _SLASHED_UNITS if self._raw_slash else _UNIT_PATTERNS
        return [match[0] for match in patterns[self.depth].finditer(tail)]

    @property
    def _raw_slash(self) -> bool:
        return bool(self.depth) and self.slash == b"/"

    def decode(self, tail: bytes) -> str:
        """Return a tail as it is in a URL."""
        for _ in range(self.depth):
            tail = unquote_to_bytes(tail)
        if not self.depth and (b"\\" in tail or b"&" in tail):
            tail = _DECODED_ENTITY.sub(_unescape, _BACKSLASHED.sub(_unslash, tail))
        return tail.decode("utf-8", "surrogateescape")

    def encode(self, text: str) -> bytes:
        """Return the start of a URL as it is written in this spelling."""
        return b"".join(map(self._encode, text))

    def _encode(self, character: str) -> bytes:
        if character == "/":
            return self.slash
        if character == ":":
            return self.colon
        raw = character.encode()
        if not self.depth or character.isalnum() or character in "-._~":
            return raw
        return b"".join(b"%" + b"25" * (self.depth - 1) + b"%02X" % byte for byte in raw)


def _percent_depth(spelling: bytes) -> int:
    return spelling.count(b"25") + 1 if spelling[:1] == b"%" else 0


def _unslash(match: re.Match[bytes]) -> bytes:
    return bytes([int(match[1], 16)]) if match[1] else match[2]


def _unescape(match: re.Match[bytes]) -> bytes:
    text = match[0].decode("ascii")
    while (shorter := html.unescape(text) if text.endswith(";") else text) != text:
        text = shorter
    return text.encode("utf-8", "surrogateescape")
