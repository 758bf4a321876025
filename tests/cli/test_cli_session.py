"""Which site and account a command uses: from options, the environment, and the stored default."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from pyimgur.testing import LocalImgur, local_imgur

if TYPE_CHECKING:
    import subprocess

    from pyimgur import Login, Logins

    Run = Callable[..., subprocess.CompletedProcess[str]]
    LogIn = Callable[..., Login]


@pytest.fixture(scope="module")
def other() -> Iterator[LocalImgur]:
    """A second Imgur, where the same account name is somebody else's."""
    with local_imgur() as running:
        yield running


def test_a_command_acts_for_who_logged_in_last(imgur: LocalImgur, log_in: LogIn, pyimgur: Run) -> None:
    log_in(imgur)
    done = pyimgur("whoami")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{imgur.username}\n", f"at {imgur.url}\n")


@pytest.mark.parametrize("how", ["option", "environment"])
def test_a_site_can_be_named(
    how: str, imgur: LocalImgur, other: LocalImgur, log_in: LogIn, pyimgur: Run, environment: dict[str, str]
) -> None:
    log_in(imgur)
    log_in(other)
    words = ["whoami", "--site", imgur.url] if how == "option" else ["whoami"]
    environment |= {"PYIMGUR_BASE_URL": imgur.url} if how == "environment" else {}
    assert pyimgur(*words).stderr == f"at {imgur.url}\n"


def test_an_option_counts_more_than_the_environment(
    imgur: LocalImgur, other: LocalImgur, log_in: LogIn, pyimgur: Run, environment: dict[str, str]
) -> None:
    log_in(imgur)
    log_in(other)
    environment["PYIMGUR_BASE_URL"] = other.url
    assert pyimgur("whoami", "--site", imgur.url).stderr == f"at {imgur.url}\n"


def test_tokens_of_one_site_never_go_to_another(
    imgur: LocalImgur, other: LocalImgur, log_in: LogIn, pyimgur: Run
) -> None:
    log_in(imgur)
    done = pyimgur("whoami", "--site", other.url)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"pyimgur: nobody is logged in at {other.url}: run `pyimgur login --site {other.url}`\n"


def test_an_account_that_is_not_logged_in_is_not_replaced_by_another(
    imgur: LocalImgur, log_in: LogIn, pyimgur: Run, environment: dict[str, str]
) -> None:
    log_in(imgur)
    environment["PYIMGUR_ACCOUNT"] = "bob"
    for words in (["whoami"], ["credits"]):
        done = pyimgur(*words)
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.startswith(f"pyimgur: bob is not logged in at {imgur.url}: run `pyimgur login")
    assert pyimgur("whoami", "--account", imgur.username.upper()).stdout == f"{imgur.username}\n"


def test_of_several_accounts_the_one_in_use_acts_for_all_else(
    imgur: LocalImgur, log_in: LogIn, pyimgur: Run, logins: Logins
) -> None:
    log_in(imgur)
    log_in(imgur, account="bob", token="0" * 40)
    assert pyimgur("accounts").stdout == f"* bob\t{imgur.url}\n  {imgur.username}\t{imgur.url}\n"
    used = pyimgur("accounts", "use", imgur.username)
    assert (used.returncode, used.stderr) == (0, f"{imgur.username} at {imgur.url} is now the current account\n")
    assert pyimgur("accounts").stdout.startswith(f"* {imgur.username}\t")
    assert pyimgur("whoami").stdout == f"{imgur.username}\n"
    assert [one["account"] for one in json.loads(pyimgur("accounts", "--json").stdout)] == [imgur.username, "bob"]
    assert pyimgur("accounts", "use", "carl").returncode == 1
    odd = pyimgur("accounts", "use", "bob", "--site", "nonsense")
    assert odd.returncode == 2
    assert "'nonsense' is not the URL of a server" in odd.stderr


def test_without_a_login_a_server_of_this_machine_takes_any_program(imgur: LocalImgur, pyimgur: Run) -> None:
    assert json.loads(pyimgur("credits", "--json", "--site", imgur.url).stdout)["UserLimit"]
    done = pyimgur("credits", "--site", imgur.url)
    assert (done.returncode, done.stderr) == (0, "")
    assert re.search(r"^ClientRemaining\t\d+$", done.stdout, re.MULTILINE)
    assert re.search(r"^UserReset\t20\d\d-\d\d-\d\d \d\d:\d\d$", done.stdout, re.MULTILINE)


def test_the_real_imgur_wants_a_client_id(pyimgur: Run) -> None:
    done = pyimgur("credits")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("pyimgur: https://imgur.com requires a client id")
    assert "--client-id" in done.stderr


def test_another_application_does_not_get_the_tokens_of_the_first(
    imgur: LocalImgur, log_in: LogIn, pyimgur: Run
) -> None:
    log_in(imgur)
    done = pyimgur("whoami", "--client-id", "another")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"pyimgur: nobody is logged in at {imgur.url} through another")


@pytest.mark.parametrize("address", ["img.example", "ftp://img.example", "http://user:pw@img.example"])
def test_an_invalid_url_is_a_usage_error(address: str, pyimgur: Run, environment: dict[str, str]) -> None:
    environment["PYIMGUR_BASE_URL"] = address
    done = pyimgur("whoami")
    assert (done.returncode, done.stdout) == (2, "")
    assert "write it like http://127.0.0.1:4648" in done.stderr


@pytest.mark.parametrize("address", ["imgur.com", "https://imgur.com/", "https://api.imgur.com", "WWW.imgur.com"])
def test_the_real_imgur_has_many_addresses(address: str, pyimgur: Run) -> None:
    assert "at https://imgur.com: run `pyimgur login`" in pyimgur("whoami", "--site", address).stderr


def test_a_login_whose_tokens_are_gone_says_what_to_do(
    imgur: LocalImgur, log_in: LogIn, logins: Logins, pyimgur: Run
) -> None:
    log_in(imgur)
    logins.path.with_name("tokens.json").unlink()
    done = pyimgur("whoami")
    assert (done.returncode, done.stdout) == (1, "")
    assert "pyimgur login" in done.stderr


def test_a_file_that_somebody_spoiled_is_named_and_left_alone(
    imgur: LocalImgur, log_in: LogIn, logins: Logins, pyimgur: Run
) -> None:
    log_in(imgur)
    logins.path.write_text("{ nothing")
    done = pyimgur("whoami")
    assert (done.returncode, done.stdout) == (1, "")
    assert str(logins.path) in done.stderr
    assert logins.path.read_text() == "{ nothing"


def test_entries_of_a_later_version_are_passed_over(
    imgur: LocalImgur, log_in: LogIn, logins: Logins, pyimgur: Run
) -> None:
    log_in(imgur)
    document = json.loads(logins.path.read_text())
    logins.path.write_text(json.dumps({"logins": [{"what": "is this"}, 7, *document["logins"]]}))
    assert pyimgur("whoami").stdout == f"{imgur.username}\n"


def test_verbose_shows_requests_and_debug_their_headers_but_no_secret(
    imgur: LocalImgur, log_in: LogIn, pyimgur: Run
) -> None:
    log_in(imgur)
    quiet, verbose, debug = (pyimgur("whoami", *words) for words in ([], ["-v"], ["--debug", "--verbose"]))
    assert quiet.stdout == verbose.stdout == debug.stdout
    assert "GET 3/account/me: 200 in " in verbose.stderr
    assert verbose.stderr.count("\n") == quiet.stderr.count("\n") + 1
    assert debug.stderr.count("GET 3/account/me: 200 in ") == 1
    assert "Authorization: Bearer …" in debug.stderr
    for secret in (imgur.client.access_token, imgur.client.refresh_token, imgur.client_secret):
        assert secret
        assert secret not in debug.stderr
