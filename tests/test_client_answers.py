"""The generated client returns what a right answer says, and names the place of whatever is wrong in another one."""

import asyncio
import copy
import datetime
import pickle
import traceback
from typing import Any
from uuid import UUID

import httpx
import pytest
from links_api_client import ApiError, InvalidBody, LinksApiError, UnexpectedStatus
from links_api_client.api.links import resume
from links_api_client.models import Error, Link, TokenRequired

from tests.client_answers import LINK, PASSWORD, REQUEST, TOKEN, client_answered, client_of, right_answers

RIGHT = right_answers()
STATUSES = sorted(RIGHT)
NO_ANSWERS: dict[str, Any] = {
    "empty": b"",
    "null": None,
    "HTML": b"<html><body>" + TOKEN.encode() + b"</body></html>",
    "string": "a text",
    "number": 5,
    "boolean": True,
    "object": {},
    "list of a number": [1],
    "list of null": [None],
    "not UTF-8": b'{"id": "\xff"}',
    "UTF-16": '{"id": "x"}'.encode("utf-16"),
    "surrogates as UTF-8": b'["\xed\xa0\x80"]',
    "50,000 levels": b"[" * 50_000 + b"]" * 50_000,
    "50,000 levels of objects": b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
    "unfinished": b'{"id": ',
    "two values": b"{} {}",
    "number of 5,000 digits": b"1" * 5_000,
}
UNDECLARED = [204, 299, 301, 404, 415, 429, 502, 520]
WRONG: dict[type, list[Any]] = {
    str: [5, 1.5, True, [], {}, ["text"]],
    UUID: [5, "", "no uuid", f"{{{LINK}}}", LINK.hex, f"{LINK}0", f" {LINK}", f"0x{LINK.hex[2:]}", True, {}],
    int: ["60", 60.5, True, [], {}, float("inf"), float("nan")],
    datetime.datetime: [
        5,
        "",
        "yesterday",
        "2026-03-09",
        "2026-03-09T08:15:27",
        "2026-03-09 08:15:27Z",
        "20260309T081527Z",
        "2026-13-09T08:15:27Z",
        "2026-02-30T08:15:27Z",
        "2026-03-09T24:00:00Z",
        "2026-03-09T08:15:61Z",
        "2026-03-09T08:15:60Z",
        "2016-12-31T23:59:60-08:00",
        "0001-01-01T00:00:60+23:59",
        "2026-03-09T08:15:27+0530",
        "2026-03-09T08:15:27+24:00",
        "\uff12\uff10\uff12\uff16-03-09T08:15:27Z",
    ],
}
TYPES = {str: "string", UUID: "string", int: "integer", datetime.datetime: "string"}
FORMATS = {str: "", UUID: "uuid", int: "", datetime.datetime: "date-time"}
FIELDS: dict[int, dict[str, type]] = {
    200: {
        "id": UUID,
        "institution": str,
        "access_mode": str,
        "last_accessed_at": datetime.datetime,
        "status": str,
        "created_by": UUID,
        "refresh_rate": str,
    },
    400: {"[0].code": str, "[0].message": str, "[0].request_id": str},
    428: {
        "code": str,
        "message": str,
        "request_id": UUID,
        "session": UUID,
        "expiry": int,
        "link": UUID,
        "token_generation_data.instructions": str,
        "token_generation_data.type": str,
        "token_generation_data.value": str,
    },
}
EACH_FIELD = [(status, path) for status, fields in FIELDS.items() for path in fields]
NULLABLE = {(200, "access_mode"), (200, "last_accessed_at"), (200, "refresh_rate")}


def fail(status: int, body: Any) -> LinksApiError:
    """Resume with a client that is answered so, and return what that raises."""
    with client_answered(status, body) as client, pytest.raises(LinksApiError) as caught:
        resume.sync_or_raise(client=client, body=REQUEST)
    return caught.value


def changed(status: int, path: str, *value: Any) -> Any:
    """Return the right answer with another value at the path, or with none."""
    answer = copy.deepcopy(RIGHT[status])
    place = answer[0] if path.startswith("[0].") else answer
    *above, name = path.removeprefix("[0].").split(".")
    for step in above:
        place = place[step]
    if value:
        place[name] = value[0]
    else:
        del place[name]
    return answer


def json_path(path: str) -> str:
    """Write a path as the client does."""
    return f"${path}" if path.startswith("[") else f"$.{path}"


def test_right_answer_is_the_link() -> None:
    """A right 200 is returned as a Link, with every field of it."""
    with client_answered(200, RIGHT[200]) as client:
        link = resume.sync_or_raise(client=client, body=REQUEST)

    assert link.id == LINK
    assert link.last_accessed_at == datetime.datetime(2026, 3, 9, 8, 15, 27, 160530, tzinfo=datetime.UTC)
    assert (link.access_mode, link.refresh_rate, link.status) == ("recurrent", "24h", "valid")


@pytest.mark.parametrize("status", [status for status in STATUSES if status != 200])
def test_declared_errors_are_raised_with_what_they_say(status: int) -> None:
    """A right 400, 401, 428 or 500 is raised as ApiError, with status, model and response."""
    error = fail(status, RIGHT[status])

    assert isinstance(error, ApiError)
    assert (error.status_code, error.response.status_code) == (status, status)
    if status == 428:
        assert isinstance(error.parsed, TokenRequired)
        assert error.parsed.to_dict() == RIGHT[status]
    else:
        assert isinstance(error.parsed, list)
        assert [one.to_dict() for one in error.parsed] == RIGHT[status]
        assert all(isinstance(one, Error) for one in error.parsed)


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("body", NO_ANSWERS.values(), ids=NO_ANSWERS.keys())
def test_body_of_another_kind_is_invalid(status: int, body: Any) -> None:
    """Whatever is not what the status declares is InvalidBody, with the status and a JSON path."""
    error = fail(status, body)

    assert isinstance(error, InvalidBody)
    assert error.status_code == status
    assert error.path.startswith("$")
    assert str(error).startswith(f"{status}: {error.path} ")
    assert len(str(error)) < 80


@pytest.mark.parametrize("status", [400, 401, 500])
def test_empty_list_of_errors_is_invalid(status: int) -> None:
    """A list of errors holds at least one."""
    error = fail(status, [])

    assert isinstance(error, InvalidBody)
    assert str(error) == f"{status}: $ breaks minItems: 1"


@pytest.mark.parametrize(("status", "path"), EACH_FIELD)
def test_missing_field_is_named(status: int, path: str) -> None:
    """An answer without one of its fields is InvalidBody, at that field."""
    error = fail(status, changed(status, path))

    assert isinstance(error, InvalidBody)
    assert (error.path, str(error)) == (json_path(path), f"{status}: {json_path(path)} is missing")


@pytest.mark.parametrize(("status", "path"), EACH_FIELD)
def test_null_is_refused_where_it_is_not_declared(status: int, path: str) -> None:
    """A null is read as None where the contract declares it, and is InvalidBody elsewhere."""
    body = changed(status, path, None)
    if (status, path) in NULLABLE:
        with client_answered(status, body) as client:
            assert getattr(resume.sync_or_raise(client=client, body=REQUEST), path) is None
    else:
        error = fail(status, body)
        assert isinstance(error, InvalidBody)
        assert error.path == json_path(path)


@pytest.mark.parametrize(("status", "path"), EACH_FIELD)
def test_wrong_value_is_refused_and_not_repeated(status: int, path: str) -> None:
    """A field of another type or format is InvalidBody, at that field, and the message does not repeat it."""
    kind = FIELDS[status][path]
    for value in WRONG[kind]:
        error = fail(status, changed(status, path, value))

        assert isinstance(error, InvalidBody), value
        told = f"{status}: {json_path(path)} is not of "
        problems = (f"type {TYPES[kind]}", f"type {TYPES[kind]} or null", f"format {FORMATS[kind]}")
        assert str(error) in {told + problem for problem in problems}, value


@pytest.mark.parametrize("token_generation_data", [None, [], "text", 5])
def test_wrong_container_within_is_refused(token_generation_data: Any) -> None:
    """A nested object that is none is InvalidBody, at its own path."""
    error = fail(428, changed(428, "token_generation_data", token_generation_data))

    assert isinstance(error, InvalidBody)
    assert error.path == "$.token_generation_data"


def test_second_error_of_a_list_is_named() -> None:
    """The path counts into a list."""
    error = fail(400, [*RIGHT[400], {"code": "a", "message": 5, "request_id": "b"}])

    assert isinstance(error, InvalidBody)
    assert error.path == f"$[{len(RIGHT[400])}].message"


@pytest.mark.parametrize("status", UNDECLARED)
@pytest.mark.parametrize("body", [b"", b"<html>", b"{}"])
def test_undeclared_status_is_unexpected(status: int, body: bytes) -> None:
    """Any other status is UnexpectedStatus, whatever its body, and whether or not Python has a name for it."""
    error = fail(status, body)

    assert isinstance(error, UnexpectedStatus)
    assert error.status_code == status
    assert error.response.content == body


@pytest.mark.parametrize("status", UNDECLARED)
def test_detailed_call_tells_an_undeclared_status(status: int) -> None:
    """The stock functions return an undeclared status without a model, or raise it when asked to."""
    with client_answered(status, b"") as client:
        answer = resume.sync_detailed(client=client, body=REQUEST)
        assert (answer.status_code, answer.parsed) == (status, None)
        assert resume.sync(client=client, body=REQUEST) is None
        client.raise_on_unexpected_status = True
        with pytest.raises(UnexpectedStatus):
            resume.sync(client=client, body=REQUEST)


@pytest.mark.parametrize("status", STATUSES)
def test_every_way_to_call_reads_the_same(status: int) -> None:
    """The four stock functions return for each declared status what the raising ones return or raise."""

    async def call_async() -> list[Any]:
        async with client_answered(status, RIGHT[status]) as client:
            detailed = await resume.asyncio_detailed(client=client, body=REQUEST)
            assert detailed.status_code == status
            answers: list[Any] = [detailed.parsed, await resume.asyncio(client=client, body=REQUEST)]
            try:
                return [*answers, await resume.asyncio_or_raise(client=client, body=REQUEST)]
            except ApiError as error:
                return [*answers, error.parsed]

    with client_answered(status, RIGHT[status]) as client:
        detailed = resume.sync_detailed(client=client, body=REQUEST)
        assert detailed.status_code == status
        answers = [detailed.parsed, resume.sync(client=client, body=REQUEST), *asyncio.run(call_async())]
    assert answers[0] is not None
    assert all(answer == answers[0] for answer in answers)


@pytest.mark.parametrize("status", STATUSES)
def test_async_call_refuses_what_the_sync_one_does(status: int) -> None:
    """A wrong body is InvalidBody to every way of calling."""

    async def call_async() -> None:
        async with client_answered(status, "text") as client:
            for call in (resume.asyncio_or_raise, resume.asyncio, resume.asyncio_detailed):
                with pytest.raises(InvalidBody):
                    await call(client=client, body=REQUEST)

    asyncio.run(call_async())
    with client_answered(status, "text") as client:
        for call in (resume.sync, resume.sync_detailed):
            with pytest.raises(InvalidBody):
                call(client=client, body=REQUEST)


@pytest.mark.parametrize(("sent", "read"), [(60, 60), (60.0, 60), (0, 0), (-1, -1), (10**30, 10**30)])
def test_every_spelling_of_an_integer_is_read(sent: float, read: int) -> None:
    """A number without a fraction is an integer, as JSON Schema has it."""
    error = fail(428, changed(428, "expiry", sent))

    assert isinstance(error, ApiError)
    assert isinstance(error.parsed, TokenRequired)
    assert (error.parsed.expiry, type(error.parsed.expiry)) == (read, int)


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("2026-03-09T08:15:27Z", "2026-03-09T08:15:27+00:00"),
        ("2026-03-09t08:15:27z", "2026-03-09T08:15:27+00:00"),
        ("2026-03-09T08:15:27.5Z", "2026-03-09T08:15:27.500000+00:00"),
        ("2026-03-09T08:15:27.123456789Z", "2026-03-09T08:15:27.123456+00:00"),
        ("2026-03-09T08:15:27-00:00", "2026-03-09T08:15:27+00:00"),
        ("2026-03-09T13:45:27.1+05:30", "2026-03-09T13:45:27.100000+05:30"),
        ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59+00:00"),
        ("2026-12-31T23:59:60Z", "2026-12-31T23:59:59+00:00"),
        ("2026-12-31T15:59:60.5-08:00", "2026-12-31T15:59:59.500000-08:00"),
    ],
)
def test_every_spelling_of_a_date_time_is_read(sent: str, read: str) -> None:
    """Every date-time of RFC 3339 is read, a leap second as the second before it."""
    with client_answered(200, changed(200, "last_accessed_at", sent)) as client:
        link = resume.sync_or_raise(client=client, body=REQUEST)

    assert link.last_accessed_at == datetime.datetime.fromisoformat(read)
    assert link.to_dict()["last_accessed_at"] == read


def test_uuid_is_read_in_any_case() -> None:
    """Upper case names the same link as lower case."""
    with client_answered(200, changed(200, "id", str(LINK).upper())) as client:
        assert resume.sync_or_raise(client=client, body=REQUEST).id == LINK


def test_unknown_fields_and_values_survive_a_round_trip() -> None:
    """What the contract does not name is kept and written back, however deep."""
    extra = {"risk": {"level": [1, None, {"a": 2.5}]}, "additional_properties": 1, "id2": "x"}
    sent = RIGHT[200] | extra | {"status": "a value nobody knows"}
    with client_answered(200, sent) as client:
        link = resume.sync_or_raise(client=client, body=REQUEST)

    assert link.additional_properties == extra
    written = link.to_dict()
    assert written | {"last_accessed_at": sent["last_accessed_at"]} == sent
    assert Link.from_dict(written) == link


def test_unknown_fields_within_survive_a_round_trip() -> None:
    """The objects and lists within an answer keep unknown fields as well."""
    sent = changed(428, "token_generation_data.expires_in", 5)
    error = fail(428, sent)
    assert isinstance(error, ApiError)
    assert isinstance(error.parsed, TokenRequired)
    assert error.parsed.to_dict() == sent

    errors = fail(400, [{**RIGHT[400][0], "field": "token"}])
    assert isinstance(errors, ApiError)
    assert isinstance(errors.parsed, list)
    assert errors.parsed[0]["field"] == "token"


def test_nothing_of_the_body_is_in_an_error() -> None:
    """The message, traceback, cause and context of an error repeat nothing of the body."""
    for body in (b'{"secret-in-body', {"id": "secret-in-body"}, changed(200, "last_accessed_at", "secret-in-body")):
        error = fail(200, body)

        told = "".join(traceback.format_exception(error)) + repr(error) + str(error)
        assert "secret-in-body" not in told
        assert (error.__cause__, error.__context__) == (None, None)


@pytest.mark.parametrize(("status", "body"), [(428, RIGHT[428]), (404, b""), (200, b"{}")])
def test_errors_survive_a_copy(status: int, body: Any) -> None:
    """An error can go to another process: it is pickled and copied with all it holds."""
    error = fail(status, body)

    for same in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert type(same) is type(error)
        assert (str(same), same.status_code) == (str(error), error.status_code)
        assert same.response.content == error.response.content
    assert not any(secret in repr(error) for secret in (TOKEN, PASSWORD))


def test_errors_of_httpx_pass_through() -> None:
    """No answer is httpx's own error, unchanged."""

    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("no way", request=request)

    with client_of(refuse) as client, pytest.raises(httpx.ConnectError, match="no way"):
        resume.sync_or_raise(client=client, body=REQUEST)
