"""The recipes on docs/running.md, as they stand there: the service, and a backup to the day it is needed."""

from __future__ import annotations

import io
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import httpx2
import pytest
from PIL import Image

from conftest import COMMAND

if TYPE_CHECKING:
    from conftest import Serving

Run: TypeAlias = "Callable[..., subprocess.CompletedProcess[str]]"
Serve: TypeAlias = "Callable[..., Serving]"

PAGE = (Path(__file__).parents[2] / "docs" / "running.md").read_text("utf-8")
PROGRAM = "/srv/pyimgur/bin/pyimgur"


def picture(color: str) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (8, 8), color).save(file, "PNG")
    return file.getvalue()


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


@pytest.fixture
def systemd() -> str:
    found = shutil.which("systemd-analyze")
    if found is None:
        pytest.skip("no systemd-analyze found")
    return found


def test_systemd_finds_nothing_wrong_with_the_service(systemd: str, tmp_path: Path) -> None:
    [unit] = blocks("ini")
    assert PROGRAM in unit
    service = tmp_path / "pyimgur.service"
    program = tmp_path / "pyimgur"
    program.symlink_to(Path(sys.executable).parent / "pyimgur")
    service.write_text(unit.replace(PROGRAM, str(program)))
    done = subprocess.run([systemd, "verify", service], capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_command_of_the_service_is_one(pyimgur: Run, data: Path) -> None:
    """Its options are known and agree; that nothing is listened on is seen to by a config that is not there."""
    found = re.search(rf"ExecStart={PROGRAM} (.*)", blocks("ini")[0])
    assert found
    words = found[1].replace("/var/lib/pyimgur", str(data)).split()
    done = pyimgur(*words, "--config", data / "none.toml")
    assert done.stderr == f"pyimgur: {data / 'none.toml'} cannot be read (No such file or directory): check --config\n"


def follow(block: str, data: Path, backups: Path) -> None:
    """Let the shell do what a block of the page says, with these folders for those it names."""
    lines = block.replace("/var/lib/pyimgur", str(data)).replace("/backups", str(backups))
    program = f'pyimgur() {{ {shlex.join(map(str, COMMAND))} "$@"; }}\n{lines}'
    done = subprocess.run(["bash", "-ec", program], capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stderr) == (0, ""), lines


def test_a_backup_and_the_way_back(serve: Serve, data: Path, tmp_path: Path) -> None:
    *_, backup, restore = blocks("sh")
    kept, late = ({"image": picture(color)} for color in ("red", "blue"))
    with httpx2.Client(headers={"Authorization": "Client-ID abc"}, trust_env=False) as http:
        server = serve()
        ids = [http.post(f"{server.address}/3/image", files=kept).json()["data"]["id"]]
        follow(backup, data, tmp_path / "backups")
        ids.append(http.post(f"{server.address}/3/image", files=late).json()["data"]["id"])
        server.stop()
        data.rename(data.with_name("lost"))
        follow(restore, data, tmp_path / "backups")
        server = serve()
        statuses = [http.get(f"{server.address}/3/image/{id}").status_code for id in ids]
        assert statuses == [200, 404]
        assert http.get(f"{server.address}/{ids[0]}.png").content == kept["image"]
