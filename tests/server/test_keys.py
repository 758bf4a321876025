"""The same upload twice is one picture: by its key whatever happened in between, by its digest where that is asked."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx2
import pytest
from site_support import ANONYMOUS, NewSite, Person, Site, Sites, picture
from sqlalchemy import select, update

import pyimgur
from pyimgur.server.db.query import Query, Steps, transaction
from pyimgur.server.db.rows import table_row
from pyimgur.server.db.schema import upload_key
from pyimgur.server.errors import ServerError
from pyimgur.server.services import row_limits, upload_keys
from pyimgur.server.services.context import Fullness
from pyimgur.server.services.upload_keys import UploadKey
from pyimgur.testing import local_imgur

PNG = picture("PNG")
OTHER = picture("PNG", (7, 7))
DIGEST = hashlib.sha256(PNG).hexdigest()


def send(site: Site, headers: dict[str, str], file: bytes = PNG, **how: Any) -> Any:
    return site.post("/3/image", headers=headers, files={"image": file} if file else None, **how)


def sent(site: Site, headers: dict[str, str], file: bytes = PNG, **how: Any) -> str:
    return send(site, headers, file, **how).json()["data"]["id"]


# ---- Idempotency-Key


def test_a_key_is_one_picture_for_each_owner(site: Site) -> None:
    ann, bob = site.person("ann"), site.person("bob")
    first = send(site, {**ann.bearer, "Idempotency-Key": "k1"}, data={"title": "t"}).json()
    assert send(site, {**ann.bearer, "Idempotency-Key": "k1"}, data={"title": "t"}).json() == first
    others = [
        sent(site, {**ann.bearer, "Idempotency-Key": "k2"}),
        sent(site, {**bob.bearer, "Idempotency-Key": "k1"}),
        sent(site, {**ANONYMOUS, "Idempotency-Key": "k1"}),
        sent(site, {"Authorization": "Client-ID another", "Idempotency-Key": "k1"}),
        sent(site, ann.bearer),
        sent(site, {**ann.bearer, "Idempotency-Key": ""}),
        sent(site, {**ann.bearer, "Idempotency-Key": ""}),
    ]
    assert len({first["data"]["id"], *others}) == 8
    assert len(site.files()) == 8


def test_a_key_is_known_after_a_restart_and_for_a_day(tmp_path: Path) -> None:
    headers = {**ANONYMOUS, "Idempotency-Key": "again"}
    with Sites(tmp_path) as sites:
        first = sent(sites.start(), headers)
    with Sites(tmp_path) as sites:
        site = sites.start()
        assert sent(site, headers) == first
        assert len(site.files()) == 1
        site.clock.forward(86_401)
        assert sent(site, headers) != first


def test_a_key_of_another_file_is_refused(shared_site: Site) -> None:
    headers = {**ANONYMOUS, "Idempotency-Key": "twice"}
    first = sent(shared_site, {**headers, "X-Content-SHA256": DIGEST})
    assert sent(shared_site, {**headers, "X-Content-SHA256": DIGEST}) == sent(shared_site, headers) == first
    digest = {**headers, "X-Content-SHA256": hashlib.sha256(OTHER).hexdigest()}
    for asked, file in ((headers, OTHER), (digest, OTHER), (digest, b"")):
        answer = send(shared_site, asked, file)
        assert answer.status_code == 400
        assert "was used for another file" in answer.json()["data"]["error"]
    assert "damaged" in send(shared_site, {**headers, "X-Content-SHA256": DIGEST}, OTHER).json()["data"]["error"]
    assert sent(shared_site, {**headers, "X-Content-SHA256": DIGEST}, b"") == first


def elsewhere(site: Site, headers: dict[str, str], file: bytes = PNG) -> Any:
    """The answer to an upload from another network."""
    with httpx2.Client(transport=httpx2.HTTPTransport(local_address="127.0.0.2")) as http:
        address = f"http://127.0.0.1:{site.address[1]}/3/image"
        return http.post(address, headers=headers, files={"image": file} if file else None)


def id_of(answer: Any) -> str:
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]["id"]


@pytest.mark.parametrize("digest", [True, False])
def test_a_stranger_who_guesses_a_key_keeps_nobody_from_uploading(site: Site, digest: bool) -> None:
    """Keys may be counters, and client ids are public."""
    headers = {**ANONYMOUS, "Idempotency-Key": "1"}
    mine = {**headers, "X-Content-SHA256": DIGEST} if digest else headers
    theirs = id_of(elsewhere(site, headers, OTHER))
    first = sent(site, mine)
    assert first != theirs
    assert [sent(site, mine), sent(site, {**headers, "X-Content-SHA256": DIGEST}, b"")] == [first] * 2
    assert id_of(elsewhere(site, headers, OTHER)) == theirs
    assert len(site.files()) == 2


def test_a_client_in_another_network_gets_its_picture_for_key_and_file(site: Site) -> None:
    headers = {**ANONYMOUS, "Idempotency-Key": "roams"}
    first = sent(site, headers)
    assert id_of(elsewhere(site, headers)) == first
    another = id_of(elsewhere(site, headers, OTHER))
    assert another != first
    assert id_of(elsewhere(site, headers)) == first, "the same file comes before the same network"
    for file in (picture("PNG", (8, 8)), picture("PNG", (9, 9))):
        answer = elsewhere(site, headers, file)
        assert answer.status_code == 400
        assert "was used for another file" in answer.json()["data"]["error"]
    assert id_of(elsewhere(site, {"Authorization": "Client-ID another", "Idempotency-Key": "roams"})) != first
    assert len(site.files()) == 3


def test_a_digest_without_the_file_is_enough_only_in_the_same_network(site: Site) -> None:
    """Whoever has seen a picture knows its digest; keys may be counters, and the answer has the delete hash."""
    headers = {**ANONYMOUS, "Idempotency-Key": "1", "X-Content-SHA256": DIGEST}
    first = send(site, headers).json()["data"]
    answer = elsewhere(site, headers, b"")
    assert (answer.status_code, first["deletehash"] in answer.text) == (400, False)
    assert id_of(elsewhere(site, headers)) == first["id"], "with the file"
    assert sent(site, headers, b"") == first["id"], "in the same network"
    ann = {**site.person("ann").bearer, "Idempotency-Key": "1", "X-Content-SHA256": DIGEST}
    own = sent(site, ann)
    assert id_of(elsewhere(site, ann, b"")) == own, "of an account, in any network"


def test_a_key_of_an_account_is_known_in_all_networks(site: Site) -> None:
    headers = {**site.person("ann").bearer, "Idempotency-Key": "1"}
    first = sent(site, headers)
    assert id_of(elsewhere(site, headers)) == first
    assert elsewhere(site, headers, OTHER).status_code == 400


def test_client_ids_that_begin_alike_share_no_key(site: Site) -> None:
    names = ["abc", "abc 127.0.0.1", "abc 127.0.0.1 127.0.0.1", "abc!", "ab", "abc0"]
    for _ in range(2):
        ids = [sent(site, {"Authorization": f"Client-ID {name}", "Idempotency-Key": "1"}) for name in names]
        assert len({*ids}) == len(names)
    assert len(site.files()) == len(names)


def test_a_key_that_an_older_program_stored_without_its_network_is_known(site: Site) -> None:
    @transaction
    def forget_network() -> Steps[None]:
        yield Query(update(upload_key).values(owner="client:abc")).run()

    headers = {"Authorization": "Client-ID abc", "Idempotency-Key": "1"}
    first = sent(site, headers)
    site.run(lambda context: context.db.write(forget_network()))
    assert sent(site, headers) == id_of(elsewhere(site, headers)) == first
    assert sent(site, headers, OTHER) != first


def test_a_network_has_so_many_keys_and_the_oldest_is_forgotten(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload_keys, "MOST", 3)
    ann = site.person("ann").bearer
    of_ann = sent(site, {**ann, "Idempotency-Key": "1"})
    theirs = id_of(elsewhere(site, {**ANONYMOUS, "Idempotency-Key": "1"}, OTHER))
    mine: dict[str, str] = {}
    for key in ("1", "2", "3", "4"):
        site.clock.forward(1)
        mine[key] = sent(site, {**ANONYMOUS, "Idempotency-Key": key})
    assert [sent(site, {**ANONYMOUS, "Idempotency-Key": key}) for key in "234"] == [mine[key] for key in "234"]
    assert sent(site, {**ANONYMOUS, "Idempotency-Key": "1"}) not in {of_ann, theirs, *mine.values()}
    assert sent(site, {**ann, "Idempotency-Key": "1"}) == of_ann
    assert id_of(elsewhere(site, {**ANONYMOUS, "Idempotency-Key": "1"}, OTHER)) == theirs


def test_invented_client_ids_give_a_network_no_more_keys(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred of them would fill the table, and everybody's uploads with a key would be refused for a day."""
    monkeypatch.setattr(upload_keys, "MOST", 3)

    def one(number: int) -> dict[str, str]:
        return {"Authorization": f"Client-ID invented {number}", "Idempotency-Key": "1"}

    ids: list[str] = []
    for number in range(8):
        site.clock.forward(1)
        ids.append(sent(site, one(number)))
    assert [owner for _, owner in kept_keys(site)] == [f"client:invented {number}\t127.0.0.1" for number in (5, 6, 7)]
    assert [sent(site, one(number)) for number in (5, 6, 7)] == ids[5:]


def kept_keys(site: Site) -> list[tuple[str, str]]:
    query = Query(select(upload_key).order_by(upload_key.c.created), table_row(upload_key))
    rows = site.run(lambda context: context.db.scan(query.all()))
    return [(row.key, row.owner) for row in rows]


def remember(site: Site, address: str, number: int, fullness: Fullness = Fullness.ROOMY) -> str:
    """Remember another key of this address for one picture; return the name of the error, or nothing."""
    image = sent(site, ANONYMOUS)
    key = UploadKey(f"{address} {number}", None, f"invented {number}", address)
    try:
        site.run(lambda context: context.db.write(upload_keys.remember(key, image, context.now, fullness)))
    except ServerError as error:
        return type(error).__name__
    return ""


def test_a_wider_network_at_its_limit_replaces_its_own_keys_only(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload_keys, "MOST", 2)
    in_one_56 = [f"2001:db8:1:{number:x}::1" for number in range(6)]
    assert [remember(site, address, 1) for address in in_one_56] == [""] * 6
    assert [remember(site, in_one_56[0], number) for number in (2, 3, 4)] == [""] * 3, "two of each network at most"
    assert [remember(site, in_one_56[1], number) for number in (2, 3, 4)] == [""] * 3, (
        "after 8 of the /56 in place of its own"
    )
    assert remember(site, "2001:db8:1:99::1", 1) == "TooManyAttempts"
    assert remember(site, "2001:db8:1:100::1", 1) == "", "another /56"
    assert len(kept_keys(site)) == 8


def test_where_keys_are_many_only_those_who_have_many_get_no_more(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(row_limits, "UPLOAD_KEYS", row_limits.UPLOAD_KEYS._replace(few=2))
    for number in range(4):
        assert remember(site, "192.0.2.1", number) == ""
    for fullness, other in ((Fullness.CROWDED, ""), (Fullness.FULL, "TableFull")):
        site.clock.forward(1)
        assert remember(site, "192.0.2.1", 5 + fullness, fullness) == "", "in place of its oldest"
        assert sum(key.startswith("192.0.2.1 ") for key, _ in kept_keys(site)) == 4
        assert remember(site, f"192.0.2.{8 + fullness}", 1, fullness) == other
    assert len(kept_keys(site)) == 5


def test_a_key_alone_gives_nobody_the_picture_and_its_delete_hash(shared_site: Site) -> None:
    """Keys may be counters, and client ids are public; whoever guesses both does not have the file."""
    headers = {**ANONYMOUS, "Idempotency-Key": "1"}
    deletehash = send(shared_site, headers).json()["data"]["deletehash"]
    for body in ({}, {"content": b""}, {"data": {"title": "x"}}, {"data": {"image": ""}}, {"data": {"type": "file"}}):
        answer = shared_site.post("/3/image", headers=headers, **body)
        assert answer.status_code == 400, answer.text
        assert deletehash not in answer.text


@pytest.mark.parametrize("files", [[PNG] * 6, [PNG, OTHER] * 3])
def test_a_key_that_comes_several_times_at_once_is_one_picture(site: Site, files: list[bytes]) -> None:
    with ThreadPoolExecutor(len(files)) as threads:
        answers = list(threads.map(lambda file: send(site, {**ANONYMOUS, "Idempotency-Key": "once"}, file), files))
    kept = {answer.json()["data"]["id"] for answer in answers if answer.status_code == 200}
    assert len(kept) == 1
    assert [file.name for file in site.files()] == [*kept]
    widths = {answer.json()["data"]["width"] for answer in answers if answer.status_code == 200}
    assert len(widths) == 1
    refused = [answer for answer in answers if answer.status_code != 200]
    assert len(refused) == len(files) - files.count(PNG if widths == {40} else OTHER)
    assert all("was used for another file" in answer.json()["data"]["error"] for answer in refused)


def test_a_key_has_a_length(shared_site: Site) -> None:
    assert send(shared_site, {**ANONYMOUS, "Idempotency-Key": "k" * 255}).status_code == 200
    assert send(shared_site, {**ANONYMOUS, "Idempotency-Key": "k" * 256}).status_code == 400


def test_a_refused_upload_uses_no_key_up(shared_site: Site) -> None:
    headers = {**ANONYMOUS, "Idempotency-Key": "refused"}
    assert send(shared_site, headers, b"no picture").status_code == 400
    assert send(shared_site, headers).status_code == 200


def test_the_server_tells_for_how_long_it_knows_a_key(shared_site: Site) -> None:
    answer = shared_site.get("/3/credits", headers=ANONYMOUS)
    assert answer.headers["x-idempotency-lifetime"] == "86400"


@pytest.mark.parametrize("signed_in", [True, False])
def test_our_client_sends_again_what_was_not_answered(signed_in: bool) -> None:
    with local_imgur() as imgur:
        client = imgur.client if signed_in else imgur.anonymous()
        imgur.fail("cut-after", path="/3/image", method="POST")
        image = client.upload_image(PNG)
        images = list((imgur_files(imgur)).glob("*/*"))
        assert [path.name for path in images] == [image.id]
        assert isinstance(image, pyimgur.Image)


def imgur_files(imgur: Any) -> Path:
    return imgur._context.settings.data / "blobs"


# ---- X-Content-SHA256


def test_a_file_sent_before_is_the_old_picture_when_asked(shared_site: Site) -> None:
    emma = shared_site.person("emma").bearer
    first = sent(shared_site, emma)
    digest = {**emma, "X-Content-SHA256": DIGEST}
    for ask in ({"headers": {**digest, "X-Reuse": "1"}}, {"headers": digest, "data": {"reuse": "1"}}):
        assert sent(shared_site, **ask) == first
    assert sent(shared_site, {**emma, "X-Reuse": "1"}) == first  # the file itself tells
    assert sent(shared_site, {**emma, "X-Reuse": "1"}, OTHER) != first
    assert sent(shared_site, digest) != first  # nobody asked


def test_a_digest_alone_asks_without_a_file(shared_site: Site) -> None:
    carl = shared_site.person("carl")
    ask = {**carl.bearer, "X-Content-SHA256": DIGEST.upper(), "X-Reuse": "1"}
    assert send(shared_site, ask, b"").status_code == 400
    first = sent(shared_site, carl.bearer)
    assert sent(shared_site, ask, b"") == first


def test_a_file_sent_before_goes_into_the_album(shared_site: Site) -> None:
    dora = shared_site.person("dora")
    album = shared_site.post("/3/album", headers=dora.bearer).json()["data"]["id"]
    first = sent(shared_site, dora.bearer)
    assert sent(shared_site, {**dora.bearer, "X-Reuse": "1"}, data={"album": album}) == first
    held = shared_site.get(f"/3/album/{album}/images", headers=dora.bearer).json()["data"]
    assert [image["id"] for image in held] == [first]


def test_nobody_gets_the_picture_of_another(shared_site: Site, ann: Person) -> None:
    known = {sent(shared_site, ann.bearer), sent(shared_site, ANONYMOUS)}
    for who in (shared_site.person("eve").bearer, ANONYMOUS):
        assert sent(shared_site, {**who, "X-Content-SHA256": DIGEST, "X-Reuse": "1"}) not in known


def test_a_deleted_picture_is_not_answered(shared_site: Site) -> None:
    fred = shared_site.person("fred")
    first = sent(shared_site, fred.bearer)
    shared_site.delete(f"/3/image/{first}", headers=fred.bearer)
    assert sent(shared_site, {**fred.bearer, "X-Reuse": "1"}) != first


def test_a_file_that_is_not_the_announced_one_is_refused(site: Site) -> None:
    answer = send(site, {**ANONYMOUS, "X-Content-SHA256": DIGEST}, OTHER)
    assert answer.status_code == 400
    assert "damaged on its way" in answer.json()["data"]["error"]
    assert site.files() == []
    assert send(site, {**ANONYMOUS, "X-Content-SHA256": "abc"}).status_code == 400


def test_the_digest_is_that_of_what_was_sent_though_it_is_stripped(new_site: NewSite) -> None:
    site = new_site(strip="all")
    gina, file = site.person("gina"), picture("JPEG") + b"what follows a picture is stripped"
    digest = {**gina.bearer, "X-Content-SHA256": hashlib.sha256(file).hexdigest()}
    first = send(site, digest, file).json()["data"]
    assert first["size"] < len(file)
    assert sent(site, {**digest, "X-Reuse": "1"}, b"") == first["id"]
