"""What pyimgur costs beside the least that does the same, in one run on one machine: `make bench`.

A row names both code paths and gives the ratio of their times, which carries over to other machines; seconds do not.
`make bench ARGS=upload` runs the rows whose name holds that word.
"""

from __future__ import annotations

import http.client
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import NamedTuple
from urllib.parse import urlsplit

from PIL import Image

import pyimgur

ROUNDS = 5
HEADERS = {"Authorization": "Client-ID bench"}


class Row(NamedTuple):
    """One comparison: the same work on two code paths."""

    name: str
    ours: Callable[[Bench], None]
    least: Callable[[Bench], None]
    how_often: int


@dataclass
class Bench:
    """A server with one picture in it, and two ways to talk to it."""

    im: pyimgur.Imgur
    connection: http.client.HTTPConnection
    picture: bytes
    image: str = ""

    def ask(self, method: str, path: str, body: bytes | None = None) -> bytes:
        """The answer's body, over one kept connection and nothing else."""
        self.connection.request(method, path, body, HEADERS)
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status != http.client.OK:
            raise SystemExit(f"{method} {path} answered {answer.status}")
        return text


def python(*words: str) -> None:
    """A Python that starts, does this, and ends."""
    subprocess.run([sys.executable, *words], check=True, stdout=subprocess.DEVNULL)


ROWS = (
    Row("import pyimgur / start of Python", lambda _: python("-c", "import pyimgur"), lambda _: python("-c", "0"), 5),
    Row(
        "pyimgur --version / start of Python",
        lambda _: python("-m", "pyimgur", "--version"),
        lambda _: python("-c", "0"),
        5,
    ),
    Row(
        "Imgur.get_image / http.client GET 3/image",
        lambda bench: void(bench.im.get_image(bench.image)),
        lambda bench: void(bench.ask("GET", f"/3/image/{bench.image}")),
        200,
    ),
    Row(
        "Imgur.upload_image / http.client POST 3/image",
        lambda bench: void(bench.im.upload_image(bench.picture)),
        lambda bench: void(bench.ask("POST", "/3/image", bench.picture)),
        20,
    ),
)


def void(_: object) -> None:
    """Leaves a result alone."""


def seconds(work: Callable[[Bench], None], bench: Bench, how_often: int) -> float:
    """How long the work takes, done so often."""
    start = time.perf_counter()
    for _ in range(how_often):
        work(bench)
    return (time.perf_counter() - start) / how_often


def measured(row: Row, bench: Bench) -> tuple[float, float]:
    """The median of both, taken in turns so that a busy machine slows both."""
    pairs = [(seconds(row.ours, bench, row.how_often), seconds(row.least, bench, row.how_often)) for _ in range(ROUNDS)]
    ours, least = zip(*pairs, strict=True)
    return statistics.median(ours), statistics.median(least)


@contextmanager
def bench() -> Iterator[Bench]:
    """A server of our own on a free port, with nothing in it but one picture."""
    with tempfile.TemporaryDirectory() as data:
        command = [sys.executable, "-m", "pyimgur", "serve", "--port", "0", "--data", f"{data}/data"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            try:
                yield prepared(address(process))
            finally:
                process.terminate()


def address(process: subprocess.Popen[str]) -> str:
    """What the server's first line holds."""
    assert process.stdout is not None
    found = re.search(r"https?://\S+", process.stdout.readline())
    if found is None:
        raise SystemExit("the server did not start")
    return found[0]


def prepared(url: str) -> Bench:
    """Both ways to talk to the server, and a picture on it."""
    picture = BytesIO()
    Image.effect_noise((400, 300), 60).save(picture, "PNG")
    connection = http.client.HTTPConnection(urlsplit(url).netloc)
    made = Bench(pyimgur.Imgur("bench", base_url=url), connection, picture.getvalue())
    made.image = made.im.upload_image(made.picture).id
    return made


def main(words: list[str]) -> None:
    """Measures the rows whose name holds one of the words; all of them without words."""
    chosen = [row for row in ROWS if not words or any(word in row.name for word in words)]
    with bench() as there:
        print(f"{'ours / the least':<48}{'ms':>10}{'ms':>10}{'ratio':>8}")
        for row in chosen:
            ours, least = measured(row, there)
            print(f"{row.name:<48}{ours * 1000:>10.2f}{least * 1000:>10.2f}{ours / least:>8.2f}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
