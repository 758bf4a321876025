"""Layers of the ASGI application."""
