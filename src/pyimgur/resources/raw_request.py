"""Client calls for any API request, including those that have no method of their own."""

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
from ._client_bound import ClientBound

Method: TypeAlias = Literal["GET", "POST", "PUT", "DELETE"]


class RawCalls(ClientBound[M]):
    """Client calls that send any request."""

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
        """Send any API request and return the JSON of the response, without its envelope.

        Args:
            url: the URL of the call, or its path, such as 3/credits.
            needs_auth: whether it requires a user's token.
            force_client_auth: authorize as the application, even if a user authorized it.
            method: the HTTP method.
            params: its parameters.
            as_json: send them as a JSON document instead of a form.

        Raises:
            ArgumentError: the URL belongs to another site, where no token may be sent; or it is an HTTP method.
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
        """Send any API request, authorized as all others, and return the response unchanged, even if it is an error.

        Args:
            method: the HTTP method.
            url: the URL of the call, or its path, such as 3/credits.
            params: its parameters: sent as a form, or with GET and DELETE in the query string.
            query: parameters for the query string with any method.
            file: the name of a form field, and the file to send in it.
            as_json: send the parameters as a JSON document instead of a form.

        Raises:
            ArgumentError: the URL belongs to another site, where no token may be sent.
            NoAnswerError: no response came.
        """
        path, form_fields, query_fields = self._path(url), dict(params or {}), dict(query or {})
        if method in {"GET", "DELETE"} and file is None:
            form_fields, query_fields = {}, {**query_fields, **form_fields}
        request: Request[object] = Request(method, with_query(path, query_fields), object, form_fields, json=as_json)
        if file is not None:
            request = replace(request, part=file[0], file=open_source(file[1]), cost=UPLOAD_CREDITS)
        return with_token(self._executor.state, request)

    def _path(self, url: str) -> str:
        """Return the path of a call's URL, as a template without fields.

        Raises:
            ArgumentError: the URL belongs to another site.
        """
        state = self._executor.state
        api = state.gateway or state.site.api
        path = url.removeprefix(f"{api}/").lstrip("/")
        if "://" in path.partition("?")[0]:
            raise ArgumentError(f"{url!r} is not a URL of {api}")
        return path.replace("{", "%7B").replace("}", "%7D")
