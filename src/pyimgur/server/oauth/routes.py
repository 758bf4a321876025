"""What stands under /oauth2."""

from __future__ import annotations

from starlette.routing import Route

from pyimgur.server.oauth import addclient, applications, authorize, password, responses, revoke, token

routes = [
    Route("/authorize", authorize.show, methods=["GET"]),
    Route("/authorize", authorize.answer, methods=["POST"]),
    Route("/addclient", addclient.show, methods=["GET"]),
    Route("/addclient", addclient.register, methods=["POST"]),
    Route("/applications", applications.show, methods=["GET"]),
    Route("/applications", applications.change, methods=["POST"]),
    Route("/password", password.show, methods=["GET"]),
    Route("/password", password.change, methods=["POST"]),
    Route("/complete", responses.complete, methods=["GET"]),
    Route("/token", token.token, methods=["POST"]),
    Route("/revoke", revoke.revoke, methods=["POST"]),
]
