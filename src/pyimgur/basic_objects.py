"""PyImgur 0.8.1's module with the base class of all objects; here that is `Object`."""

from __future__ import annotations

from .resources._base import Object

Basic_object = Object
"""PyImgur's name."""

__all__ = ["Basic_object"]
