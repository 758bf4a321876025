"""What stands under /oauth2."""

from __future__ import annotations

from starlette.routing import Route

from pyimgur.server.oauth import authorize, replies, token

routes = [
    Route("/authorize", authorize.show, methods=["GET"]),
    Route("/authorize", authorize.answer, methods=["POST"]),
    Route("/complete", replies.complete, methods=["GET"]),
    Route("/token", token.token, methods=["POST"]),
]
