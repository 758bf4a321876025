"""What stands under /oauth2."""

from __future__ import annotations

from starlette.routing import Route

from pyimgur.server.oauth import addclient, allowed, authorize, password, replies, token

routes = [
    Route("/authorize", authorize.show, methods=["GET"]),
    Route("/authorize", authorize.answer, methods=["POST"]),
    Route("/addclient", addclient.show, methods=["GET"]),
    Route("/addclient", addclient.register, methods=["POST"]),
    Route("/applications", allowed.show, methods=["GET"]),
    Route("/applications", allowed.change, methods=["POST"]),
    Route("/password", password.show, methods=["GET"]),
    Route("/password", password.change, methods=["POST"]),
    Route("/complete", replies.complete, methods=["GET"]),
    Route("/token", token.token, methods=["POST"]),
]
