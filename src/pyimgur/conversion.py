"""PyImgur 0.8.1's conversion of arguments, for programs that import it; this package uses `_core/request.py`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeAlias, cast

from .resources._base import Object

Files: TypeAlias = list[tuple[str, Any]]
"""Parts of a multipart form that are not plain fields, by name."""


def get_content_to_send(
    params: Mapping[str, Any] | None = None, method: str = "GET", as_json: bool = False, use_form_data: bool = False
) -> dict[str, Any]:
    """Return the arguments of a request: `params` for GET, else `json` or `data`, and `files`; the rest is None."""
    fields, files = to_imgur_format(params, as_json and use_form_data)
    destination = "params" if method == "GET" else "json" if as_json else "data"
    return {"files": files, "params": None, "data": None, "json": None, destination: fields}


def to_imgur_format(params: Mapping[str, Any] | None, use_form_data: bool = False) -> tuple[dict[str, Any], Files]:
    """Return arguments as texts, and form parts: the file at `image_path`, and each of `ids` if `use_form_data`."""
    fields, files = dict(params or {}), Files()
    if use_form_data and "ids" in fields:
        files += [("ids", (None, id)) for id in convert_general(fields.pop("ids")).split(",")]
    if "image_path" in fields:
        files.append(("image", Path(fields.pop("image_path")).read_bytes()))
    return {name: convert_general(value) for name, value in fields.items()}, files


def convert_general(value: object) -> Any:
    """Return an argument as text: the id of an object, a list joined by commas; other values are unchanged."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(value)
    if isinstance(value, list):
        return convert_to_imgur_list([convert_general(member) for member in cast("list[object]", value)])
    return str(getattr(cast("Any", value), "id", cast("Any", value))) if isinstance(value, Object) else value


def convert_to_imgur_list(regular_list: Iterable[object] | None) -> str | None:
    """Join the items with commas; return None for None."""
    return None if regular_list is None else ",".join(map(str, regular_list))


def clean_imgur_params(originals: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the arguments without `self` and without those that are None."""
    return {name: value for name, value in (originals or {}).items() if name != "self" and value is not None}


__all__ = ["clean_imgur_params", "convert_general", "convert_to_imgur_list", "get_content_to_send", "to_imgur_format"]
