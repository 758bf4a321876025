"""How Sphinx reads these pages. Nothing in them is fetched from another host."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyimgur._core import endpoint
from pyimgur._version import __version__

if TYPE_CHECKING:
    from sphinx.application import Sphinx

project = "pyimgur"
author = "the pyimgur contributors"
project_copyright = "2026, the pyimgur contributors"
release = version = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
myst_enable_extensions = ["deflist"]
myst_heading_anchors = 3
exclude_patterns = ["_build"]

html_theme = "furo"
html_title = f"pyimgur {release}"
html_show_sourcelink = False
html_copy_source = False

autodoc_member_order = "bysource"
autodoc_class_signature = "separated"
# A reader wants to see the method that describes a call, and what the call gives.
for _kind in (endpoint.endpoint, endpoint.listing, endpoint.action):
    _kind.__get__ = lambda self, obj, owner: self.describe

_WORLD = "[~pyimgur._core.endpoint.M]"


def _result(
    _: Sphinx, what: str, name: str, thing: object, options: object, signature: str, returns: str | None
) -> Any:
    return signature, returns and returns.replace(_WORLD, "")


def setup(app: Sphinx) -> None:
    """Called by Sphinx."""
    app.connect("autodoc-process-signature", _result)
