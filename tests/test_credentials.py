"""credentials.py: each way to get credentials wrong is wrong, and curl is told to send the very same."""

from __future__ import annotations

import subprocess
from operator import attrgetter

import pytest

from contract_tests.cases.credentials import RIGHT, UNACCEPTABLE, Authorization, basic
from contract_tests.cases.nearly_right import NEARLY_RIGHT
from contract_tests.target.settings import Credentials

LOGINS = (
    Credentials("somebody", "s3cret-Password"),
    Credentials("id with space", "p:a$s's \"w\\ord`!é"),
    Credentials("s", "x"),
)
WAYS = (*UNACCEPTABLE, *NEARLY_RIGHT)
EVERY = pytest.mark.parametrize("credentials", [RIGHT, *WAYS], ids=attrgetter("name"))
WRONG = pytest.mark.parametrize("credentials", WAYS, ids=attrgetter("name"))
ANYBODY = pytest.mark.parametrize("login", LOGINS, ids=["plain", "characters of the shell", "one letter"])


Fields = list[tuple[str, bytes]]


def sent_by(credentials: Authorization, login: Credentials) -> Fields:
    """Return the header fields that the suite sends."""
    value = credentials.value(login)
    own = [] if value is None else [("Authorization", value)]
    return own + [(name, text.encode("latin-1")) for name, text in credentials.beside(login)]


def sent_by_curl(line: str, login: Credentials) -> Fields:
    """Return the header fields that curl would send, by asking a shell which arguments it is given."""
    script = f"curl() {{ printf '%s\\0' \"$@\"; }}; curl {line}"
    environment = {
        "PATH": "/usr/bin:/bin",
        "CONTRACT_SECRET_ID": login.secret_id,
        "CONTRACT_SECRET_PASSWORD": login.secret_password,
        "LC_ALL": "C.UTF-8",
    }
    done = subprocess.run(["bash", "-c", script], env=environment, capture_output=True, check=True)
    arguments = done.stdout.decode().split("\0")[:-1]
    sent: Fields = []
    for option, value in zip(arguments[::2], arguments[1::2], strict=False):
        name, _, content = value.partition(": ")
        if option == "-u":
            sent.append(("Authorization", basic(*value.split(":", 1))))
        else:
            sent.append((name.rstrip(";"), content.encode()))
    return sent


def test_the_right_ones_are_basic_in_utf_8() -> None:
    """The header is that of RFC 7617: the scheme, then id and password with a colon, in base64."""
    assert RIGHT.value(Credentials("test", "123£")) == b"Basic dGVzdDoxMjPCow=="
    assert basic("Aladdin", "open sesame") == b"Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="


@WRONG
@ANYBODY
def test_a_wrong_one_is_not_the_right_one(credentials: Authorization, login: Credentials) -> None:
    """Each way is wrong for every login, whatever letters it has."""
    assert sent_by(credentials, login) != sent_by(RIGHT, login)


def test_each_way_is_one_of_its_own() -> None:
    """No two ways share a name or send the same header, so that none stands for another."""
    login = LOGINS[0]

    assert len({credentials.name for credentials in WAYS}) == len(WAYS)
    assert len({tuple(sent_by(credentials, login)) for credentials in WAYS}) == len(WAYS)


@pytest.mark.parametrize(
    "name",
    [
        "no header",
        "empty header",
        "other scheme",
        "no colon",
        "bad base64",
        "not UTF-8",
        "wrong id",
        "wrong password",
        "password in other case",
        "prefix of the password",
        "password with a suffix",
        "swapped",
    ],
)
def test_the_named_ways_are_there(name: str) -> None:
    """Each way that is asked for is there under its name."""
    assert name in {credentials.name for credentials in UNACCEPTABLE}


@pytest.mark.parametrize(
    ("name", "user", "password"),
    [
        ("password in other case", "somebody", "S3CRET-pASSWORD"),
        ("prefix of the password", "somebody", "s3cret-Passwor"),
        ("password with a suffix", "somebody", "s3cret-Passwordx"),
        ("swapped", "s3cret-Password", "somebody"),
        ("empty password", "somebody", ""),
    ],
)
def test_a_way_is_wrong_in_what_it_says(name: str, user: str, password: str) -> None:
    """What is wrong about a pair is what its name says, and nothing else."""
    (credentials,) = [way for way in UNACCEPTABLE if way.name == name]

    assert credentials.value(LOGINS[0]) == basic(user, password)


@EVERY
@ANYBODY
def test_curl_sends_the_same(credentials: Authorization, login: Credentials) -> None:
    """The words for curl, read by a shell, make the header that the suite sends, and hold no secret."""
    if credentials.name == "password in other case" and not login.secret_password.isascii():
        pytest.skip("tr knows the letters of ASCII alone")

    assert sent_by_curl(credentials.curl, login) == sent_by(credentials, login)
    assert login.secret_password not in credentials.curl or len(login.secret_password) < 3
