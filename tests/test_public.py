"""The public names of the package, the cost of importing it, and its types."""

from __future__ import annotations

import inspect
import json
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

import pytest

import pyimgur
import typing_support
from pyimgur import AsyncImgur, Imgur, exceptions, resources
from pyimgur._core.endpoint import Listing, action, endpoint, listing
from pyimgur.resources import Object

HERE = Path(__file__).parent
TYPING = [HERE / "typing" / name for name in ("api.py", "calls.py")]
CHECKED = 300
"""Seconds a type checker may take; nothing measures with it."""


def python(code: str) -> str:
    """What a fresh interpreter prints."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=CHECKED, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


# ---- names


def test_all_is_sorted_and_without_doubles() -> None:
    def order(name: str) -> tuple[int, str]:
        return 0 if name.isupper() else 1 if name[0].isupper() else 2, name

    assert pyimgur.__all__ == sorted(set(pyimgur.__all__), key=order)


@pytest.mark.parametrize("name", pyimgur.__all__)
def test_each_public_name_is_there(name: str) -> None:
    assert getattr(pyimgur, name) is not None
    assert name in dir(pyimgur)


def test_a_star_import_gives_them_all() -> None:
    got: dict[str, Any] = {}
    exec("from pyimgur import *", got)
    assert set(pyimgur.__all__) <= set(got)


def test_no_public_name_is_a_modules_too() -> None:
    """Importing the module, which `login_async` does too, would put it in the place of the function."""
    assert not {module.name for module in iter_modules(pyimgur.__path__)} & set(pyimgur.__all__)
    assert python("import pyimgur; pyimgur.login_async; print(callable(pyimgur.login))") == "True"


def test_checkers_and_the_interpreter_see_the_same_names() -> None:
    source = Path(pyimgur.__file__).read_text("utf-8")
    block = source.partition("if TYPE_CHECKING:")[2].partition("\n_EXPORTS")[0]
    imported = set(re.findall(r"\b[A-Za-z_]\w*\b", re.sub(r"from \.[.\w]+ import", "", block)))
    assert imported == set(pyimgur.__all__)


def test_every_error_is_public_and_one_of_ours() -> None:
    classes = {name: kind for name, kind in vars(exceptions).items() if inspect.isclass(kind) and kind.__name__ == name}
    errors = {name: kind for name, kind in classes.items() if issubclass(kind, BaseException)}
    assert set(classes) - set(errors) == {"Protocol", "UploadedImage"}
    assert set(errors) <= set(pyimgur.__all__)
    assert all(issubclass(kind, pyimgur.ImgurError) for kind in errors.values())
    assert pyimgur.PyImgurError is pyimgur.ImgurError
    drawn = set(re.findall(r"─ (\w+)", exceptions.__doc__ or ""))
    assert drawn == set(errors) - {"ImgurError"}, "the tree at the top of exceptions.py is all of it"


def test_every_object_is_public() -> None:
    kinds = {name for name, kind in vars(resources).items() if inspect.isclass(kind) and issubclass(kind, Object)}
    assert kinds - {"Object"} <= set(pyimgur.__all__)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'pyimgur' has no attribute 'Imgurr'"):
        pyimgur.Imgurr  # noqa: B018
    with pytest.raises(ImportError):
        exec("from pyimgur import Imgurr")


def test_the_version_is_one() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+(rc\d+)?(\.post\d+)?(\.dev\d+)?", pyimgur.__version__)
    assert import_module("pyimgur._version").__version__ == pyimgur.__version__


def test_the_package_says_that_it_is_typed() -> None:
    assert Path(pyimgur.__file__).with_name("py.typed").exists()


# ---- what importing costs


@pytest.mark.parametrize("heavy", ["msgspec", "httpx2", "httpcore2", "typing_extensions", "asyncio", "ssl", "click"])
def test_importing_the_package_loads_nothing_heavy(heavy: str) -> None:
    assert heavy not in LOADED


LOADED = set(python("import sys, pyimgur; print(*sys.modules)").split())


def test_the_client_loads_nothing_of_server_and_command() -> None:
    loaded = python("import sys, pyimgur; pyimgur.Imgur, pyimgur.AsyncImgur; print(*sys.modules)").split()
    foreign = {
        "pyimgur.server",
        "pyimgur.cli",
        "pyimgur.relay",
        "click",
        "rich",
        "starlette",
        "sqlalchemy",
        "PIL",
        "av",
    }
    assert not foreign & set(loaded)


def test_a_call_of_the_sync_client_loads_no_event_loop_and_no_database() -> None:
    call = "im = pyimgur.Imgur('app', base_url='http://127.0.0.1:9', retries=0); im.upload_image(b'x')"
    program = f"""
import sys, pyimgur
try:
    {call}
except pyimgur.NoAnswerError:
    print(*sys.modules)
"""
    loaded = set(python(program).split())
    assert "httpx2" in loaded, "it was not sent"
    assert not {"asyncio", "sqlite3", "filelock"} & loaded


# ---- methods


def public(cls: type) -> dict[str, Any]:
    """The public methods and properties of a class, own and inherited."""
    return {
        name: inspect.getattr_static(cls, name)
        for name in dir(cls)
        if not name.startswith("_") and hasattr(inspect.getattr_static(cls, name), "__get__")
    }


KINDS = {kind for kind in vars(resources).values() if inspect.isclass(kind) and issubclass(kind, Object)}
CLASSES = [Imgur, AsyncImgur, *sorted(KINDS, key=lambda kind: kind.__name__)]
METHODS = sorted(
    {
        (cls.__name__, name)
        for cls in CLASSES
        for name, made in public(cls).items()
        if isinstance(made, endpoint | action | listing)
    }
)


def test_both_clients_have_the_same_methods_with_the_same_arguments() -> None:
    assert public(Imgur).keys() == public(AsyncImgur).keys()
    for cls in (Imgur, AsyncImgur):
        for name in ("__init__", "close"):
            mine, other = (list(inspect.signature(getattr(kind, name)).parameters) for kind in (Imgur, cls))
            assert mine == other


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_every_public_method_says_what_it_gives(cls: type) -> None:
    nameless = [
        name for name, made in public(cls).items() if not (inspect.getdoc(made) or getattr(made, "__doc__", ""))
    ]
    assert not nameless


def test_a_described_method_looks_like_a_method() -> None:
    with Imgur("abc123", base_url="http://127.0.0.1:1") as im:
        assert im.get_image.__name__ == "get_image"
        assert "self" not in inspect.signature(im.get_image).parameters
        assert list(inspect.signature(im.upload_image).parameters)[:5] == [
            "path",
            "url",
            "title",
            "description",
            "album",
        ]
        assert list(inspect.signature(im.create_album).parameters)[:2] == ["title", "description"]
        listed = im.user("me").get_images
        assert isinstance(listed, Listing)
        assert list(inspect.signature(listed).parameters) == ["limit"]
        assert inspect.getdoc(listed)
        assert str(Imgur.get_image.describe(im, "x")) == "GET 3/image/x"


# ---- types


def test_the_typing_tests_name_every_method() -> None:
    """A method that nobody calls there would have a type that nobody has looked at."""
    source = "".join(file.read_text("utf-8") for file in TYPING)
    missing = [f"{cls}.{name}" for cls, name in METHODS if not re.search(rf"\.{name}\b", source)]
    assert not missing


def test_the_generated_typing_test_is_of_the_methods_there_are() -> None:
    assert typing_support.CALLS.read_text("utf-8") == typing_support.page(), "tests/typing_support.py writes it anew"


TYPOS = {
    "im.get_imgae('x')": "get_imgae",
    "im.get_image('x').titel": "titel",
    "im.get_image(7)": '"str"',
    "im.create_album(tilte='x')": "tilte",
    "im.upload_image(open('x'))": "TextIO",
    "im.user('x').get_images(limit='3')": '"int',
    "im.get_image('x').thumbnail('enormous')": "enormous",
    "(lambda: ai.get_image('x').title)()": "title",
    "pyimgur.Imgurr": "Imgurr",
    "pyimgur.Imgur()": "client_id",
    "im.get_album('x').images[0].widht": "widht",
    "len(ai.user('x').get_images())": "",
}
"""Mistakes, and a word of what a checker says to each."""


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the typing tests, and each mistake on a line of its own."""
    folder = tmp_path_factory.mktemp("typing")
    for file in TYPING:
        (folder / file.name).write_text(file.read_text("utf-8"), "utf-8")
    head = "import pyimgur\n\nim = pyimgur.Imgur('x')\nai = pyimgur.AsyncImgur('x')\n"
    (folder / "typos.py").write_text(head + "\n".join(TYPOS) + "\n", "utf-8")
    settings = {"typeCheckingMode": "strict", "pythonVersion": "3.11", "reportUnusedExpression": False}
    (folder / "pyrightconfig.json").write_text(json.dumps(settings), "utf-8")
    return folder


def told(found: list[tuple[str, int, str]]) -> tuple[list[str], list[str]]:
    """What was said of the typing tests, and the mistakes that were not reported."""
    first = 5
    wrong = [f"{name}:{line}: {text}" for name, line, text in found if name != "typos.py"]
    heard = {line: text for name, line, text in found if name == "typos.py"}
    return wrong, [code for line, code in enumerate(TYPOS, first) if TYPOS[code] not in heard.get(line, "\0")]


def test_pyright_agrees_with_the_types_and_reports_each_mistake(checked: Path) -> None:
    command = [sys.executable, "-m", "pyright", "--outputjson", "--pythonpath", sys.executable, "-p", str(checked)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=CHECKED, check=False)
    found = [
        (Path(item["file"]).name, item["range"]["start"]["line"] + 1, item["message"])
        for item in json.loads(done.stdout)["generalDiagnostics"]
        if item["severity"] == "error"
    ]
    assert told(found) == ([], [])


def test_mypy_agrees_with_the_types_and_reports_each_mistake(checked: Path) -> None:
    cache = HERE.parent / ".mypy_cache"
    command = [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", "--no-pretty", "--hide-error-context",
               "--cache-dir", str(cache), "api.py", "calls.py", "typos.py"]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=CHECKED, check=False, cwd=checked)
    lines = re.findall(r"^(\w+\.py):(\d+): error: (.*)$", done.stdout, re.MULTILINE)
    assert told([(name, int(line), text) for name, line, text in lines]) == ([], [])
