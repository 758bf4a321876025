"""Parse search queries into a tree (`db.fulltext`): Imgur's simple query with its operators, or its advanced fields.

A simple query has words and "quoted phrases". Between terms, `AND` (or nothing) requires both, `OR` either, and `NOT`
(or `-`) excludes the next term; parentheses group. A prefix restricts a term: `title:`, `tag:`, `user:`, `subreddit:`,
`ext:`, and `album:` or `meme:` for a word in posts of that kind. No query is an error: what does not parse is searched
as words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from pyimgur.server.db.fulltext import And, AndNot, Or, Phrase, Tree
from pyimgur.server.services.tags import normalize_name

MAX_WORDS = 50
"""Words of a query that are searched; the rest is ignored."""
ANY_POST = Phrase("post", ("facets",))
_TOKEN = re.compile(r'[()]|(?:[\w]+:)?"[^"]*"|[^\s()"]+')
_WORD = re.compile(r"\w")

_PREFIXES: dict[str, Callable[[str], Tree]] = {
    "title": lambda text: Phrase(text, ("title",)),
    "tag": lambda text: Phrase(normalize_name(text), ("tags",)),
    "user": lambda text: Phrase(text, ("author",)),
    "subreddit": lambda text: Phrase(text.lower(), ("section",)),
    "ext": lambda text: Phrase(text.lower().lstrip("."), ("facets",)),
    "album": lambda text: And((Phrase("album", ("facets",)), Phrase(text))),
    "meme": lambda text: And((Phrase("meme", ("facets",)), Phrase(text))),
}
ADVANCED = ("q_all", "q_any", "q_exactly", "q_not", "q_type", "q_size_px")
TYPES = ("jpg", "png", "gif", "anigif", "album")
SIZES = ("small", "med", "big", "lrg", "huge")


def parse_simple(query: str) -> Tree | None:
    """Parse the parameter `q`; None if it has no words."""
    return _QueryParser(_TOKEN.findall(query)[:MAX_WORDS]).or_terms()


def parse_advanced(fields: Mapping[str, str | None]) -> Tree | None:
    """Parse the parameters in `ADVANCED`; None if they have no words."""
    parts: list[Tree] = [*_words(fields.get("q_all"))]
    if any_words := _words(fields.get("q_any")):
        parts.append(Or(any_words))
    if (exactly := fields.get("q_exactly")) and _WORD.search(exactly):
        parts.append(Phrase(exactly))
    for name, choices in (("q_type", TYPES), ("q_size_px", SIZES)):
        if (word := (fields.get(name) or "").lower()) in choices:
            parts.append(Phrase(word, ("facets",)))
    if excluded := _words(fields.get("q_not")):
        return AndNot(And(parts or [ANY_POST]), Or(excluded))
    return And(parts) if parts else None


def _words(text: str | None) -> Sequence[Tree]:
    return [Phrase(word) for word in (text or "").split()[:MAX_WORDS] if _WORD.search(word)]


class _QueryParser:
    """A recursive-descent parser of a simple query."""

    def __init__(self, tokens: Sequence[str]) -> None:
        self.tokens = list(reversed(tokens))  # the next one is the last

    def or_terms(self) -> Tree | None:
        """Parse terms with OR between them, up to a closing parenthesis or the end."""
        parts: list[Tree] = []
        while self.tokens:
            if part := self.and_terms():
                parts.append(part)
            if not self.tokens or self.tokens[-1] == ")":
                break
            self.tokens.pop()  # the OR at which `and_terms` stopped
        return parts[0] if len(parts) == 1 else Or(parts) if parts else None

    def and_terms(self) -> Tree | None:
        """Parse required and excluded terms, up to an OR, a closing parenthesis or the end."""
        required: list[Tree] = []
        excluded: list[Tree] = []
        while self.tokens and self.tokens[-1] not in {"OR", ")"}:
            token = self.tokens.pop()
            negated = token == "NOT" or (token.startswith("-") and len(token) > 1)
            if token == "AND":
                continue
            if token == "NOT":
                token = self.tokens.pop() if self.tokens else ""
            if part := self.term(token.removeprefix("-") if negated else token):
                (excluded if negated else required).append(part)
        if excluded:
            return AndNot(And(required or [ANY_POST]), Or(excluded))
        return required[0] if len(required) == 1 else And(required) if required else None

    def term(self, token: str) -> Tree | None:
        """Parse a word, a quoted phrase or a group in parentheses; None if it has no words."""
        if token == "(":
            inner = self.or_terms()
            if self.tokens and self.tokens[-1] == ")":
                self.tokens.pop()
            return inner
        name, colon, text = token.partition(":")
        prefix = _PREFIXES.get(name.lower()) if colon else None
        text = (text if prefix else token).strip('"')
        if not _WORD.search(text):
            return None
        return prefix(text) if prefix else Phrase(text)
