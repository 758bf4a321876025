"""ASGI middleware. `server.app` states its order."""
