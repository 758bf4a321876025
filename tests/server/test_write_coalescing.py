"""A head and its body in one piece."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, cast

import pytest

from pyimgur.server.http.uvicorn_adapter.write_coalescing import LARGE, SMALL, CoalescingTransport

if TYPE_CHECKING:
    from collections.abc import Callable

HEAD = b"HTTP/1.1 200 OK\r\n\r\n"


class Wire:
    """A transport that notes what is written; one piece a line."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []
        self.closed = False
        self.get_extra_info = self.pause_reading = self.resume_reading = self.abort = self.get_write_buffer_size = print

    def is_closing(self) -> bool:
        return self.closed

    def write(self, data: bytes) -> None:
        assert not self.closed
        self.pieces.append(data)

    def writelines(self, pieces: list[bytes]) -> None:
        self.write(b"".join(pieces))

    def close(self) -> None:
        self.closed = True


def written(work: Callable[[CoalescingTransport, Wire], None]) -> list[bytes]:
    """What `work` brings onto the wire until the loop's next turn."""

    async def main() -> list[bytes]:
        wire = Wire()
        work(CoalescingTransport(cast("asyncio.Transport", wire), asyncio.get_running_loop()), wire)
        await asyncio.sleep(0)
        return wire.pieces

    return asyncio.run(main())


@pytest.mark.parametrize("body", [b"", b"x", b"x" * SMALL, b"x" * (LARGE + 1)])
def test_a_head_and_its_body_are_one_piece(body: bytes) -> None:
    def work(joined: CoalescingTransport, _: Wire) -> None:
        joined.write(HEAD)
        joined.write(body)

    assert written(work) == [HEAD + body]


def test_a_head_alone_waits_for_no_body() -> None:
    assert written(lambda joined, _: joined.write(HEAD)) == [HEAD]


def test_pieces_of_a_long_body_do_not_wait() -> None:
    def work(joined: CoalescingTransport, wire: Wire) -> None:
        for _ in range(2):
            joined.write(b"x" * (SMALL + 1))
        assert len(wire.pieces) == 2

    assert len(written(work)) == 2


def test_everything_in_order() -> None:
    sent = [HEAD, b"1", b"2", b"3" * LARGE, b"4", b"5" * LARGE * 2, b"6"]

    def work(joined: CoalescingTransport, _: Wire) -> None:
        for piece in sent:
            joined.write(piece)

    assert b"".join(written(work)) == b"".join(sent)


def test_what_waits_is_written_before_the_end() -> None:
    def work(joined: CoalescingTransport, wire: Wire) -> None:
        joined.write(HEAD)
        joined.close()
        assert wire.closed

    assert written(work) == [HEAD]


def test_nothing_is_written_to_whoever_has_gone() -> None:
    def work(joined: CoalescingTransport, wire: Wire) -> None:
        joined.write(HEAD)
        wire.closed = True

    assert written(work) == []
