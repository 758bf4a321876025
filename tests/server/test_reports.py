"""Reports reach whoever runs the server, until the reported item is deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gallery_support import post, submit, submit_album

from pyimgur.server.services import reports

if TYPE_CHECKING:
    from site_support import Site


def test_whoever_runs_the_server_sees_them(site: Site) -> None:
    ann, bob = site.person("Ann"), site.person("bob")
    image, album = submit(site, ann), submit_album(site, ann)
    comment = post(site, f"/3/gallery/{album}/comment", ann, comment="x")["id"]
    asked = (
        *((f"/3/gallery/{image}/report", {"reason": reason}) for reason in ("4", "2")),
        (f"/3/gallery/album/{album}/report", {"reason": "nonsense"}),
        (f"/3/comment/{comment}/report", {"reason": "3"}),
        *(("/3/conversations/report/ann", {}),) * 2,
    )
    for path, fields in asked:
        site.clock.forward(60)
        post(site, path, bob, **fields)
    found = site.run(reports.all_reports)
    assert [(each.path, each.person, each.reason, each.reporter) for each in found] == [
        ("/user/Ann", "Ann", None, "bob"),
        (f"/gallery/{album}/comment/{comment}", "Ann", 3, "bob"),
        (f"/gallery/{album}", "Ann", None, "bob"),
        (f"/gallery/{image}", "Ann", 2, "bob"),
    ]
    site.delete(f"/3/album/{album}", headers=ann.bearer).raise_for_status()
    assert [each.path for each in site.run(reports.all_reports)] == ["/user/Ann", f"/gallery/{image}"]


def test_a_report_goes_with_its_comment(site: Site) -> None:
    """Also where the comment keeps its place in the tree, because it was answered."""
    ann, bob = site.person("ann"), site.person("bob")
    image = submit(site, ann)
    lone, answered = (post(site, f"/3/gallery/{image}/comment", ann, comment="x")["id"] for _ in range(2))
    post(site, f"/3/gallery/{image}/comment/{answered}", bob, comment="y")
    for comment in (lone, answered):
        post(site, f"/3/comment/{comment}/report", bob, reason="3")
    assert {each.comment for each in site.run(reports.all_reports)} == {lone, answered}
    for comment in (lone, answered):
        site.delete(f"/3/comment/{comment}", headers=ann.bearer).raise_for_status()
    assert site.run(reports.all_reports) == []
