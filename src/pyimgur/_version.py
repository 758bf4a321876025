"""The version, where `pyimgur --version` and the User-Agent read it.

A build writes `_built_version.py` beside this module, from the newest tag of the repository. In a source tree that was
never built, the version is that of `fallback-version` in `pyproject.toml`.
"""

try:
    from ._built_version import __version__ as __version__
except ImportError:
    __version__: str = "1.0.0rc1"
