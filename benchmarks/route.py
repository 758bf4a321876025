"""One Starlette route that reads a picture's row: `python route.py DATABASE`. It runs on the uvicorn of `pyimgur`."""

from __future__ import annotations

import socket
import sqlite3
import sys

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from pyimgur.cli import _server_process

SHOWN = (
    "id, title, description, created, type, animated, width, height, size, views, bandwidth, nsfw, section, "
    "account_id, has_sound, in_gallery"
)


def main(database: str) -> None:
    connection = sqlite3.connect(database)
    connection.row_factory = sqlite3.Row

    async def show(request: Request) -> JSONResponse:
        row = connection.execute(f"SELECT {SHOWN} FROM image WHERE id = ?", (request.path_params["id"],)).fetchone()
        return JSONResponse({"data": dict(row), "success": True, "status": 200})

    app = Starlette(routes=[Route("/3/image/{id}", show)])
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        server = _server_process.Server(app, on_ready=lambda: print(address, flush=True))
        _server_process.run(app, server, listener)


if __name__ == "__main__":
    main(sys.argv[1])
