"""What a build takes from its repository: the version from the tags, the links from the place where it is hosted."""

from __future__ import annotations

import os
import re
import runpy
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest

from pyimgur._version import __version__
from test_repository import ROOT, files

FALLBACK = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["hatch"]["version"]["fallback-version"]
GIT = ["git", "-c", "user.name=n", "-c", "user.email=n@example.org", "-c", "commit.gpgsign=no", "-c", "tag.gpgsign=no"]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of all that a build reads, without git."""
    copy = tmp_path / "tree"
    for file in files():
        place = file.relative_to(ROOT)
        if place.parts[0] in {"src", "examples", "hatch_build.py", "pyproject.toml", "README.md", "LICENSE"}:
            (copy / place).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, copy / place)
    assert not (copy / "src" / "pyimgur" / "_built_version.py").exists()
    return copy


def build(tree: Path, kind: str, to: Path, **variables: str) -> Path:
    """Build a wheel or an sdist with the tools of this environment."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", str(to)]
    env = {name: value for name, value in os.environ.items() if not name.startswith("GITHUB_")}
    subprocess.run(command, cwd=tree, check=True, capture_output=True, env={**env, **variables})
    (built,) = to.iterdir()
    return built


def metadata(wheel: Path, field: str) -> list[str]:
    """Return the values of a field in the metadata of a wheel."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        return re.findall(f"^{field}: (.*)$", archive.read(name).decode(), re.MULTILINE)


def versions(wheel: Path) -> set[str]:
    """Return what a wheel says of its version: in its name, its metadata and its module."""
    with zipfile.ZipFile(wheel) as archive:
        module = archive.read("pyimgur/_built_version.py").decode()
    return {*metadata(wheel, "Version"), wheel.name.split("-")[1], *re.findall(r'"(\d.*)"', module)}


def git(tree: Path, *words: str) -> None:
    """Run git there."""
    subprocess.run([*GIT, *words], cwd=tree, check=True, capture_output=True)


def test_a_tree_without_git_has_the_fallback(tree: Path, tmp_path: Path) -> None:
    wheel = build(tree, "wheel", tmp_path / "dist")
    assert versions(wheel) == {FALLBACK}
    assert metadata(wheel, "Project-URL") == []


def test_a_build_in_a_workflow_links_to_its_repository(tree: Path, tmp_path: Path) -> None:
    place = {"GITHUB_SERVER_URL": "https://git.example", "GITHUB_REPOSITORY": "ann/imgur"}
    links = metadata(build(tree, "wheel", tmp_path / "dist", **place), "Project-URL")
    assert "Repository, https://git.example/ann/imgur" in links
    assert "Changelog, https://git.example/ann/imgur/blob/HEAD/CHANGELOG.md" in links
    paths = [link.partition("/blob/HEAD/")[2] for link in links if "/blob/" in link]
    assert [path for path in paths if not (ROOT / path).exists()] == []


@pytest.mark.skipif(shutil.which("git") is None, reason="no git found")
def test_the_newest_tag_is_the_version_and_a_later_commit_a_development_version(tree: Path, tmp_path: Path) -> None:
    git(tree, "init", "--quiet")
    git(tree, "add", ".")
    git(tree, "commit", "--quiet", "--message", "x")
    (untagged,) = versions(build(tree, "wheel", tmp_path / "untagged"))
    assert untagged.startswith(f"{FALLBACK}.post1.dev")
    git(tree, "tag", "v9.8.7")
    assert versions(build(tree, "wheel", tmp_path / "tagged")) == {"9.8.7"}
    git(tree, "commit", "--quiet", "--allow-empty", "--message", "y")
    assert versions(build(tree, "wheel", tmp_path / "later")) == {"9.8.7.post1.dev1"}


@pytest.mark.skipif(shutil.which("git") is None, reason="no git found")
def test_a_wheel_from_an_sdist_has_the_version_of_the_sdist(tree: Path, tmp_path: Path) -> None:
    git(tree, "init", "--quiet")
    git(tree, "add", ".")
    git(tree, "commit", "--quiet", "--message", "x")
    git(tree, "tag", "v9.8.7")
    with tarfile.open(build(tree, "sdist", tmp_path / "sdist")) as archive:
        archive.extractall(tmp_path / "unpacked", filter="data")
    assert versions(build(tmp_path / "unpacked" / "pyimgur-9.8.7", "wheel", tmp_path / "wheel")) == {"9.8.7"}


def test_a_tree_that_was_never_built_has_the_fallback_too(tree: Path) -> None:
    assert runpy.run_path(str(tree / "src" / "pyimgur" / "_version.py"), run_name="_version")["__version__"] == FALLBACK


def test_the_version_of_this_tree_is_one() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+(rc\d+)?(\.post\d+\.dev\d+)?", __version__)
