"""What a hostile host and a greedy requester cost the server: bounded steps, turns for others, fair slots (F3)."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

import h11
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyimgur.server.blobs import DurableFiles, SpoolFolder
from pyimgur.server.errors import BusyError, FetchError
from pyimgur.server.fetch import Fetcher, fetcher
from pyimgur.server.fetch.http_get import (
    BYTES_PER_STEP,
    FREE_STEPS,
    MAX_HEAD,
    MAX_INTERIM,
    STEPS_PER_TURN,
    FetchRefused,
    ParserBudget,
    Streams,
    get,
)
from pyimgur.server.fetch.slots import FairSlots
from pyimgur.server.settings import Limits, Settings

T = TypeVar("T")
OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"


def run(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(asyncio.wait_for(work, 30))


# ---- the work of one answer


class NoWriter:
    """Where a request goes that nobody reads."""

    def write(self, _: bytes) -> None: ...

    def close(self) -> None: ...


async def body_of(answer: bytes, budget: ParserBudget | None = None) -> bytes:
    """The body of an answer that has arrived in full."""
    reader = asyncio.StreamReader()
    reader.feed_data(answer)
    reader.feed_eof()
    streams = Streams(reader, NoWriter())  # type: ignore[arg-type]
    async with get(streams, b"/", b"a.example", budget or ParserBudget()) as found:
        return b"".join([piece async for piece in found.chunks()])


def test_one_byte_chunks_are_refused_after_a_bounded_number_of_steps() -> None:
    budget = ParserBudget()
    with pytest.raises(FetchRefused, match="too many small pieces"):
        run(body_of(CHUNKED + b"1\r\nx\r\n" * 20_000, budget))
    assert budget.steps == FREE_STEPS + budget.bytes // BYTES_PER_STEP + 1


def test_others_run_while_small_pieces_are_parsed() -> None:
    """The bytes are all there, so the parser never waits for the network: each turn is one that it has given."""

    async def turns() -> int:
        parsing = asyncio.create_task(body_of(CHUNKED + b"1\r\nx\r\n" * 20_000))
        count = 0
        while not parsing.done():
            count += 1
            await asyncio.sleep(0)
        with pytest.raises(FetchRefused):
            await parsing
        return count

    assert run(turns()) >= FREE_STEPS // STEPS_PER_TURN


@pytest.mark.parametrize("status", [100, 102, 103, 199])
def test_interim_answers_have_an_end(status: int) -> None:
    interim = b"HTTP/1.1 %d x\r\n\r\n" % status
    last = OK + b"Content-Length: 2\r\n\r\nok"
    assert run(body_of(interim * MAX_INTERIM + last)) == b"ok"
    with pytest.raises(FetchRefused, match="interim"):
        run(body_of(interim * (MAX_INTERIM + 1) + last))


@pytest.mark.parametrize(
    "answer",
    [
        OK + b"a:\r\n" * MAX_HEAD,
        b"HTTP/1.1 103 x\r\n" + b"a:\r\n" * MAX_HEAD,
        OK + b"X: " + b"x" * 2 * MAX_HEAD,
        b"HTTP/1.1 200 " + b"x" * 2 * MAX_HEAD,
        CHUNKED + b"0\r\n" + b"a: b\r\n" * MAX_HEAD,
        CHUNKED + b"1;" + b"x" * 2 * MAX_HEAD,
        b"HTTP/1.1 101 x\r\nUpgrade: h2c\r\n\r\n",
        b"",
    ],
    ids=["headers", "interim headers", "header", "reason", "trailers", "extension", "upgrade", "nothing"],
)
def test_heads_and_trailers_have_an_end(answer: bytes) -> None:
    with pytest.raises((FetchRefused, h11.RemoteProtocolError)):
        run(body_of(answer))


@settings(max_examples=30)
@given(st.lists(st.binary(min_size=1, max_size=2000), max_size=60))
def test_a_body_in_reasonable_pieces_is_taken_as_it_is(pieces: list[bytes]) -> None:
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces)
    assert run(body_of(CHUNKED + chunks + b"0\r\n\r\n")) == b"".join(pieces)


def test_a_small_file_may_come_in_any_pieces() -> None:
    count = FREE_STEPS - 10
    assert run(body_of(CHUNKED + b"1\r\nx\r\n" * count + b"0\r\n\r\n")) == b"x" * count


# ---- who gets a slot


async def all_wait(tasks: list[asyncio.Task[None]]) -> None:
    """Let every task come as far as it can."""
    for _ in range(3 + len(tasks)):
        await asyncio.sleep(0)


def test_slots_go_round_among_requesters() -> None:
    """A greedy one has ten in the queue before two others come: they are next, not eleventh."""

    async def order() -> list[str]:
        slots, gate, turns = (
            FairSlots(total=2, per_requester=2, max_waiting=64, max_waiting_per_requester=16),
            asyncio.Semaphore(0),
            list[str](),
        )

        async def work(who: str) -> None:
            async with slots.slot(who):
                turns.append(who)
                await gate.acquire()

        tasks = [asyncio.create_task(work("greedy")) for _ in range(12)]
        await all_wait(tasks)
        tasks += [asyncio.create_task(work(who)) for who in ("b", "c", "b")]
        for _ in tasks:
            await all_wait(tasks)
            gate.release()
        await asyncio.gather(*tasks)
        return turns

    turns = run(order())
    assert turns[:7] == ["greedy", "greedy", "greedy", "b", "c", "greedy", "b"]
    assert Counter(turns) == {"greedy": 12, "b": 2, "c": 1}


def test_one_requester_leaves_slots_for_others_and_waits_in_a_bounded_queue() -> None:
    async def work() -> None:
        slots = FairSlots(total=4, per_requester=2, max_waiting=5, max_waiting_per_requester=3)
        never = asyncio.Event()

        async def hold(who: str) -> None:
            async with slots.slot(who):
                await never.wait()

        tasks = [asyncio.create_task(hold("greedy")) for _ in range(5)]
        await all_wait(tasks)
        with pytest.raises(BusyError):
            await hold("greedy")  # two hold, three wait
        async with slots.slot("b"), slots.slot("c"):
            tasks += [asyncio.create_task(hold(who)) for who in "de"]
            await all_wait(tasks)
            with pytest.raises(BusyError):
                await hold("f")  # five wait in all
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        async with slots.slot("greedy"), slots.slot("greedy"), slots.slot("b"), slots.slot("c"):
            pass  # nothing was lost

    run(work())


@settings(max_examples=60)
@given(st.data())
def test_whatever_order_they_come_and_go_in_no_slot_is_lost_or_given_twice(data: st.DataObject) -> None:
    async def work() -> None:
        slots = FairSlots(total=3, per_requester=2, max_waiting=6, max_waiting_per_requester=3)
        held: Counter[str] = Counter()
        gates: list[tuple[asyncio.Task[None], asyncio.Event]] = []

        async def hold(who: str, gate: asyncio.Event) -> None:
            async with slots.slot(who):
                held[who] += 1
                try:
                    assert held[who] <= 2
                    assert held.total() <= 3
                    await gate.wait()
                finally:
                    held[who] -= 1

        for _ in range(data.draw(st.integers(1, 30))):
            match data.draw(st.sampled_from(["come", "leave", "cancel", "both"])):
                case "come":
                    gate = asyncio.Event()
                    who = data.draw(st.sampled_from("abc"))
                    gates.append((asyncio.create_task(hold(who, gate)), gate))
                case action if gates:
                    task, gate = gates[data.draw(st.integers(0, len(gates) - 1))]
                    if action != "cancel":
                        gate.set()
                    if action != "leave":
                        task.cancel()
                case _:
                    pass
            if data.draw(st.booleans()):
                await all_wait([])
        for _, gate in gates:
            gate.set()
        ends = await asyncio.gather(*(task for task, _ in gates), return_exceptions=True)
        assert all(end is None or isinstance(end, (BusyError, asyncio.CancelledError)) for end in ends), ends
        async with slots.slot("a"), slots.slot("b"), slots.slot("c"):
            pass

    run(work())


# ---- a fetcher under attack


async def hostile(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answers by path: a picture of four bytes, tiny chunks without end, interim answers without end, or nothing."""
    path = (await reader.readuntil(b"\r\n\r\n")).split()[1]
    forever = {b"/chunks": (CHUNKED, b"1\r\nx\r\n"), b"/interim": (b"", b"HTTP/1.1 103 x\r\n\r\n")}
    try:
        if path in forever:
            start, more = forever[path]
            writer.write(start)
            while True:
                writer.write(more * 1000)
                await writer.drain()
        if path == b"/good":
            writer.write(OK + b"Content-Length: 4\r\n\r\ngood")
        else:
            await reader.read()
    except ConnectionError:
        pass
    finally:
        writer.close()


def attacked(folder: Path, work: Callable[[Callable[..., Coroutine[Any, Any, bytes]]], Coroutine[Any, Any, T]]) -> T:
    """Run `work` with a function that fetches a path of the hostile host for a requester."""

    async def all_of_it() -> T:
        settings = Settings(data=folder, fetch_private=True, limits=Limits(fetch_seconds=20))
        spool, one = SpoolFolder(folder / "incoming", DurableFiles(durable=False)), Fetcher(settings)
        async with await asyncio.start_server(hostile, "127.0.0.1", 0) as host:
            port = host.sockets[0].getsockname()[1]

            async def fetch(path: str, requester: str = "somebody") -> bytes:
                async with spool.open() as incoming:
                    await one.fetch(f"http://127.0.0.1:{port}{path}", incoming, requester)
                    incoming.flush()
                    return incoming.path.read_bytes()

            return await work(fetch)

    return run(all_of_it())


@pytest.mark.parametrize(("path", "why"), [("/chunks", "small pieces"), ("/interim", "interim")])
def test_an_endless_answer_is_given_up_long_before_its_time(tmp_path: Path, path: str, why: str) -> None:
    with pytest.raises(FetchError) as told:
        attacked(tmp_path, lambda fetch: fetch(path))
    assert why in told.value.why


def test_others_are_served_while_one_holds_all_that_one_may(tmp_path: Path) -> None:
    async def work(fetch: Callable[..., Coroutine[Any, Any, bytes]]) -> bytes:
        most = fetcher.MAX_FETCHES_PER_REQUESTER + fetcher.MAX_WAITING_PER_REQUESTER
        held = [asyncio.create_task(fetch("/nothing", "greedy")) for _ in range(most)]
        for _ in range(10):
            await asyncio.sleep(0)
        with pytest.raises(BusyError):
            await fetch("/good", "greedy")
        good = await fetch("/good", "another")
        for task in held:
            task.cancel()
        await asyncio.gather(*held, return_exceptions=True)
        return good

    assert attacked(tmp_path, work) == b"good"
