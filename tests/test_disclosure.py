"""Disclosure: secrets and stack traces are found in any spelling, and texts that are only unusual are left alone."""

from __future__ import annotations

import base64
import re
from dataclasses import replace
from urllib.parse import quote

import pytest

from contract_tests.cases.bodies import Body, encode, fields_of, right, wrong_token
from contract_tests.cases.credentials import RIGHT, Authorization
from contract_tests.cases.paused_sessions import Lease
from contract_tests.exchange.judged import Exchange, judge
from contract_tests.exchange.problem import Problem
from contract_tests.exchange.traces import TRACES
from contract_tests.target.settings import Credentials
from contract_tests.wire import Answer, NoAnswer
from tests.exchanges import CONTRACT, WRONG, an_answer, exchange_of

LOGIN = Credentials("secret-id", "Right-pass/word 1")
LEASE = Lease("39cd6a88-8ee3-4e59-a861-b8a2187e0f4c", "683005d6-f45c-4adb-b289-f1a12f50f80c", "1234ab")


def found_in(
    answer: object,
    body: Body | None = None,
    credentials: Authorization = RIGHT,
    headers: tuple[tuple[str, str], ...] = (),
) -> list[str]:
    """Return what an answer to a resume discloses: the answer as JSON, or as bytes that need not be."""
    received = an_answer(400, answer)
    received = replace(received, headers=(*received.headers, *headers))
    exchange = exchange_of(received, body or right(LEASE), credentials, login=LOGIN)
    return [problem.keyword for problem in exchange.problems if problem.kind == "disclosure"]


def problems_of(answer: Answer, body: Body, *before: Exchange) -> list[Problem]:
    """Return the problems of an answer to a body that others led to."""
    scene = exchange_of(answer, body, login=LOGIN).scene
    return [*judge(scene, 2, body, RIGHT, answer, before).problems]


def said(message: str) -> list[dict[str, str]]:
    """Return an error of the declared shape with a message."""
    return [{"code": "invalid", "message": message, "request_id": "8c7f1c9d40e84c7e8f3ad0a5f7f3c0de"}]


STACK_TRACES = {
    "Python": 'Traceback (most recent call last):\n  File "/srv/api/views.py", line 41, in resume\nKeyError: 1',
    "Python, without its head": '  File "/srv/api/views.py", line 41, in resume',
    "Java": "java.lang.NullPointerException\n\tat com.example.links.Resume.apply(Resume.java:41)",
    "Kotlin": "\tat com.example.LinkKt$resume$1.invokeSuspend(Link.kt:88)",
    "Java, native": "\tat java.base/jdk.internal.reflect.NativeMethodAccessorImpl.invoke0(Native Method)",
    "JavaScript": "TypeError: x is undefined\n    at resume (/srv/app/links.js:10:15)",
    "JavaScript, a module": "    at async file:///srv/app/links.mjs:10:15",
    "JavaScript, Node's own": "    at node:internal/process/task_queues:95:5",
    "JavaScript, on Windows": "    at Object.<anonymous> (C:\\app\\links.js:1:7)",
    "TypeScript": "links.controller.ts:33:9",
    ".NET": "   at Links.Api.ResumeController.Patch(String body) in C:\\src\\Resume.cs:line 12",
    ".NET, its own": "   at System.Threading.Tasks.Task.ThrowIfExceptional(Boolean include)",
    ".NET, within": "   --- End of inner exception stack trace ---",
    "Go": "goroutine 17 [running]:\nmain.resume(0xc000012345)",
    "Go, a line": "\t/srv/links/resume.go:88 +0x1d",
    "Ruby": "app/controllers/links_controller.rb:17:in `resume'",
    "Ruby 3.4": "app/controllers/links_controller.rb:17:in 'LinksController#resume'",
    "PHP": "#0 /var/www/links.php(27): resume()",
    "PHP, a warning": "Undefined index: token in /var/www/links.php on line 27",
    "Rust": "thread 'main' panicked at src/links.rs:12:5:",
    "Elixir": "    (links 1.0.0) lib/links_web/controller.ex:19: LinksWeb.resume/2",
    "Erlang": '{badmatch,{error,timeout}},[{links,resume,3,[{file,"src/links.erl"},{line,88}]}]',
    "Lua": "links.lua:42: attempt to index a nil value",
    "Lua, its head": "stack traceback:\n\t[C]: in function 'error'",
    "Haskell": "CallStack (from HasCallStack):\n  error, called at src/Links.hs:88:5",
    "C": "#0  0x00007f3a1c2d4e10 in links::resume (session=0x0) at src/links.cpp:88",
    "Dart": "#0      main (package:links/links.dart:3:5)",
    "Swift": "Fatal error: Index out of range: file Links/Resume.swift, line 12",
    "Java, without lines": "\tat com.example.links.LinkService.resume(SourceFile)",
    ".NET, without symbols": "   at Links.Core.LinkService.ResumeAsync(Guid session, String value)",
    "Perl": "Can't locate object method at /srv/Links.pm line 9.",
    "Perl, a script": "Died at /srv/links.psgi line 9.",
    "Java, of a module": "\tat java.base@17.0.2/java.lang.Thread.run(Thread.java:833)",
    "Java, its cause": "Caused by: java.io.IOException: reset\n\t... 42 more",
    "JavaScript, packed": "    at resume (webpack-internal:///./src/resume.ts:42:11)",
    ".NET, in German": "   bei Links.Api.Resume.Patch(String body) in C:\\src\\Resume.cs:Zeile 12.",
    "Ruby, a line": "app/controllers/links_controller.rb:17",
    "PHP, its end": "#0 [internal function]: resume()\n#1 {main}",
    "SQL": 'ORA-06512: at "LINKS.RESUME", line 42',
    "SQL, of PostgreSQL": "CONTEXT:  PL/pgSQL function resume(uuid) line 12 at RAISE",
    "SQL, of SQL Server": "Msg 50000, Level 16, State 1, Procedure dbo.Resume, Line 42",
}


@pytest.mark.parametrize("language", STACK_TRACES)
def test_stack_traces_of_each_language_are_found(language: str) -> None:
    """A stack trace is found in a message, and in a body that is no JSON at all."""
    trace = STACK_TRACES[language]

    assert found_in(said(f"It failed.\n{trace}")) == ["stack trace"]
    assert found_in(f"<pre>{trace}</pre>".encode()) == ["stack trace"]


def test_every_repetition_of_a_pattern_has_a_bound() -> None:
    """No pattern reads as far as a text goes, from each place in it: long answers would be searched for minutes."""
    for language, (_, pattern) in TRACES.items():
        assert re.findall(r"(?<!\\d)(?<!\\)[+*](?![^\[\]]*\])|\{\d+,\}", pattern) == [], language


def test_each_known_language_is_tried() -> None:
    """Every language that is looked for has an example above."""
    assert {name.partition(",")[0].partition(" ")[0] for name in STACK_TRACES} >= set(TRACES)


LEGAL = [
    "",
    "The field token is required.",
    "Look at line 12 of your file, at position 3:14.",
    "The session was paused at 10:15:22 and ended at 10:25:22.",
    "It happened at https://status.example.com:8443/incidents/12.",
    "Call us at +49 30 1234-567 (Monday to Friday).",
    "An error occurred at (Berlin) in the back office.",
    "The institution answered at 2026-03-09T08:15:27.160530Z.",
    "Use the SDK for Java, Node.js, .NET, Go, Ruby, PHP, Rust, Elixir or Perl.",
    "See docs/errors.php, docs/errors.rb and docs/main.go.",
    "Traceback is disabled.",
    "A goroutine of wishes; do not panic.",
    "File a request, line up, and wait.",
    "token: required, session: ok, link: ok",
    'The value "1234" is not a link.',
    "Error 1234 occurred.",
    "No. 1234abc is another thing, and so is x1234ab.",
    "El código es inválido. 口座が見つかりません。",
    "Your password was not accepted.",
    "secret-id is no account of ours.",
    "PATCH arrived at /api/links/ 08:15:27 and took 12:04 min.",
    "Asked at 09/03/2026 08:15:27, again at 2026/03/09T08:15:27.",
    "Nothing of links.lua, src/links.erl, Links.swift or main.dart is shown here.",
    "The session waits\n   at example.com (Berlin)",
]


@pytest.mark.parametrize("message", LEGAL)
def test_legal_words_are_left_alone(message: str) -> None:
    """A message that only speaks of times, places, numbers, languages or files discloses nothing."""
    assert found_in(said(message)) == []


FRAME = {"file": "/srv/app/links/views.py", "line": 214, "function": "resume"}


@pytest.mark.parametrize("debug", [FRAME, {"trace": [FRAME]}, {"fileName": "Resume.java", "lineNumber": "88"}])
def test_frames_in_json_are_found(debug: dict[str, object]) -> None:
    """A file of source code and a line in it are found as members of an object, at any depth."""
    assert found_in([{**said("It failed.")[0], "debug": debug}]) == ["stack trace"]


@pytest.mark.parametrize("about", [{"file": "statement.csv", "line": 12}, {"file": "views.py"}, {"line": 3}])
def test_a_file_and_a_line_of_other_kinds_are_left_alone(about: dict[str, object]) -> None:
    """A line of somebody's statement, and a file or a line alone, disclose nothing."""
    assert found_in([{**said("It failed.")[0], "about": about}]) == []


@pytest.mark.parametrize("status", CONTRACT.responses)
def test_the_examples_of_the_contract_disclose_nothing(status: str) -> None:
    """What openapi.yaml shows as an answer discloses nothing."""
    for example in CONTRACT.responses[status].node["content"]["application/json"]["examples"].values():
        assert found_in(example["value"]) == []


PASSWORD = LOGIN.secret_password
SPELLINGS = {
    "as it is": PASSWORD,
    "within a sentence": f"The password {PASSWORD}, which you sent, is wrong.",
    "in a URL": quote(PASSWORD, safe=""),
    "in base64": base64.b64encode(PASSWORD.encode()).decode(),
    "with the id, in base64": base64.b64encode(f"{LOGIN.secret_id}:{PASSWORD}".encode()).decode(),
    "in hex": PASSWORD.encode().hex(),
    "in capital hex": PASSWORD.encode().hex().upper(),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_the_password_is_found_in_any_spelling(spelling: str) -> None:
    """A password that comes back is found as it is, encoded, and in a body that is no JSON."""
    text = SPELLINGS[spelling]

    assert found_in(said(text)) == ["password"]
    assert found_in(text.encode()) == ["password"]


def test_a_password_is_found_wherever_an_answer_holds_it() -> None:
    """A password is found escaped, as a key, in a nested value, and in a header."""
    escaped = "".join(f"\\u{ord(character):04x}" for character in PASSWORD)

    assert found_in(f'[{{"message": "{escaped}"}}]'.encode()) == ["password"]
    assert found_in({PASSWORD: 1}) == ["password"]
    assert found_in([{"a": {"b": [PASSWORD]}}]) == ["password"]
    assert found_in(said("no"), headers=(("X-Debug", PASSWORD),)) == ["password"]


@pytest.mark.parametrize(
    "name", ["wrong password", "both wrong", "password in other case", "prefix of the password", "swapped"]
)
def test_a_wrong_password_is_no_less_a_secret(name: str) -> None:
    """The password that was sent is not repeated either when it is a wrong one."""
    value = WRONG[name].value(LOGIN)
    assert value is not None
    sent = base64.b64decode(value.partition(b" ")[2]).decode().partition(":")[2]
    expected = [] if sent == LOGIN.secret_id else ["password"]

    assert found_in(said(f"The password {sent} is wrong."), credentials=WRONG[name]) == expected


def test_the_header_that_was_sent_is_a_secret() -> None:
    """The whole value of an Authorization header is not repeated."""
    value = RIGHT.value(LOGIN)
    assert value is not None

    assert found_in(said(f"Authorization: {value.decode()}")) == ["password"]


@pytest.mark.parametrize("message", ["The token 1234ab is wrong.", "1234ab", "token=1234ab", "(1234ab)", "'1234ab'!"])
def test_a_short_token_is_found_as_a_word(message: str) -> None:
    """A token of a few characters is found where it stands by itself."""
    assert found_in(said(message)) == ["token"]


@pytest.mark.parametrize(
    "message", ["request 51234ab7", "1234abc", "v1.1234ab", "10:1234ab", "id 00001234ab-0000", "_1234ab"]
)
def test_a_short_token_is_not_found_within_a_longer_word(message: str) -> None:
    """Characters of a token that stand within a longer word are there by chance."""
    assert found_in(said(message)) == []


@pytest.mark.parametrize("token", ["1", "42", "abc"])
def test_a_token_of_three_characters_is_not_looked_for(token: str) -> None:
    """So few characters stand in any text, and prove nothing."""
    assert found_in(said(f"The phone ends in {token}."), wrong_token(LEASE, token)) == []


def test_a_number_of_the_answer_is_no_token() -> None:
    """An expiry that happens to have the digits of the token discloses nothing."""
    answer = {"code": "c", "message": "m", "expiry": 654321}

    assert found_in(answer, wrong_token(LEASE, "654321")) == []
    assert found_in(answer | {"message": "654321 is wrong"}, wrong_token(LEASE, "654321")) == ["token"]


@pytest.mark.parametrize("token", ["test", "123456"])
def test_an_ordinary_word_is_no_token(token: str) -> None:
    """What instructions give for an example, or a header calls a test system, was not read from the request."""
    assert found_in(said(f"This is a {token} system."), wrong_token(LEASE, token)) == []


@pytest.mark.parametrize("token", ["a longer token, 17", "tok\"en\\with'quotes", "ключ-доступа-7", "12\x0034567890"])
def test_a_long_token_is_found_in_any_spelling(token: str) -> None:
    """A token that is long enough to be no chance is found within words and encoded."""
    body = wrong_token(LEASE, token)

    assert found_in(said(f"xx{token}xx"), body) == ["token"]
    assert found_in(said(base64.b64encode(token.encode()).decode()), body) == ["token"]


def test_a_token_of_a_broken_body_is_a_secret_too() -> None:
    """The right token is not repeated when the body that held it was malformed."""
    cut = Body("cut short", encode(fields_of(LEASE))[:-1], lease=LEASE)

    assert found_in(said("near 1234ab"), cut) == ["token"]


def test_the_right_token_is_a_secret_where_another_was_sent() -> None:
    """An answer that tells the right token discloses it, whatever token was sent, and also where none was."""
    (told,) = problems_of(an_answer(400, said("Expected 1234ab.")), wrong_token(LEASE))

    assert told.message == "tells the right token"
    assert found_in(said("near 1234ab"), Body("without it", b"{}", lease=LEASE)) == ["token"]


def test_a_token_that_was_sent_before_is_a_secret() -> None:
    """An answer that repeats the token of the last request for the same link discloses it."""
    before = exchange_of(an_answer(400, said("no")), wrong_token(LEASE, "the-first-one"), login=LOGIN)

    (told,) = problems_of(an_answer(400, said("the-first-one was wrong too")), wrong_token(LEASE), before)

    assert told.message == "repeats a token that was sent before for the same link"


def test_secrets_are_found_in_reasons_trailers_and_tags() -> None:
    """A secret is found behind the status, in a trailer and in an entity tag as in any other header."""
    plain = an_answer(400, said("no"))

    for answer in (
        replace(plain, reason="Not 1234ab"),
        replace(plain, trailers=(("X-Late", "1234ab"),)),
        replace(plain, headers=(*plain.headers, ("ETag", 'W/"1234ab"'))),
    ):
        assert [problem.keyword for problem in problems_of(answer, right(LEASE))] == ["token"]


def test_session_and_link_may_be_repeated() -> None:
    """A UUID of the request is no secret, and digits of a token within a UUID are there by chance."""
    lease = Lease(LEASE.session, LEASE.link, "8ee3")

    assert found_in(said(f"{LEASE.session} and {LEASE.link} are unknown."), right(lease)) == []


def test_what_is_disclosed_breaks_a_clause_of_the_whole_operation() -> None:
    """Nothing of an answer's schema forbids it: the clause is the description of the operation."""
    (found,) = [
        problem
        for problem in exchange_of(an_answer(400, said("1234ab")), right(LEASE), login=LOGIN).problems
        if problem.kind == "disclosure"
    ]

    assert found.clause == CONTRACT.place("description")
    assert found.message == "repeats the token that was sent"


@pytest.mark.parametrize("status", [200, 302, 500])
def test_every_answer_is_judged_for_what_it_discloses(status: int) -> None:
    """An answer of any status discloses, also one that breaks its own clause, or has another media type."""
    for content_type in ("application/json", "text/html", None):
        answer = an_answer(status, b"<p>1234ab</p>", content_type)
        kinds = [problem.kind for problem in exchange_of(answer, right(LEASE), login=LOGIN).problems]
        assert kinds[-1] == "disclosure"
        assert len(kinds) == 2


def test_no_answer_discloses_nothing() -> None:
    """Where no answer came there is nothing to find."""
    assert exchange_of(NoAnswer("timeout", "no whole answer within 10 s", 10.0)).problems == ()
