"""uvicorn behind one class: `Server`. Nothing else in the package imports uvicorn or knows its internals.

uvicorn promises none of the names that are used here; `tests/server/test_uvicorn_adapter.py` lists them and fails when
one is gone, and `pyproject.toml` names the versions they hold for.
"""

from .server import Server

__all__ = ["Server"]
