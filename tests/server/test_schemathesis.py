"""Whatever a program sends that reads `/openapi.json`, or misreads it: an answer, and never a fault of the server.

Schemathesis makes the calls, right ones and wrong ones, the same ones in each run. Half of the ids in their paths are
real ones, so that they get further than to "no such thing".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.openapi import from_dict

from pyimgur.server.app import routes
from pyimgur.server.routes.openapi import document

if TYPE_CHECKING:
    from site_support import Person, Site

EXAMPLES = 3
UNKNOWN_FORMAT = 501
"""oEmbed asks for this status where somebody wants a format that there is not."""
GROUPS = 4
"""Parts of one test, so that the cores share it."""
DOCUMENT = document(routes(), "http://127.0.0.1")
SCHEMA = from_dict(DOCUMENT)
OPERATIONS = sorted((found.ok() for found in SCHEMA.get_all_operations()), key=lambda one: (one.path, one.method))


@pytest.mark.parametrize("part", range(GROUPS))
def test_nothing_is_answered_with_a_fault(part: int, shared_site: Site, png: bytes) -> None:
    person = shared_site.person(f"ann{part}")
    image = shared_site.upload(png, person.bearer)
    album = shared_site.post("/3/album", headers=person.bearer, data={"ids[]": image["id"]}).json()["data"]
    known = [image["id"], image["deletehash"], album["id"], album["deletehash"], person.name, "me", "1", "up"]
    faults = [fault for one in OPERATIONS[part::GROUPS] for fault in attack(one, shared_site, person, known)]
    assert faults == []


def attack(operation: Any, site: Site, person: Person, known: list[str]) -> list[str]:
    """The calls of one operation that ended in a fault."""
    faults: list[str] = []

    @settings(max_examples=EXAMPLES, derandomize=True, database=None,
              phases=[Phase.generate], suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(case=operation.as_strategy(), data=st.data())
    def call(case: Any, data: st.DataObject) -> None:
        for name in case.path_parameters or {}:
            if data.draw(st.booleans()):
                case.path_parameters[name] = data.draw(st.sampled_from(known))
        answer = case.call(base_url=site.settings.public_url, headers=person.bearer, allow_redirects=False)
        if answer.status_code >= 500 and answer.status_code != UNKNOWN_FORMAT:
            faults.append(f"{answer.status_code} {case.as_curl_command()}")

    call()
    return faults
