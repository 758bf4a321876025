"""How PyImgur 0.8.1 wrote arguments for Imgur, for programs that import it; this package writes them in `_request`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeAlias, cast

from .resources._base import Object

Files: TypeAlias = list[tuple[str, Any]]
"""Parts of a form that are no plain fields, by name."""


def get_content_to_send(
    params: Mapping[str, Any] | None = None, method: str = "GET", as_json: bool = False, use_form_data: bool = False
) -> dict[str, Any]:
    """Where arguments go: `params` of a GET, else `json` or `data`; `files` beside them. The rest is None."""
    fields, files = to_imgur_format(params, as_json and use_form_data)
    place = "params" if method == "GET" else "json" if as_json else "data"
    return {"files": files, "params": None, "data": None, "json": None, place: fields}


def to_imgur_format(params: Mapping[str, Any] | None, use_form_data: bool = False) -> tuple[dict[str, Any], Files]:
    """Arguments as texts, and those that are parts of a form: a file at `image_path`, and `ids` one by one if told."""
    fields, files = dict(params or {}), Files()
    if use_form_data and "ids" in fields:
        files += [("ids", (None, id)) for id in convert_general(fields.pop("ids")).split(",")]
    if "image_path" in fields:
        files.append(("image", Path(fields.pop("image_path")).read_bytes()))
    return {name: convert_general(value) for name, value in fields.items()}, files


def convert_general(value: object) -> Any:
    """One argument as text: an object is its id, a list its members with commas; what is neither stays."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(value)
    if isinstance(value, list):
        return convert_to_imgur_list([convert_general(member) for member in cast("list[object]", value)])
    return str(getattr(cast("Any", value), "id", cast("Any", value))) if isinstance(value, Object) else value


def convert_to_imgur_list(regular_list: Iterable[object] | None) -> str | None:
    """Members with commas between them; nothing of None."""
    return None if regular_list is None else ",".join(map(str, regular_list))


def clean_imgur_params(originals: Mapping[str, Any] | None) -> dict[str, Any]:
    """Arguments that were given: without `self`, and without those that are None."""
    return {name: value for name, value in (originals or {}).items() if name != "self" and value is not None}


__all__ = ["clean_imgur_params", "convert_general", "convert_to_imgur_list", "get_content_to_send", "to_imgur_format"]
