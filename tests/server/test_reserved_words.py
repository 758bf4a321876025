"""No id and no user's name is a word of an address: read from the routes, so a new address is a new word here."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from starlette.routing import Mount, Route

from pyimgur.server.app import routes
from pyimgur.server.http.router import PrefixRouter
from pyimgur.server.services import accounts, ids
from pyimgur.server.services.accounts import NAME, RESERVED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pytest
    from starlette.routing import BaseRoute

ID = re.compile(f"[A-Za-z0-9]{{{ids.LENGTH}}}")


def addresses(among: Iterable[BaseRoute], prefix: str = "") -> Iterator[tuple[str, ...]]:
    """Every address, in segments; what ends like a file counts without its ending."""
    for route in among:
        if isinstance(route, Mount):
            yield from addresses(route.routes, prefix + route.path)
        elif isinstance(route, PrefixRouter):
            yield from addresses(route.routes, prefix)
        elif isinstance(route, Route):
            yield tuple(
                part if "{" in part else part.partition(".")[0] for part in (prefix + route.path).split("/")[1:]
            )


ADDRESSES = set(addresses(routes()))


def words() -> set[str]:
    """All that stands in an address as it is."""
    return {part for address in ADDRESSES for part in address if "{" not in part}


def in_the_place_of(parameter: str) -> set[str]:
    """The words that stand where, in another address that begins alike, this parameter does."""
    places = {
        (len(address[:at]), address[:at])
        for address in ADDRESSES
        for at, part in enumerate(address)
        if part == parameter
    }
    return {
        address[length]
        for length, before in places
        for address in ADDRESSES
        if address[:length] == before and len(address) > length and "{" not in address[length]
    }


def test_what_is_looked_for_is_found() -> None:
    assert {"gallery", "healthz", "account", "openapi", "removed", "upload"} <= words()
    assert {"hot", "search", "random"} <= in_the_place_of("{id}")
    assert "accounts" in in_the_place_of("{name}")


def test_no_fresh_id_is_a_word_of_an_address(monkeypatch: pytest.MonkeyPatch) -> None:
    taken = sorted(word for word in words() if ID.fullmatch(word))
    assert [word for word in taken if word.lower() not in ids.RESERVED] == []
    for word in taken:
        drawn = iter([word, word.upper(), "AbCdEfG"])
        monkeypatch.setattr(ids, "_random", lambda length, drawn=drawn: next(drawn))
        assert ids.new_id() == "AbCdEfG"


def test_nobody_has_a_name_that_is_a_word_in_its_place() -> None:
    taken = {word for word in in_the_place_of("{name}") if NAME.fullmatch(word)}
    assert taken <= RESERVED, "an account of this name could not be asked for"
    assert all(NAME.fullmatch(word) for word in accounts.RESERVED)
