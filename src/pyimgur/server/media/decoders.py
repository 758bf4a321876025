"""The libraries that decode uploads, and which of their versions have known security holes.

`KNOWN` is edited when a hole in a decoder is published; the stability page says how the fix reaches a server. The
version of a library counts, not that of the package around it: FFmpeg may be the system's own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from typing import Any

_VERSION = re.compile(r"n?(\d+(?:\.\d+)+)")


@dataclass(frozen=True, slots=True)
class Decoder:
    """A library, where its version is, and the oldest safe versions."""

    library: str
    module: str
    package: str
    """The module and the distribution that hold it."""
    version: Callable[[Any], str | None]
    """From the module to the library's version; None if it does not tell."""
    safe: tuple[str, ...]
    """The first version without the hole, of each major version that was repaired, oldest first."""
    hole: str
    advice: str = "upgrade the package {package}, and restart the server"


KNOWN = (
    Decoder(
        library="Pillow",
        module="PIL",
        package="pillow",
        version=lambda module: module.__version__,
        safe=("13.0.0",),
        hole="CVE-2026-112403: a JPEG file writes past the end of a buffer",
    ),
    Decoder(
        library="FFmpeg",
        module="av",
        package="av",
        version=lambda module: getattr(module, "ffmpeg_version_info", None),
        safe=("8.1.3", "9.0.2"),
        hole="CVE-2026-125267: a sound track writes past the end of a buffer",
    ),
    Decoder(
        library="libheif",
        module="pillow_heif",
        package="pillow-heif",
        version=lambda module: module.libheif_version(),
        safe=("1.23.4",),
        hole="CVE-2026-84383 and later ones: a HEIC file writes past the end of a buffer",
    ),
)


def outdated(decoders: Iterable[Decoder] = KNOWN) -> list[str]:
    """Return a sentence for each installed library with a known hole: what it is, and what to do."""
    return [sentence for decoder in decoders for sentence in _check(decoder)]


def _check(decoder: Decoder) -> Iterator[str]:
    with suppress(ImportError):  # not installed: it decodes nothing
        version = decoder.version(import_module(decoder.module))
        if version is not None and not is_safe(version, decoder.safe):
            fixed = " or ".join(decoder.safe)
            advice = decoder.advice.format(package=decoder.package)
            yield f"{decoder.library} {version} is older than {fixed} ({decoder.hole}): {advice}"


def is_safe(version: str, safe: Iterable[str]) -> bool:
    """Return whether a version is at least the repaired one of its major version, or of a later major version.

    A version that cannot be read, such as that of a build from git, counts as safe: nothing is known of it.
    """
    installed = _parse(version)
    repaired = [_parse(each) for each in safe]
    same = [each for each in repaired if each[:1] == installed[:1]]
    return not installed or installed >= min(same or [max(repaired)])


def _parse(version: str) -> tuple[int, ...]:
    found = _VERSION.match(version)
    return tuple(map(int, found[1].split("."))) if found else ()
