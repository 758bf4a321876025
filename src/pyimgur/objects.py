"""The module names of `pyimgur.resources` before version 1.0, for pickles of that time."""

from __future__ import annotations

import sys
from importlib import import_module

from .resources import *  # noqa: F403

_MOVED = {"message": "conversation", "v1": "post_v1"} | {
    name: name
    for name in (
        "album", "comment", "custom_gallery", "folder", "gallery", "image", "notification", "tag", "topic", "user",
    )
}  # fmt: skip

for _old, _new in _MOVED.items():
    sys.modules[f"{__name__}.{_old}"] = import_module(f".resources.{_new}", __package__)
