"""Write typing/calls.py: what type checkers must say of every method that makes a call, sync and async.

    .venv/bin/python tests/typing_support.py

The methods come from the same classes as the table of all endpoints. A method that is new, or returns something else
from now on, changes the file: look at the difference, and commit it. What cannot be generated is in `typing/api.py`.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyimgur
from pyimgur import AsyncImgur, Imgur, resources
from pyimgur._core.endpoint import listing, paginated
from pyimgur.resources import Object

CALLS = Path(__file__).parent / "typing" / "calls.py"
ARGUMENTS = {"Iterable[Uploadable | Upload]": '["x"]', "Method": '"GET"', "oauth.Token": 'Token("x")'}
"""Arguments for required parameters, where the first type of the annotation does not tell."""
ASYNC = {name.removeprefix("Async"): name for name in pyimgur.__all__ if name.startswith("Async")}
BY_HAND = {"get_at_url"}
"""Methods whose result has no short name: they are in api.py."""


def methods(cls: type) -> Iterator[tuple[str, Any]]:
    """Yield the methods of a class that make calls, own and inherited, with their names."""
    for name in dir(cls):
        method = inspect.getattr_static(cls, name)
        if hasattr(method, "describe") and not name.startswith("_") and name not in BY_HAND:
            yield name, method


def argument(annotation: str) -> str:
    """Return a value for a parameter of this type."""
    if annotation in ARGUMENTS:
        return ARGUMENTS[annotation]
    value = "1" if re.search(r"\bint\b", annotation) else '"x"'
    return f"[{value}]" if annotation.startswith("Sequence[") else value


def arguments(method: Any) -> str:
    """Return what a method has to be called with."""
    parameters = list(inspect.signature(method.describe).parameters.values())[1:]
    return ", ".join(argument(str(each.annotation)) for each in parameters if each.default is each.empty)


def of_async(result: str) -> str:
    """Return the async form of a type: each class that has one by its async name."""
    return re.sub(r"\b(?=[A-Z])\w+", lambda name: ASYNC.get(name[0], name[0]), result)


def lines(cls: type, obj: str, *, is_async: bool) -> Iterator[str]:
    """Yield one assertion for each method, and one more for the iteration over a list."""
    for name, method in methods(cls):
        result = str(method.describe.__annotations__["return"]).replace("oauth.", "")
        result = of_async(result) if is_async else result
        given, wait = arguments(method), "await " if is_async else ""
        if isinstance(method, (listing, paginated)):
            item = result.removeprefix("list[").removesuffix("]")
            yield f"    assert_type({wait}{obj}.{name}({given}), ItemList[{item}])"
            yield f"    assert_type({obj}.{name}.iter({given}), {'Async' if is_async else ''}Iterator[{item}])"
        else:
            yield f"    assert_type({wait}{obj}.{name}({given}), {result})"


def functions() -> Iterator[str]:
    """Yield a function for each class, sync and async."""
    kinds = {kind for kind in vars(resources).values() if inspect.isclass(kind) and issubclass(kind, Object)}
    for cls in (Imgur, *sorted(kinds, key=lambda kind: kind.__name__)):
        if any(methods(cls)):
            name = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", cls.__name__).lower()
            obj = "im" if cls is Imgur else "it"
            other = AsyncImgur.__name__ if cls is Imgur else of_async(cls.__name__)
            yield f"def {name}({obj}: {cls.__name__}) -> None:\n" + "\n".join(lines(cls, obj, is_async=False))
            yield f"async def async_{name}({obj}: {other}) -> None:\n" + "\n".join(lines(cls, obj, is_async=True))


def page() -> str:
    """Return the whole file."""
    code = "\n\n\n".join(functions())
    words = set(re.findall(r"\b[A-Z]\w+", code))
    public = sorted(word for word in words if word in pyimgur.__all__)
    imports = "".join(f"    {name},\n" for name in public)
    return (
        '"""What every method that makes a call returns, sync and async. Read by type checkers, never run.\n\n'
        'Written by tests/typing_support.py.\n"""\n\n'
        "from __future__ import annotations\n\n"
        "from collections.abc import AsyncIterator, Iterator\n"
        "from pathlib import Path\n"
        "from typing import Any, assert_type\n\n"
        f"from pyimgur import (\n{imports})\n\n\n{code}\n"
    )


if __name__ == "__main__":
    CALLS.write_text(page(), "utf-8")
