"""The log of requests: one line each at INFO, headers and sizes at DEBUG, and no secret."""

from __future__ import annotations

import asyncio
import logging

import httpx2
import pytest

from pyimgur import AsyncImgur, Imgur, NoAnswerError

SECRETS = ("acce55-token", "refre5h-token", "cl1ent-secret", "s3ssion", "del3tehash12345")
ANSWER = {
    "Set-Cookie": "session=s3ssion",
    "Location": "https://imgur.com/?code=c0de#access_token=acce55-token",
    "X-Echo": "you said acce55-token",
    "X-Bell": "\x1b]0;title\x07",
}


def answer(request: httpx2.Request) -> httpx2.Response:
    return httpx2.Response(200, json={"data": True, "success": True, "status": 200}, headers=ANSWER)


def client(transport: httpx2.MockTransport) -> Imgur:
    return Imgur("a-client", "cl1ent-secret", "acce55-token", "refre5h-token", transport=transport)


def test_a_line_for_each_message(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "pyimgur")
    client(httpx2.MockTransport(answer)).get_credits()
    assert [(record.name, record.levelname) for record in caplog.records] == [("pyimgur.calls", "INFO")]
    assert caplog.messages[0].startswith("GET 3/credits: 200 in 0.")


def test_the_async_driver_logs_the_same(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "pyimgur")

    async def main() -> None:
        async with AsyncImgur("a-client", transport=httpx2.MockTransport(answer)) as im:
            await im.get_credits()

    asyncio.run(main())
    assert [message.partition(" in ")[0] for message in caplog.messages] == ["GET 3/credits: 200"]


def test_headers_and_sizes_if_asked_and_no_secret(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "pyimgur")
    im = client(httpx2.MockTransport(answer))
    im.album("del3tehash12345").update(title="A title")
    shown = "\n".join(caplog.messages)
    assert "Authorization: Bearer …" in shown
    assert "application/x-www-form-urlencoded, 13 bytes" in shown
    assert "location: https://imgur.com/\n" in shown
    assert "x-echo: you said …" in shown
    assert "\x1b" not in shown
    assert [secret for secret in (*SECRETS, "c0de") if secret in shown] == []


def test_no_answer_is_logged_too(caplog: pytest.LogCaptureFixture) -> None:
    def away(request: httpx2.Request) -> httpx2.Response:
        raise httpx2.ReadError("gone")

    caplog.set_level(logging.INFO, "pyimgur")
    with pytest.raises(NoAnswerError):
        Imgur("a-client", transport=httpx2.MockTransport(away), retries=0).get_credits()
    assert caplog.messages[0].startswith("GET 3/credits: no response in 0.")


def test_nothing_is_logged_by_default(capsys: pytest.CaptureFixture[str]) -> None:
    client(httpx2.MockTransport(answer)).get_credits()
    assert capsys.readouterr() == ("", "")
