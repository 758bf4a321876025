"""Add the links of the package's page, which depend on the repository that the package is built in.

A fork's package then links to the fork, and a build outside a hosted repository has no links instead of wrong ones.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

PATHS = {
    "Repository": "",
    "Documentation": "/blob/HEAD/docs/index.md",
    "Changelog": "/blob/HEAD/CHANGELOG.md",
    "Issues": "/issues",
    "Security": "/security/policy",
}


class ProjectLinks(MetadataHookInterface):
    """Set `urls` of the metadata."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Add the links, if the address of the repository is known."""
        metadata["urls"] = links(os.environ)


def links(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the links by label; none outside a workflow of a hosted repository.

    Args:
        environment: the environment variables. GitHub sets the two that are read.
    """
    server, repository = environment.get("GITHUB_SERVER_URL"), environment.get("GITHUB_REPOSITORY")
    if not server or not repository:
        return {}
    return {label: f"{server}/{repository}{path}" for label, path in PATHS.items()}
