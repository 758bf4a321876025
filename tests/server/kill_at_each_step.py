"""A program that kills a process at each step of an operation, and checks the data folder after the next start.

A step is a file operation of the blob store or the spool, or a transaction; the process is killed before and after it.
The operations run in forked processes, so this program has no threads and imports everything once.

Usage: kill_at_each_step.py OPERATION FOLDER. It prints the number of steps; the exit code is 1 if a check failed.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
import traceback
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

sys.path.insert(0, str(Path(__file__).parents[1]))  # as in pytest
from context_support import ANN, Quick, upload, using

from pyimgur.server.blobs import DurableFiles
from pyimgur.server.db.queries import blob_intents as intent_queries
from pyimgur.server.errors import NotFoundError
from pyimgur.server.services import blob_intents, images, profiles, renditions
from pyimgur.server.services._lookup import existing_image_ids

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pyimgur.server.services.context import ServerContext


class Steps:
    """Counts steps, and kills the process at one of them."""

    def __init__(self, last: int) -> None:
        self.count = 0
        self.last = last

    def step(self) -> None:
        self.count += 1
        if self.count == self.last:
            os.kill(os.getpid(), signal.SIGKILL)


class KillingFiles(DurableFiles):
    """Real files, with a step before and after each operation."""

    def __init__(self, steps: Steps) -> None:
        super().__init__(durable=False)
        self._steps = steps

    def create(self, path: Path) -> BinaryIO:
        return self._between(super().create, path)

    def write(self, file: BinaryIO, data: bytes | bytearray) -> None:
        self._between(super().write, file, data)

    def link(self, source: Path, target: Path) -> None:
        self._between(super().link, source, target)

    def remove(self, path: Path) -> None:
        self._between(super().remove, path)

    def _between(self, operation: Callable[..., Any], *arguments: object) -> Any:
        self._steps.step()
        result = operation(*arguments)
        self._steps.step()
        return result


class Copying(Quick):
    """Makes renditions that are the image itself."""

    async def make_thumbnails(self, source: Any, targets: Mapping[str, Path], *, owner: str) -> None:
        async with source.open() as descriptor:
            data = os.pread(descriptor, 100, 0)
        for target in targets.values():
            target.write_bytes(data)


async def upload_one(context: ServerContext) -> None:
    """Upload an image."""
    await upload(context, b"new", account=ANN)


async def upload_twice(context: ServerContext) -> None:
    """Upload a file twice at once with one key, so that one copy is removed."""
    await asyncio.gather(*(upload(context, b"new", account=ANN, key="key") for _ in range(2)))


async def delete(context: ServerContext) -> None:
    """Delete an image that has renditions."""
    image = (await images.list_by_account(context, ANN))[0]
    await images.remove(context, image.deletehash, None)


async def delete_account(context: ServerContext) -> None:
    """Delete an account with several images."""
    await profiles.delete_account_with_files(context, ANN)


async def thumbnail(context: ServerContext) -> None:
    """Make the thumbnails of an image that has none."""
    image = (await images.list_by_account(context, ANN))[-1]
    blob = await renditions.thumbnail(replace(context, media=Copying()), image.id, "t")  # type: ignore[arg-type]
    await blob.close()


async def thumbnail_of_deleted(context: ServerContext) -> None:
    """Make the thumbnails of an image that is deleted meanwhile."""
    image = (await images.list_by_account(context, ANN))[-1]
    put = context.blobs.put
    deleted = False

    async def put_after_deletion(file: Path, name: str) -> None:
        nonlocal deleted
        if not deleted:
            deleted = True
            await images.remove(context, image.deletehash, None)
        await put(file, name)

    vars(context.blobs)["put"] = put_after_deletion
    with suppress(NotFoundError):
        await renditions.thumbnail(replace(context, media=Copying()), image.id, "t")  # type: ignore[arg-type]
        raise AssertionError("a rendition of a deleted image was returned")


OPERATIONS = {
    work.__name__: work for work in (upload_one, upload_twice, delete, delete_account, thumbnail, thumbnail_of_deleted)
}


async def prepare(context: ServerContext) -> None:
    """Store three images of one account, the newest with renditions, and one of nobody."""
    for number in range(3):
        await upload(context, b"%d" % number, account=ANN)
    await upload(context, b"nobody's")
    newest = (await images.list_by_account(context, ANN))[0]
    blob = await renditions.thumbnail(replace(context, media=Copying()), newest.id, "t")  # type: ignore[arg-type]
    await blob.close()


async def check(context: ServerContext) -> None:
    """Check that rows and objects agree, and that nothing is left of the operation."""
    stored = [stored async for batch in context.blobs.objects() for stored in batch]
    originals = {stored.name for stored in stored if "." not in stored.name}
    with_row = await existing_image_ids(context, [*{stored.image_id for stored in stored}])
    accounts_images = {image.id for image in await images.list_by_account(context, ANN)}
    assert originals == with_row, f"objects {sorted(originals)}, rows {sorted(with_row)}"
    assert accounts_images <= originals, f"rows {sorted(accounts_images)}, objects {sorted(originals)}"
    assert {stored.image_id for stored in stored} <= with_row, f"renditions without a row: {stored}"
    spooled = [*(context.settings.data / "incoming").iterdir()]
    assert not spooled, f"left in the spool: {spooled}"
    intents = await context.db.scan(intent_queries.LIST_AFTER.all(last="", limit=blob_intents.BATCH_SIZE))
    assert not intents, f"left intents: {intents}"


def run_operation(folder: Path, name: str, last: int) -> None:
    """Run the operation in this process, which is killed at a step; exit with 0 if there are fewer steps."""
    steps = Steps(last)

    async def work(context: ServerContext) -> None:
        write = context.db.write

        async def stepwise(transaction: Any) -> Any:
            steps.step()
            result = await write(transaction)
            steps.step()
            return result

        vars(context.db)["write"] = stepwise
        files = KillingFiles(steps)
        for part in (context.blobs, context.spool_folder):
            vars(part)["_files"] = files
        await OPERATIONS[name](context)

    using(folder, work)


def in_child(work: Callable[[], None]) -> int:
    """Run `work` in a forked process; return its exit code, negative for a signal."""
    pid = os.fork()
    if pid == 0:
        try:
            work()
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def main(name: str, folder: Path) -> int:
    """Kill the operation at each step; return the exit code of this program."""
    template = folder / "template"
    if in_child(lambda: using(template, prepare)):
        return 1
    step, failed, finished = 0, 0, False
    while not finished:
        step += 1
        data = folder / str(step)
        shutil.copytree(template, data)
        outcome = in_child(lambda data=data, step=step: run_operation(data, name, step))
        finished = outcome == 0
        if outcome not in (0, -signal.SIGKILL) or in_child(
            lambda data=data: using(data, check, sweep=True, media=Quick())
        ):
            print(f"{name}, killed at step {step}: the check failed", file=sys.stderr)
            failed += 1
        shutil.rmtree(data)
    print(step - 1)
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2])))
