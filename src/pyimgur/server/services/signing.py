"""Keys of this data folder that sign what browsers keep: made at random when first needed, stored in the database."""

from __future__ import annotations

from hashlib import sha256
from hmac import new as hmac
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select
from sqlalchemy.dialects.sqlite import insert

from pyimgur.server.db.query import Query, Transaction
from pyimgur.server.db.schema import signing_key
from pyimgur.server.services import token_hashing

if TYPE_CHECKING:
    from pyimgur.server.services.context import ServerContext

FIND = Query(select(signing_key.c.value).where(signing_key.c.name == bindparam("name")))
MAKE = Query(insert(signing_key).on_conflict_do_nothing())


async def find(library: ServerContext, name: str) -> str | None:
    """Return the key with this name; None if nothing was signed with it yet."""
    found = await library.db.read(FIND.one(name=name))
    return found.value if found else None


async def key(library: ServerContext, name: str) -> str:
    """Return the key with this name, which is made if it is not there."""
    return await find(library, name) or (await library.db.write(_make(name, token_hashing.new_secret(32)))).value


def sign(key: str, text: str) -> str:
    """Return the HMAC-SHA256 of the text, as 64 hex digits."""
    return hmac(bytes.fromhex(key), text.encode("utf-8", "surrogatepass"), sha256).hexdigest()


def _make(name: str, value: str) -> Transaction[Any]:
    """Another process may have been faster."""
    yield MAKE.run(name=name, value=value)
    return (yield FIND.one(name=name))
