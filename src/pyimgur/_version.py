"""The version, where the build, `pyimgur --version` and the User-Agent read it."""

__version__: str = "1.0.0.dev0"
