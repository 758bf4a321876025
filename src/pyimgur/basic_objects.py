"""The module where PyImgur 0.8.1 has what all objects share; here that is `Object`."""

from __future__ import annotations

from .resources._base import Object

Basic_object = Object
"""PyImgur's name."""

__all__ = ["Basic_object"]
