"""What `server.http.uvicorn_adapter` relies on in uvicorn and httptools, none of which they promise.

Where one of these tests fails after an update, the adapter does not fit that version: look at what was renamed, change
the adapter, and then the bound in pyproject.toml.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
import tomllib
from importlib.metadata import version
from pathlib import Path
from typing import Any

import httptools
import pytest
import uvicorn
from uvicorn.protocols.http import flow_control, httptools_impl
from uvicorn.server import ServerState

PYPROJECT = Path(__file__).parents[2] / "pyproject.toml"
HINT = f"uvicorn {version('uvicorn')}: the adapter in server/http/uvicorn_adapter relies on "
PROTOCOL = httptools_impl.HttpToolsProtocol
CYCLE = httptools_impl.RequestResponseCycle
ATTRIBUTES = {
    PROTOCOL: {
        *("app", "client", "config", "connections", "cycle", "flow", "headers", "loop", "parser", "pipeline"),
        *("server_state", "tasks", "timeout_keep_alive_task", "transport"),
    },
    CYCLE: {"disconnected", "keep_alive", "on_response", "response_complete", "response_started", "transport"},
    flow_control.FlowControl: {"read_paused", "write_paused"},
    ServerState: {"connections", "default_headers", "tasks", "total_requests"},
    uvicorn.Server: {"config", "force_exit", "server_state", "should_exit"},
}
METHODS: dict[Any, dict[str, list[str]]] = {
    PROTOCOL: {
        "__init__": ["config", "server_state", "app_state", "_loop"],
        "connection_made": ["transport"],
        "connection_lost": ["exc"],
        "data_received": ["data"],
        "eof_received": [],
        "on_message_begin": [],
        "on_url": ["url"],
        "on_header": ["name", "value"],
        "on_headers_complete": [],
        "on_body": ["body"],
        "on_message_complete": [],
        "on_response_complete": [],
        "pause_writing": [],
        "resume_writing": [],
        "send_400_response": ["msg"],
        "shutdown": [],
    },
    CYCLE: {"receive": [], "send": ["message"], "run_asgi": ["app"]},
    uvicorn.Server: {
        "handle_exit": ["sig", "frame"],
        "main_loop": [],
        "on_tick": ["counter"],
        "serve": ["sockets"],
        "shutdown": ["sockets"],
        "startup": ["sockets"],
    },
}
OPTIONS = (
    *("access_log", "forwarded_allow_ips", "http", "lifespan", "log_config", "proxy_headers", "server_header"),
    *("ssl_context_factory", "timeout_graceful_shutdown", "timeout_keep_alive", "ws"),
)

HEAD = b"GET / HTTP/1.1\r\nConnection: upgrade\r\nUpgrade: x\r\nContent-Length: 1\r\n\r\n"


def assigned(kind: type) -> set[str]:
    """The attributes that the constructor sets on `self`."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(kind.__init__)))
    places = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)]
    return {place.attr for place in places if isinstance(place.value, ast.Name) and place.value.id == "self"}


@pytest.mark.parametrize("kind", ATTRIBUTES, ids=lambda kind: kind.__name__)
def test_attributes(kind: type) -> None:
    missing = ATTRIBUTES[kind] - assigned(kind)
    assert not missing, f"{HINT}{kind.__qualname__}.{sorted(missing)}, which its constructor does not set"


@pytest.mark.parametrize("kind", METHODS, ids=lambda kind: kind.__name__)
def test_signatures(kind: type) -> None:
    for name, expected in METHODS[kind].items():
        method = getattr(kind, name, None)
        assert method is not None, f"{HINT}{kind.__qualname__}.{name}(), which is gone"
        parameters = list(inspect.signature(method).parameters)[1:]
        assert parameters == expected, f"{HINT}{kind.__qualname__}.{name}{tuple(expected)}, which takes {parameters}"


@pytest.mark.parametrize("option", OPTIONS)
def test_options(option: str) -> None:
    assert option in inspect.signature(uvicorn.Config).parameters, f"{HINT}uvicorn.Config({option}=...)"


def test_the_parser_is_called_with_nothing_else() -> None:
    """`RequestParser` stands in for httptools' parser, so uvicorn must call no method that it lacks."""
    tree = ast.parse(inspect.getsource(httptools_impl))
    called = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Attribute) and node.value.attr == "parser"
    }
    offered = {"feed_data", "get_http_version", "get_method", "should_keep_alive", "should_upgrade"}
    assert called <= offered | {"set_dangerous_leniencies"}, f"{HINT}parser methods {offered} and no others"


def test_httptools_reports_an_upgrade_before_the_body() -> None:
    """The parser reads a head again from where this points."""

    class Nothing:
        pass

    parser = httptools.HttpRequestParser(Nothing())
    with pytest.raises(httptools.HttpParserUpgrade) as upgrade:
        parser.feed_data(HEAD + b"body")
    assert upgrade.value.args == (len(HEAD),), "the offset of the first byte behind the head"


def test_versions_have_a_bound() -> None:
    extras = tomllib.loads(PYPROJECT.read_text())["project"]["optional-dependencies"]
    bounds = [line for line in extras["server"] if line.startswith("uvicorn")]
    assert bounds, "pyproject.toml names no uvicorn"
    assert all("<" in line for line in bounds), f"a newer uvicorn may have other internals: {bounds}"
