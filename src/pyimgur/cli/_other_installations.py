"""Find another `pyimgur` on the path, such as the PyImgur of before: a program may import that one instead.

Both are the import package `pyimgur`. Pip replaces one with the other, because their names are the same to it. Other
ways to install leave both: an egg, a copied folder, one in the user's folder and one in an environment.

With `os.path`, not pathlib: `pyimgur --version` uses this, and must stay fast.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator

_OLD_RECORD = re.compile(r"pyimgur-0\.[^-]*?(?:-py[\d.]+)?\.(?:egg|dist)-info", re.IGNORECASE)
"""What an installation leaves beside the package: the first PyImgur never had a version 1."""


def other_installations(paths: Iterable[str], own: str) -> Iterator[str]:
    """Yield the files of another `pyimgur` in these folders of the import path; `own` is the folder of this package."""
    for place in dict.fromkeys(os.path.abspath(path or os.curdir) for path in paths):
        for name in (f"pyimgur{os.sep}__init__.py", "pyimgur.py"):
            file = os.path.join(place, name)
            if os.path.isfile(file) and os.path.realpath(os.path.dirname(file)) != os.path.realpath(own):
                yield file
        try:
            names = sorted(os.listdir(place))
        except OSError:  # a zip file, or a folder that is not there
            continue
        yield from (os.path.join(place, name) for name in names if _OLD_RECORD.fullmatch(name))


def warning(paths: Iterable[str], own: str) -> str:
    """Return what to tell the user about other installations; empty if there are none."""
    found = list(other_installations(paths, own))
    if not found:
        return ""
    places = "\n".join(f"  {place}" for place in found)
    return (
        "another pyimgur is installed too, and a program that finds it first imports that one:\n"
        f"{places}\n"
        "run python -m pip uninstall PyImgur until it finds nothing, delete what is left, and install this one again"
    )
