"""The part of `Imgur` for calls that have no method here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal, TypeAlias, get_args

from .._core.effects import Flow, Reply
from .._core.endpoint import M, action, endpoint
from .._core.request import UPLOAD_CREDITS, Request, Who, with_query
from .._policy.flow import with_token
from .._transfer.sources import Uploadable, open_source
from ..exceptions import ArgumentError
from ._base import ClientBound

Method: TypeAlias = Literal["GET", "POST", "PUT", "DELETE"]


class RawCalls(ClientBound[M]):
    """Any call."""

    @endpoint
    def send_request(
        self,
        url: str,
        needs_auth: bool = False,
        force_client_auth: bool = False,
        *,
        method: Method = "GET",
        params: Mapping[str, object] | None = None,
        as_json: bool = False,
    ) -> Request[object]:
        """Any call, for what has no method here; gives the JSON that Imgur answers, without what it wraps it in.

        Args:
            url: the call's address, or its path, such as 3/credits.
            needs_auth: whether only a user can make it.
            force_client_auth: make it for the application, even if a user authorized it.
            method: how.
            params: its parameters.
            as_json: send them as a JSON document instead of a form.

        Raises:
            ArgumentError: the address belongs to another site, and tokens go nowhere else; or it is a method.
        """
        if url in get_args(Method):
            raise ArgumentError(f"the URL comes first: send_request({needs_auth!r}, method={url!r})")
        who: Who = "app" if force_client_auth else "user" if needs_auth else "anyone"
        return Request(method, self._path(url), object, params or {}, who=who, json=as_json)

    @action
    def send_raw(
        self,
        method: Method,
        url: str,
        params: Mapping[str, object] | None = None,
        *,
        query: Mapping[str, object] | None = None,
        file: tuple[str, Uploadable] | None = None,
        as_json: bool = False,
    ) -> Flow[Reply]:
        """Any call, signed as all others are; gives the answer as it came, one that says no as well.

        Args:
            method: how.
            url: the call's address, or its path, such as 3/credits.
            params: its parameters: a form, or of GET and DELETE a part of the address.
            query: what stands in the address with any method.
            file: the name of a form's field, and the file to send in it.
            as_json: send the parameters as a JSON document instead of a form.

        Raises:
            ArgumentError: the address belongs to another site, and tokens go nowhere else.
            NoAnswerError: none came.
        """
        path, fields, asked = self._path(url), dict(params or {}), dict(query or {})
        if method in {"GET", "DELETE"} and file is None:
            fields, asked = {}, {**asked, **fields}
        request: Request[object] = Request(method, with_query(path, asked), object, fields, json=as_json)
        if file is not None:
            request = replace(request, part=file[0], file=open_source(file[1]), cost=UPLOAD_CREDITS)
        return with_token(self._runner.state, request)

    def _path(self, url: str) -> str:
        """The path of a call's address, as a template without fields."""
        state = self._runner.state
        api = state.gateway or state.site.api
        path = url.removeprefix(f"{api}/").lstrip("/")
        if "://" in path.partition("?")[0]:
            raise ArgumentError(f"{url!r} is not a URL of {api}")
        return path.replace("{", "%7B").replace("}", "%7D")
