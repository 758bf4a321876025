"""What a search asks for, as a tree: Imgur's simple query with its operators, or its advanced fields.

A simple query has words and "words in this order", `AND` (or nothing) between what must all be there, `OR`, `NOT` (or
`-`), parentheses, and before a word where it must be: `title:` `tag:` `user:` `subreddit:` `ext:`, `album:` or `meme:`
for a word in posts of that kind. Nothing is an error: what makes no sense is read as words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from pyimgur.server.db.fulltext import And, AndNot, Or, Phrase, Tree
from pyimgur.server.services.tags import name_of

MOST = 50
"""How many words of a query are looked at."""
ANY_POST = Phrase("post", ("facets",))
_TOKEN = re.compile(r'[()]|(?:[\w]+:)?"[^"]*"|[^\s()"]+')
_WORD = re.compile(r"\w")

_FIELDS: dict[str, Callable[[str], Tree]] = {
    "title": lambda text: Phrase(text, ("title",)),
    "tag": lambda text: Phrase(name_of(text), ("tags",)),
    "user": lambda text: Phrase(text, ("author",)),
    "subreddit": lambda text: Phrase(text.lower(), ("section",)),
    "ext": lambda text: Phrase(text.lower().lstrip("."), ("facets",)),
    "album": lambda text: And((Phrase("album", ("facets",)), Phrase(text))),
    "meme": lambda text: And((Phrase("meme", ("facets",)), Phrase(text))),
}
ADVANCED = ("q_all", "q_any", "q_exactly", "q_not", "q_type", "q_size_px")
TYPES = ("jpg", "png", "gif", "anigif", "album")
SIZES = ("small", "med", "big", "lrg", "huge")


def simple(query: str) -> Tree | None:
    """What `q` asks for; None if that is nothing."""
    return _QueryParser(_TOKEN.findall(query)[:MOST]).or_terms()


def advanced(fields: Mapping[str, str | None]) -> Tree | None:
    """What the fields of `ADVANCED` ask for; None if that is nothing."""
    parts: list[Tree] = [*_words(fields.get("q_all"))]
    if either := _words(fields.get("q_any")):
        parts.append(Or(either))
    if (exactly := fields.get("q_exactly")) and _WORD.search(exactly):
        parts.append(Phrase(exactly))
    for name, known in (("q_type", TYPES), ("q_size_px", SIZES)):
        if (word := (fields.get(name) or "").lower()) in known:
            parts.append(Phrase(word, ("facets",)))
    if none := _words(fields.get("q_not")):
        return AndNot(And(parts or [ANY_POST]), Or(none))
    return And(parts) if parts else None


def _words(text: str | None) -> Sequence[Tree]:
    return [Phrase(word) for word in (text or "").split()[:MOST] if _WORD.search(word)]


class _QueryParser:
    """Reads a query's tokens from left to right."""

    def __init__(self, tokens: Sequence[str]) -> None:
        self.tokens = list(reversed(tokens))

    def or_terms(self) -> Tree | None:
        """Parts with OR between them, up to a closing parenthesis."""
        parts: list[Tree] = []
        while self.tokens:
            if part := self.and_terms():
                parts.append(part)
            if not self.tokens or self.tokens[-1] == ")":
                break
            self.tokens.pop()  # the OR at which `and_terms` stopped
        return parts[0] if len(parts) == 1 else Or(parts) if parts else None

    def and_terms(self) -> Tree | None:
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
            return AndNot(And(wanted or [ANY_POST]), Or(unwanted))
        return wanted[0] if len(wanted) == 1 else And(wanted) if wanted else None

    def part(self, token: str) -> Tree | None:
        """A word, words in quotes, or what stands in parentheses."""
        if token == "(":
            inner = self.or_terms()
            if self.tokens and self.tokens[-1] == ")":
                self.tokens.pop()
            return inner
        name, colon, text = token.partition(":")
        make = _FIELDS.get(name.lower()) if colon else None
        text = (text if make else token).strip('"')
        if not _WORD.search(text):
            return None
        return make(text) if make else Phrase(text)
