"""Sign cookies and form tokens with keys of this data folder.

A key is random, is created when it is first needed, and is stored in the database.
"""

from __future__ import annotations

from hashlib import sha256
from hmac import new as hmac
from typing import TYPE_CHECKING

from pyimgur.server.db.queries import signing as queries
from pyimgur.server.db.queries.signing import SigningKey
from pyimgur.server.db.query import Steps, transaction
from pyimgur.server.services import token_hashing

if TYPE_CHECKING:
    from pyimgur.server.services.context import ServerContext


async def find_key(context: ServerContext, name: str) -> str | None:
    """Return the key with this name; None if nothing was signed with it yet."""
    row = await context.db.read(queries.GET.one(name=name))
    return row.value if row else None


async def get_or_create_key(context: ServerContext, name: str) -> str:
    """Return the key with this name, and create it if it is missing."""
    return await find_key(context, name) or await context.db.write(_create(name, token_hashing.new_secret(32)))


def sign(key: str, text: str) -> str:
    """Return the HMAC-SHA256 of the text, as 64 hex digits."""
    return hmac(bytes.fromhex(key), text.encode("utf-8", "surrogatepass"), sha256).hexdigest()


@transaction
def _create(name: str, value: str) -> Steps[str]:
    """Insert the key unless another process was faster, and return the stored one."""
    yield queries.INSERT_IF_MISSING.run(name=name, value=value)
    key: SigningKey = yield queries.GET.exactly_one(name=name)
    return key.value
