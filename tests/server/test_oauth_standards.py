"""What OAuth libraries expect beside Imgur's contract: RFC 6749's errors, PKCE (RFC 7636), revocation (RFC 7009)."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from hashlib import sha256

import httpx2
import pytest
from oauth_support import SECRET, Server, error_of, fragment_of, query_of, text_of

from pyimgur.server.services import applications, oauth_tokens

VERIFIER = "a-verifier-that-is-long-enough_for.the~standard"
CHALLENGE = urlsafe_b64encode(sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
PKCE = {"code_challenge": CHALLENGE, "code_challenge_method": "S256"}


# ---- errors


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({}, "invalid_request"),
        ({"grant_type": 'pass"w\\ord\u00e9'}, "unsupported_grant_type"),
        ({"grant_type": "pin", "pin": "1"}, "invalid_client"),
        ({"grant_type": "pin", "client_id": "\x01", "client_secret": "s", "pin": "0"}, "invalid_client"),
        ({"grant_type": "pin", "client_id": "REGISTERED", "client_secret": "no", "pin": "0"}, "invalid_client"),
        ({"grant_type": "pin", "client_id": "abc", "client_secret": "s"}, "invalid_request"),
        ({"grant_type": "pin", "client_id": "abc", "client_secret": "s", "pin": "0"}, "invalid_grant"),
        ({"grant_type": "authorization_code", "client_id": "a", "client_secret": "s", "code": "0"}, "invalid_grant"),
        (
            {"grant_type": "refresh_token", "client_id": "a", "client_secret": "s", "refresh_token": "0"},
            "invalid_grant",
        ),
    ],
)
def test_an_error_of_the_standard_stands_beside_imgurs_body(server: Server, fields: dict[str, str], code: str) -> None:
    if fields.get("client_id") == "REGISTERED":
        fields = {**fields, "client_id": server.do(lambda context: applications.register(context, "Snapper"))[0]}
    answer = server.script().http.post("/oauth2/token", data=fields)
    body = answer.json()
    assert answer.status_code == 400
    assert (body["error"], body["status"], body["success"]) == (code, 400, False)
    assert list(body) == ["data", "success", "status", "error", "error_description"]
    assert body["data"]["request"] == "/oauth2/token"
    allowed = {chr(each) for each in range(0x20, 0x7F)} - {'"', "\\"}
    assert set(body["error_description"]) <= allowed
    plain = body["data"]["error"]
    assert [a for a, b in zip(plain, body["error_description"], strict=True) if a != b and a in allowed] == []


def test_a_wait_has_the_standards_error_code_too(server: Server) -> None:
    script = server.script()
    for _ in range(10):
        script.token("pin", pin="0")
    answer = script.token("pin", pin="0")
    assert (answer.status_code, answer.json()["error"]) == (429, "temporarily_unavailable")
    assert answer.headers["retry-after"] == "600"


# ---- state


def test_state_comes_back_in_query_and_fragment_of_the_token_flow(server: Server) -> None:
    client_id = server.do(lambda context: applications.register(context, "Snapper", callback="https://x.example/b"))[0]
    target = server.browser().allow(client_id=client_id, response_type="token", state="S &").headers["location"]
    assert (query_of(target)["state"], fragment_of(target)["state"]) == ("S &", "S &")
    refusal = server.browser().look(client_id, "token", state="S").send(deny="1").headers["location"]
    assert (query_of(refusal), fragment_of(refusal)) == ({"state": "S"}, {"error": "access_denied", "state": "S"})
    bare = server.browser().allow(client_id=client_id, response_type="token").headers["location"]
    assert "state" not in query_of(bare) | fragment_of(bare)


# ---- PKCE


def code(server: Server, **asked: str) -> str:
    return text_of(server.browser().allow(response_type="code", **asked), "code")


def exchange(server: Server, code: str, **fields: str) -> httpx2.Response:
    return server.script().token("authorization_code", code=code, **fields)


def test_a_code_with_a_challenge_is_worth_nothing_without_its_verifier(server: Server) -> None:
    made = code(server, **PKCE)
    for wrong in ({}, {"code_verifier": VERIFIER + "x"}, {"code_verifier": CHALLENGE}, {"code_verifier": "short"}):
        answer = exchange(server, made, **wrong)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant"), wrong
    assert exchange(server, made, code_verifier=VERIFIER).status_code == 200


def test_who_has_stolen_a_code_cannot_end_what_it_gave(server: Server) -> None:
    made = code(server, **PKCE)
    token = exchange(server, made, code_verifier=VERIFIER).json()["access_token"]
    assert exchange(server, made, code_verifier="x" * 43).status_code == 400
    assert server.do(lambda context: oauth_tokens.find_bearer(context, token))
    assert exchange(server, made, code_verifier=VERIFIER).status_code == 400
    assert server.do(lambda context: oauth_tokens.find_bearer(context, token)) is None


def test_a_verifier_without_a_challenge_is_refused(server: Server) -> None:
    """Somebody may have taken the challenge out of the request (RFC 9700, 4.8.2)."""
    made = code(server)
    assert exchange(server, made, code_verifier=VERIFIER).status_code == 400
    assert exchange(server, made).status_code == 200


@pytest.mark.parametrize(
    "asked",
    [
        {"code_challenge": CHALLENGE},
        {"code_challenge": CHALLENGE, "code_challenge_method": "plain"},
        {"code_challenge": CHALLENGE, "code_challenge_method": "s256"},
        {"code_challenge": CHALLENGE + "=", "code_challenge_method": "S256"},
        {"code_challenge": "", "code_challenge_method": "S256"},
        {"code_challenge_method": "S256"},
    ],
)
def test_a_challenge_that_protects_against_nobody_is_refused(server: Server, asked: dict[str, str]) -> None:
    answer = server.script().look(response_type="code", **asked).page
    assert answer.status_code == 400
    assert "The code_challenge" in error_of(answer)


def test_a_ticket_is_bound_to_the_challenge(server: Server) -> None:
    browser = server.browser()
    first = browser.look(response_type="code", **PKCE)
    other = browser.look(response_type="code")
    assert other.send(username="bob", allow=first.ticket).status_code == 403


# ---- revocation


def revoke(server: Server, token: str, client_id: str = "abc", secret: str = SECRET, **fields: str) -> httpx2.Response:
    data = {"client_id": client_id, "client_secret": secret, "token": token, **fields}
    return server.script().http.post("/oauth2/revoke", data=data)


def alive(server: Server, token: dict[str, str]) -> tuple[bool, bool]:
    """Whether the access token works, and the refresh token."""
    access = server.do(lambda context: oauth_tokens.find_bearer(context, token["access_token"]))
    refresh = server.script().token("refresh_token", refresh_token=token["refresh_token"])
    return access is not None, refresh.status_code == 200


@pytest.mark.parametrize("hint", [{}, {"token_type_hint": "refresh_token"}, {"token_type_hint": "access_token"}])
def test_a_program_ends_what_it_holds(server: Server, hint: dict[str, str]) -> None:
    one, two, other = (server.browser().authorized() for _ in range(3))
    assert revoke(server, one["refresh_token"], **hint).status_code == 200
    assert revoke(server, two["access_token"], **hint).status_code == 200
    assert (alive(server, one), alive(server, two), alive(server, other)) == (
        (False, False),
        (False, True),
        (True, True),
    )


def test_a_token_that_is_not_known_is_no_error(server: Server) -> None:
    token = server.browser().authorized()["refresh_token"]
    for gone in (token, token, "nonsense", "\u00e9"):
        answer = revoke(server, gone)
        assert (answer.status_code, answer.json()) == (200, {"data": True, "success": True, "status": 200})
        assert "no-store" in answer.headers["cache-control"]


def test_nobody_ends_the_token_of_another_program(server: Server) -> None:
    token = server.browser().authorized()
    registered, secret = server.do(lambda context: applications.register(context, "Snapper"))
    for name in ("access_token", "refresh_token"):
        for client_id, word, error in (
            ("other", SECRET, "invalid_grant"),
            ("abc", "wrong", "invalid_client"),
            (registered, secret, "invalid_grant"),
            (registered, "wrong", "invalid_client"),
        ):
            answer = revoke(server, token[name], client_id, word)
            assert (answer.status_code, answer.json()["error"]) == (400, error), (name, client_id)
    assert alive(server, token) == (True, True)


def test_revocation_wants_a_token_and_a_client(server: Server) -> None:
    assert revoke(server, "").json()["error"] == "invalid_request"
    assert server.script().http.post("/oauth2/revoke", data={"token": "x"}).json()["error"] == "invalid_client"
    assert server.script().http.get("/oauth2/revoke").status_code == 405
