"""What a search asks for, as a tree: Imgur's simple query with its operators, or its advanced fields.

A simple query has words and "words in this order", `AND` (or nothing) between what must all be there, `OR`, `NOT` (or
`-`), parentheses, and before a word where it must be: `title:` `tag:` `user:` `subreddit:` `ext:`, `album:` or `meme:`
for a word in posts of that kind. Nothing is an error: what makes no sense is read as words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from pyimgur.server.db.fulltext import All, Some, Tree, Without, Words
from pyimgur.server.services.tags import name_of

MOST = 50
"""How many words of a query are looked at."""
ANY_POST = Words("post", ("facets",))
_TOKEN = re.compile(r'[()]|(?:[\w]+:)?"[^"]*"|[^\s()"]+')
_WORD = re.compile(r"\w")

_FIELDS: dict[str, Callable[[str], Tree]] = {
    "title": lambda text: Words(text, ("title",)),
    "tag": lambda text: Words(name_of(text), ("tags",)),
    "user": lambda text: Words(text, ("author",)),
    "subreddit": lambda text: Words(text.lower(), ("section",)),
    "ext": lambda text: Words(text.lower().lstrip("."), ("facets",)),
    "album": lambda text: All((Words("album", ("facets",)), Words(text))),
    "meme": lambda text: All((Words("meme", ("facets",)), Words(text))),
}
ADVANCED = ("q_all", "q_any", "q_exactly", "q_not", "q_type", "q_size_px")
TYPES = ("jpg", "png", "gif", "anigif", "album")
SIZES = ("small", "med", "big", "lrg", "huge")


def simple(query: str) -> Tree | None:
    """What `q` asks for; None if that is nothing."""
    return _Reader(_TOKEN.findall(query)[:MOST]).alternatives()


def advanced(fields: Mapping[str, str | None]) -> Tree | None:
    """What the fields of `ADVANCED` ask for; None if that is nothing."""
    parts: list[Tree] = [*_words(fields.get("q_all"))]
    if either := _words(fields.get("q_any")):
        parts.append(Some(either))
    if (exactly := fields.get("q_exactly")) and _WORD.search(exactly):
        parts.append(Words(exactly))
    for name, known in (("q_type", TYPES), ("q_size_px", SIZES)):
        if (word := (fields.get(name) or "").lower()) in known:
            parts.append(Words(word, ("facets",)))
    if none := _words(fields.get("q_not")):
        return Without(All(parts or [ANY_POST]), Some(none))
    return All(parts) if parts else None


def _words(text: str | None) -> Sequence[Tree]:
    return [Words(word) for word in (text or "").split()[:MOST] if _WORD.search(word)]


class _Reader:
    """Reads a query's tokens from left to right."""

    def __init__(self, tokens: Sequence[str]) -> None:
        self.tokens = list(reversed(tokens))

    def alternatives(self) -> Tree | None:
        """Parts with OR between them, up to a closing parenthesis."""
        parts: list[Tree] = []
        while self.tokens:
            if part := self.together():
                parts.append(part)
            if not self.tokens or self.tokens[-1] == ")":
                break
            self.tokens.pop()  # the OR at which `together` stopped
        return parts[0] if len(parts) == 1 else Some(parts) if parts else None

    def together(self) -> Tree | None:
        """Parts that must all be there, less those that must not, up to an OR or a closing parenthesis."""
        wanted: list[Tree] = []
        unwanted: list[Tree] = []
        while self.tokens and self.tokens[-1] not in {"OR", ")"}:
            token = self.tokens.pop()
            negated = token == "NOT" or (token.startswith("-") and len(token) > 1)
            if token == "AND":
                continue
            if token == "NOT":
                token = self.tokens.pop() if self.tokens else ""
            if part := self.part(token.removeprefix("-") if negated else token):
                (unwanted if negated else wanted).append(part)
        if unwanted:
            return Without(All(wanted or [ANY_POST]), Some(unwanted))
        return wanted[0] if len(wanted) == 1 else All(wanted) if wanted else None

    def part(self, token: str) -> Tree | None:
        """A word, words in quotes, or what stands in parentheses."""
        if token == "(":
            inner = self.alternatives()
            if self.tokens and self.tokens[-1] == ")":
                self.tokens.pop()
            return inner
        name, colon, text = token.partition(":")
        make = _FIELDS.get(name.lower()) if colon else None
        text = (text if make else token).strip('"')
        if not _WORD.search(text):
            return None
        return make(text) if make else Words(text)
