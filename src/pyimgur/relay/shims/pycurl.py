"""Make pycurl trust the certificates that CURL_CA_BUNDLE names, as the command curl does: libcurl reads no variable.

`pyimgur run` puts this folder in front of PYTHONPATH. The real module is loaded from the rest of the path.
"""

# pyright: reportUnknownMemberType=false
import sys
from importlib.machinery import PathFinder
from importlib.util import module_from_spec
from os import environ
from os.path import abspath, dirname
from typing import Any

_here = dirname(abspath(__file__))  # noqa: PTH100, PTH120 - pathlib would make programs start more slowly
_spec = PathFinder.find_spec("pycurl", [each for each in sys.path if abspath(each) != _here])  # noqa: PTH100
if _spec is None or _spec.loader is None:
    raise ModuleNotFoundError("No module named 'pycurl'", name="pycurl")
_real: Any = module_from_spec(_spec)
sys.modules[__name__] = _real
_spec.loader.exec_module(_real)


class Curl(_real.Curl):
    """The real one, with another default for CAINFO."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._trust()

    def reset(self) -> Any:
        """Set all options to their defaults."""
        super().reset()
        self._trust()

    def _trust(self) -> None:
        if bundle := environ.get("CURL_CA_BUNDLE"):
            self.setopt(_real.CAINFO, bundle)


_real.Curl = Curl
