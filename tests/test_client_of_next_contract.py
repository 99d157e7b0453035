"""A contract that changes is generated from without a change to the templates, and its client is as strict."""

import datetime
import importlib.util
import json
import sys
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import UUID

import generate_client
import httpx
import pytest

from tests.client_answers import LINK, SESSION
from tests.next_contracts import (
    JSON,
    NEXT,
    Answer,
    Document,
    NextContract,
    Wrong,
    errors,
    example,
    link,
    link_field,
    operation,
    response,
    schema,
)
from tests.type_checkers import mypy, pyright

A_UUID = "39cd6a88-8ee3-4e59-a861-b8a2187e0f4c"
ERROR = {"$ref": "#/components/schemas/Error"}
TEXT = {"type": "string"}
CARD = {"type": "object", "required": ["kind", "last"], "properties": {"kind": {"const": "card"}, "last": TEXT}}
BANK = {"type": "object", "required": ["kind", "iban"], "properties": {"kind": {"enum": ["bank"]}, "iban": TEXT}}


def each(name: str, of: Document, right: list[Any], wrong: list[tuple[Any, str]]) -> NextContract:
    """Make a contract whose 200 has one more optional field, with values that fit and values that do not."""
    return NextContract(
        name,
        link_field("extra", of),
        right=(link(), *(link(extra=value) for value in right)),
        wrong=tuple(Wrong(link(extra=value), f"$.extra{place}") for value, place in wrong),
    )


def inline_errors(document: Document) -> None:
    """Write the list of errors into its response."""
    item = schema(document, "Error")
    document["components"]["responses"]["BadRequest"]["content"][JSON]["schema"] = {
        "type": "array",
        "minItems": 1,
        "items": item,
    }


def recursive(document: Document) -> None:
    """Let an error have causes of its own kind."""
    schema(document, "Error")["properties"]["causes"] = {"$ref": "#/components/schemas/ErrorList"}


def text_answer(document: Document) -> None:
    """Answer 500 with text, and 503 with bytes."""
    text = {"text/plain": {"schema": {"type": "string", "minLength": 2}}}
    operation(document)["responses"]["500"] = {"description": "Failed.", "content": text}
    binary = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
    operation(document)["responses"]["503"] = {"description": "A dump.", "content": binary}


# What the schema of an answer may say besides what tests/next_contracts.py has.
KEYWORDS = (
    each("boolean", {"type": "boolean"}, [True], [(1, "")]),
    each("number", {"type": "number", "multipleOf": 0.1}, [0.3, 1], [("1", ""), (True, ""), (0.35, "")]),
    each("bounds", {"type": "number", "exclusiveMinimum": 0, "maximum": 9}, [0.1, 9], [(0, ""), (9.5, "")]),
    each("list", {"type": "array", "items": {"type": "string", "format": "uuid"}}, [[A_UUID], []], [(["39cd"], "[0]")]),
    each("unique list", {"type": "array", "uniqueItems": True}, [[1, "1"]], [([1, 1], "")]),
    each("short list", {"type": "array", "maxItems": 2, "minItems": 1}, [[1, "1"]], [([], ""), ([1, 2, 3], "")]),
    each("anything", {}, [{"a": [1]}, None, "text"], []),
    each("secret", {"type": "string", "writeOnly": True}, ["hush"], []),
    each("null or a moment", {"type": ["string", "null"], "format": "date-time"}, [None], [("soon", "")]),
    each("one of scalars", {"oneOf": [{"type": "string"}, {"type": "integer"}]}, ["o", 5], [(True, ""), ([], "")]),
    each("null or a date", {"anyOf": [{"type": "string", "format": "date"}, {"type": "null"}]}, [None], [("soon", "")]),
    each("const", {"type": "string", "const": "fixed"}, ["fixed"], [("other", ""), (1, "")]),
    each("const true", {"const": True}, [True], [(1, ""), (False, "")]),
    each(
        "map",
        {"type": "object", "additionalProperties": {"type": "integer"}},
        [{}, {"a": 1}],
        [({"a": "x"}, ".a"), ([], "")],
    ),
    each(
        "map of objects",
        {"type": "object", "additionalProperties": ERROR},
        [{"a": example("400")[0]}],
        [({"a": {}}, ".a.code")],
    ),
    each(
        "closed object",
        {"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": False},
        [{"a": "x"}],
        [({"b": 1}, "")],
    ),
    each(
        "told apart",
        {"oneOf": [CARD, BANK]},
        [{"kind": "card", "last": "42"}, {"kind": "bank", "iban": "MX"}],
        [({"kind": "cash", "last": "42"}, ".kind"), ({"kind": "bank"}, ".iban"), ({}, ".kind")],
    ),
    each(
        "put together",
        {"allOf": [{"$ref": "#/components/schemas/TokenGenerationData"}], "properties": {"more": {"type": "integer"}}},
        [{**example("428")["token_generation_data"], "more": 1}],
        [({}, ".instructions"), ({**example("428")["token_generation_data"], "more": "1"}, ".more")],
    ),
    each("nullable in 3.0", {"nullable": True, "type": "string", "enum": ["a", None]}, [None, "a"], [(1, "")]),
    each("nullable reference in 3.0", {"nullable": True, "allOf": [ERROR]}, [None], [({}, ".code")]),
    each("exclusive in 3.0", {"type": "integer", "minimum": 0, "exclusiveMinimum": True}, [1], [(0, "")]),
    NextContract(
        "inline list of a response",
        inline_errors,
        right=(errors(400),),
        wrong=(Wrong(Answer(400, [{}]), "$[0].code"),),
    ),
    NextContract(
        "recursion",
        recursive,
        right=(Answer(400, [{**example("400")[0], "causes": example("400")}]),),
        wrong=(Wrong(Answer(400, [{**example("400")[0], "causes": [{}]}]), "$[0].causes[0].code"),),
    ),
    NextContract(
        "text and bytes",
        text_answer,
        right=(
            Answer(500, b"failed", media_type="text/plain"),
            Answer(503, b"\xff", media_type="application/octet-stream"),
        ),
        wrong=(Wrong(Answer(500, b"f", media_type="text/plain"), "$"),),
    ),
    NextContract(
        "JSON of any kind",
        response("418", {"description": "Tea.", "content": {JSON: {}}}),
        right=(Answer(418, [1]),),
    ),
)


def accounts(document: Document) -> None:
    """Declare operations of every other shape: parameters of all places, no bodies, ranges, headers, a file."""
    text, day = {"type": "string"}, {"type": "string", "format": "date"}
    document["components"]["parameters"] = {"Trace": {"name": "X-Trace", "in": "header", "schema": text}}
    fields = {"id": text, "pin": {**text, "format": "password"}, "days": {"type": "array", "items": day}}
    item = {"type": "object", "required": ["id", "days"], "properties": fields}
    headers = {
        "X-Day": {"required": True, "schema": day},
        "X-Pages": {"schema": {"type": "array", "items": {"type": "integer"}}},
        "X-Total": {"schema": {"type": ["integer", "null"]}},
        "Content-Type": {"schema": text},
    }
    upload = {
        "multipart/form-data": {"schema": {"type": "object", "properties": {"file": {**text, "format": "binary"}}}}
    }
    document["paths"]["/api/links/{linkId}/accounts"] = {
        "parameters": [{"name": "linkId", "in": "path", "required": True, "schema": text}],
        "get": {
            "operationId": "listAccounts",
            "tags": ["accounts"],
            "parameters": [
                {"name": "since", "in": "query", "schema": day},
                {"name": "state", "in": "query", "schema": {"type": "array", "items": {**text, "enum": ["a", "b"]}}},
                {"$ref": "#/components/parameters/Trace"},
            ],
            "responses": {
                "200": {
                    "description": "All of them.",
                    "headers": headers,
                    "content": {JSON: {"schema": {"type": "array", "items": item}}},
                },
                "default": {"$ref": "#/components/responses/BadRequest"},
            },
        },
        "delete": {"responses": {"204": {"description": "Gone."}, "404": {"description": "Not there."}}},
        "put": {"requestBody": {"content": upload}, "responses": {"2XX": {"description": "Taken."}}},
        "head": {"responses": {"default": {"description": "As it is."}}},
    }


ACCOUNTS = NextContract("operations of every other shape", accounts)


@dataclass(frozen=True)
class Generated:
    """A client generated from a changed contract, imported under a name of its own."""

    package: ModuleType
    folder: Path

    def module(self, name: str) -> Any:
        """Import one of its modules."""
        return importlib.import_module(f"{self.package.__name__}.{name}")

    def call(self, sent: Answer, **fields: Any) -> Any:
        """Resume, answered so, and return the answer or the error."""
        requests: list[httpx.Request] = []
        return self.call_and_see(sent, requests, **fields)

    def call_and_see(self, sent: Answer, requests: list[httpx.Request], **fields: Any) -> Any:
        """Resume, answered so, and keep the request."""
        content = sent.body if isinstance(sent.body, bytes) else json.dumps(sent.body).encode()
        headers = {"Content-Type": sent.media_type, **sent.headers}

        def answer(request: httpx.Request) -> httpx.Response:
            requests.append(request)
            return httpx.Response(sent.status, content=content, headers=headers)

        arguments = {"httpx_args": {"transport": httpx.MockTransport(answer)}}
        body = self.module("models").ResumeRequest(session=SESSION, token="t", link=LINK, **fields)
        with self.package.basic_auth_client("http://h.test", "id", "pw", **arguments) as client:
            try:
                return self.module("api.links.resume").sync_or_raise(client=client, body=body)
            except self.package.LinksApiError as error:
                return error


Generate = Callable[[NextContract], Generated]


@pytest.fixture(scope="module")
def generate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Generate]:
    """Generate the client of a changed contract, once each."""
    made: dict[str, Generated] = {}

    def once(contract: NextContract) -> Generated:
        if contract.name not in made:
            folder = tmp_path_factory.mktemp("next")
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                with generate_client.fresh_client(contract.write(folder), beside=folder / "generated") as fresh:
                    fresh.rename(folder / "generated")
            made[contract.name] = Generated(imported(folder / "generated"), folder / "generated")
        return made[contract.name]

    yield once
    for name in [name for name in sys.modules if name.startswith("client_of_")]:
        del sys.modules[name]


def imported(folder: Path) -> ModuleType:
    """Import a generated package beside the one of today's contract."""
    name = f"client_of_{folder.parent.name}"
    init = folder / "links_api_client" / "__init__.py"
    spec = importlib.util.spec_from_file_location(name, init, submodule_search_locations=[str(init.parent)])
    assert spec
    assert spec.loader
    sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


def named(contracts: tuple[NextContract, ...]) -> pytest.MarkDecorator:
    """Parametrize a test by contracts."""
    return pytest.mark.parametrize("contract", contracts, ids=[contract.name for contract in contracts])


def written(value: Any) -> Any:
    """Return what was read as the JSON that came."""
    if isinstance(value, list):
        return [written(one) for one in value]
    return value.to_dict() if hasattr(value, "to_dict") else value


@named(NEXT + KEYWORDS)
def test_right_answers_are_read(generate: Generate, contract: NextContract) -> None:
    """What fits the new contract is returned, or raised as a declared error, with every field of it."""
    client = generate(contract)
    for sent in contract.right or (link(), errors(400)):
        answer = client.call(sent, **contract.request)

        if sent.status >= 300:
            assert isinstance(answer, client.package.ApiError), (answer, sent)
            answer = answer.parsed
        else:
            assert not isinstance(answer, Exception), (answer, sent)
        if sent.media_type.endswith("json") and sent.body != b"":
            assert written(answer) == sent.body
        assert "hush" not in repr(answer)


@named(tuple(contract for contract in NEXT + KEYWORDS if contract.wrong))
def test_wrong_answers_are_refused(generate: Generate, contract: NextContract) -> None:
    """What does not fit the new contract is InvalidBody (or InvalidHeader, when it is read), with its place."""
    client = generate(contract)
    for wrong in contract.wrong:
        error = client.call(wrong.answer, **contract.request)

        if not wrong.place.startswith("$"):
            with pytest.raises(client.package.InvalidHeader) as caught:
                client.module("api.links.resume").headers_401(error.response)
            assert caught.value.name == wrong.place
        else:
            assert isinstance(error, client.package.InvalidBody), (error, wrong)
            assert error.path == wrong.place


@pytest.mark.parametrize("name", ["optional request field", "required request field"])
def test_request_field_is_sent(generate: Generate, name: str) -> None:
    """A new field of the request is an argument of its model, needed only where the contract needs it."""
    (contract,) = (one for one in NEXT if one.name == name)
    client = generate(contract)
    requests: list[httpx.Request] = []
    client.call_and_see(link(), requests, channel="sms")

    assert json.loads(requests[0].content)["channel"] == "sms"
    if name.startswith("required"):
        with pytest.raises(TypeError, match="channel"):
            client.call(link())
    else:
        client.call_and_see(link(), requests)
        assert "channel" not in json.loads(requests[1].content)


@pytest.mark.parametrize(
    ("name", "method", "path"), [("path", "PATCH", "/api/v2/links/resume/"), ("method", "POST", "/api/links/")]
)
def test_path_and_method_follow(generate: Generate, name: str, method: str, path: str) -> None:
    """The client sends what the contract says to where the contract says."""
    (contract,) = (one for one in NEXT if one.name == name)
    requests: list[httpx.Request] = []
    generate(contract).call_and_see(link(), requests)

    assert (requests[0].method, requests[0].url.path) == (method, path)


def test_headers_are_typed(generate: Generate) -> None:
    """A declared header is an attribute of its type, read out of an error's response or a detailed answer."""
    (contract,) = (one for one in NEXT if one.name == "response header")
    client = generate(contract)
    resume, types = client.module("api.links.resume"), client.module("types")
    error = client.call(errors(401, headers={"retry-after": "30"}))

    assert resume.headers_401(error.response).retry_after == 30
    detailed = types.Response(status_code=401, content=b"", headers=error.response.headers, parsed=None)
    assert resume.headers_401(detailed).retry_after == 30


def test_second_operation_is_called_the_same_way(generate: Generate) -> None:
    """Another operation has its own module, a success of its own status, and no secret in a repr."""
    (contract,) = (one for one in NEXT if one.name == "second operation")
    client = generate(contract)
    transport = httpx.MockTransport(lambda request: httpx.Response(201, json=link().body))
    body = client.module("models").RegisterRequest(institution="i", password="hush")
    with client.package.basic_auth_client("http://h.test", "id", "pw", httpx_args={"transport": transport}) as made:
        answer = client.module("api.links.register").sync_or_raise(client=made, body=body)

    assert answer.to_dict() == link().body
    assert "hush" not in repr(body)


def test_second_scheme_leaves_both_clients(generate: Generate) -> None:
    """Where two schemes are accepted, a client of either may be passed, and sends its own credentials."""
    (contract,) = (one for one in NEXT if one.name == "second security scheme")
    client = generate(contract)
    sent: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request.headers["Authorization"])
        return httpx.Response(200, json=example("200"))

    body = client.module("models").ResumeRequest(session=SESSION, token="t", link=LINK)
    settings = {"httpx_args": {"transport": httpx.MockTransport(answer)}}
    for made in (
        client.package.basic_auth_client("http://h.test", "id", "pw", **settings),
        client.package.AuthenticatedClient("http://h.test", token="the-bearer", **settings),
    ):
        client.module("api.links.resume").sync_or_raise(client=made, body=body)
        assert "the-bearer" not in repr(made)
    assert sent == ["Basic aWQ6cHc=", "Bearer the-bearer"]


@pytest.mark.parametrize("name", ["split document", "3.0"])
def test_other_spellings_make_the_same_client(generate: Generate, name: str) -> None:
    """The same contract in several files, or in OpenAPI 3.0, makes the same code, and the same checks."""
    (contract,) = (one for one in NEXT if one.name == name)
    made = generate(contract).folder / "links_api_client"
    for path in sorted((generate_client.ROOT / "generated" / "links_api_client").rglob("*.py")):
        name = path.relative_to(generate_client.ROOT / "generated" / "links_api_client").as_posix()
        assert (made / name).read_text("utf-8") == path.read_text("utf-8"), name


def test_undeclared_status_stays_unexpected(generate: Generate) -> None:
    """A declared 204 or 4XX declares no other status; `default` declares them all."""
    by_name = {contract.name: contract for contract in NEXT}
    client = generate(by_name["204"])
    assert isinstance(client.call(Answer(205, b"")), client.package.UnexpectedStatus)
    assert client.call(Answer(204, b"")) is None
    client = generate(by_name["4XX and default"])
    assert isinstance(client.call(errors(302)), client.package.ApiError)


def test_right_alternative_is_read(generate: Generate) -> None:
    """Of objects that a const tells apart, the model of the one that came is made."""
    (contract,) = (one for one in KEYWORDS if one.name == "told apart")
    client = generate(contract)

    kinds = [type(client.call(sent).extra).__name__ for sent in contract.right[1:]]
    assert kinds == ["LinkExtraType0", "LinkExtraType1"]


def test_values_have_their_types(generate: Generate) -> None:
    """Dates, moments, UUIDs and numbers come as Python's own."""
    by_name = {contract.name: contract for contract in NEXT + KEYWORDS}
    assert generate(by_name["date"]).call(link(opened_on="2024-02-29")).opened_on == datetime.date(2024, 2, 29)
    assert generate(by_name["list"]).call(link(extra=[A_UUID])).extra == [UUID(A_UUID)]
    moment = generate(by_name["null or a moment"]).call(link(extra="2016-12-31T23:59:60Z")).extra
    assert moment == datetime.datetime(2016, 12, 31, 23, 59, 59, tzinfo=datetime.UTC)
    owner = generate(by_name["nested nullable object"]).call(link(owner={"name": "Ada", "born_on": "1815-12-10"})).owner
    assert owner.born_on == datetime.date(1815, 12, 10)


def test_operations_of_every_other_shape(generate: Generate) -> None:
    """Parameters go where they are declared, a success without a body is None, and headers are read by their types."""
    client = generate(ACCOUNTS)
    requests: list[httpx.Request] = []
    headers = {"X-Day": "2024-02-29", "X-Pages": "1, 2", "X-Total": "3"}
    answers = iter(
        [
            httpx.Response(200, json=[{"id": "a", "pin": "hush", "days": ["2024-02-29"]}], headers=headers),
            httpx.Response(204),
            httpx.Response(404),
            httpx.Response(206),
            httpx.Response(200),
        ]
    )

    def answer(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return next(answers)

    settings = {"httpx_args": {"transport": httpx.MockTransport(answer)}}
    with client.package.basic_auth_client("http://h.test", "id", "pw", **settings) as made:
        listing = client.module("api.accounts.list_accounts")
        listed = listing.sync_detailed(
            "a/b", client=made, since=datetime.date(2024, 2, 29), state=["a", "c"], x_trace=A_UUID
        )
        deleting = client.module("api.default.delete_api_links_link_id_accounts")
        assert deleting.sync_or_raise("x", client=made) is None
        with pytest.raises(client.package.ApiError) as caught:
            deleting.sync_or_raise("x", client=made)
        for name in ("put", "head"):
            module = client.module(f"api.default.{name}_api_links_link_id_accounts")
            assert module.sync_or_raise("x", client=made) is None

    assert caught.value.parsed is None
    assert "hush" not in repr(listed.parsed)
    assert [account.days for account in listed.parsed] == [[datetime.date(2024, 2, 29)]]
    assert listed.parsed[0].to_dict()["days"] == ["2024-02-29"]
    assert requests[0].url.raw_path == b"/api/links/a%2Fb/accounts?since=2024-02-29&state=a&state=c"
    assert requests[0].headers["X-Trace"] == A_UUID
    read = listing.headers_200(listed)
    assert (read.x_day, read.x_pages, read.x_total) == (datetime.date(2024, 2, 29), [1, 2], 3)


def test_unquoted_status_is_a_status(tmp_path: Path) -> None:
    """A status written without quotes, which YAML reads as a number, makes the same client."""
    text = (generate_client.ROOT / "openapi.yaml").read_text("utf-8")
    (tmp_path / "openapi.yaml").write_text(text.replace("'200':", "200:").replace("'428':", "428:"), "utf-8")
    with generate_client.fresh_client(tmp_path / "openapi.yaml") as fresh:
        made = (fresh / "links_api_client" / "api" / "links" / "resume.py").read_text("utf-8")
    assert made == (generate_client.ROOT / "generated/links_api_client/api/links/resume.py").read_text("utf-8")


def test_clients_are_clean_under_type_checkers(generate: Generate, tmp_path: Path) -> None:
    """Each client of a changed contract passes mypy's strict mode, and one with everything pyright's."""
    folders = [generate(contract).folder / "links_api_client" for contract in (*NEXT, *KEYWORDS, ACCOUNTS)]
    clients = [tmp_path / f"client{number}" for number in range(len(folders))]
    for client, folder in zip(clients, folders, strict=True):
        client.symlink_to(folder)
    assert "no issues" in mypy(tmp_path, *clients)

    summary = pyright(tmp_path, generate(ACCOUNTS).folder)
    assert summary["filesAnalyzed"] > 10
    assert (summary["errorCount"], summary["warningCount"]) == (0, 0)
