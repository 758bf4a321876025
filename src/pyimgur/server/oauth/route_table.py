"""The routes below /oauth2."""

from __future__ import annotations

from starlette.routing import Route

from pyimgur.server.oauth import (
    authorization_response,
    authorize,
    authorized_applications,
    change_password,
    client_registration,
    revoke,
    token_endpoint,
)

routes = [
    Route("/authorize", authorize.show, methods=["GET"]),
    Route("/authorize", authorize.answer, methods=["POST"]),
    Route("/addclient", client_registration.show, methods=["GET"]),
    Route("/addclient", client_registration.register, methods=["POST"]),
    Route("/applications", authorized_applications.show, methods=["GET"]),
    Route("/applications", authorized_applications.change, methods=["POST"]),
    Route("/password", change_password.show, methods=["GET"]),
    Route("/password", change_password.change, methods=["POST"]),
    Route("/complete", authorization_response.complete, methods=["GET"]),
    Route("/token", token_endpoint.token, methods=["POST"]),
    Route("/revoke", revoke.revoke, methods=["POST"]),
]
