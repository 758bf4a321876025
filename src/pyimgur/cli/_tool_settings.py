"""Settings that make ShareX, curl, ksnip and other programs use your own server, in each program's own format.

A recipe is text for a file or a shell, and a sentence on how to use it. For programs without such a setting, it is a
`pyimgur run` command.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ToolSettings:
    """The recipe for one program."""

    write: Callable[[str, str], str]
    """Returns the settings for a server's URL and a client id."""
    use: str
    """What to do with the settings."""
    names_client: bool = True
    """Whether the settings have the client id."""


def _curl(address: str, client_id: str) -> str:
    header = shlex.quote(f"Authorization: Client-ID {client_id}")
    return f"curl --fail-with-body -H {header} -F image=@FILE {shlex.quote(f'{address}/3/image')}"


def _gallery_dl(_address: str, _client_id: str) -> str:
    return "pyimgur run -- gallery-dl https://imgur.com/a/ID"


def _ksnip(address: str, _client_id: str) -> str:
    return f"[Imgur]\nBaseUrl={address}"


def _npm(address: str, client_id: str) -> str:
    return f"export IMGUR_API_URL={shlex.quote(f'{address}/3/')} IMGUR_CLIENT_ID={shlex.quote(client_id)}"


def _picgo(_address: str, client_id: str) -> str:
    return _json({"picBed": {"uploader": "imgur", "current": "imgur", "imgur": {"clientId": client_id}}})


def _sharex(address: str, client_id: str) -> str:
    return _json(
        {
            "Version": "15.0.0",
            "Name": "pyimgur",
            "DestinationType": "ImageUploader",
            "RequestMethod": "POST",
            "RequestURL": f"{address}/3/image",
            "Headers": {"Authorization": f"Client-ID {client_id}"},
            "Body": "MultipartFormData",
            "FileFormName": "image",
            "URL": "{json:data.link}",
            "DeletionURL": address + "/delete/{json:data.deletehash}",
            "ErrorMessage": "{json:data.error}",
        }
    )


def _json(settings: object) -> str:
    return json.dumps(settings, indent=2)


RECIPES = {
    "curl": ToolSettings(_curl, "Replace FILE with a file name."),
    "gallery-dl": ToolSettings(
        _gallery_dl, "gallery-dl has no setting for the URL: run it like this.", names_client=False
    ),
    "ksnip": ToolSettings(
        _ksnip,
        "Put it into ~/.config/ksnip/ksnip.conf while ksnip is not running, or enter it in its options.",
        names_client=False,
    ),
    "npm-imgur": ToolSettings(_npm, "For versions before 1. For newer ones, use: pyimgur run -- node PROGRAM"),
    "picgo": ToolSettings(
        _picgo,
        "Save it as picgo.json, then: "
        "pyimgur run --any-program -- sh -c 'picgo -c picgo.json --proxy \"$HTTPS_PROXY\" upload FILE'",
    ),
    "sharex": ToolSettings(
        _sharex, "Save it as pyimgur.sxcu and open it; ShareX on another machine needs a URL that it can reach."
    ),
}
"""Name of the program -> its recipe."""
