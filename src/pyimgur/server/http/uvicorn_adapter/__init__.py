"""The adapter to uvicorn: `Server`. Nothing else in the package imports uvicorn or depends on its internals.

uvicorn promises none of the names that are used here. `tests/server/test_uvicorn_adapter.py` lists them and fails when
one is missing, and `pyproject.toml` pins the versions that have them.
"""

from .server import Server

__all__ = ["Server"]
