"""What openapi.yaml may become: small patches of it, each with answers that are right and wrong under the new contract.

`NEXT` is read by the tests of the generated client and by those of the suite.
"""

import copy
import functools
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

Document = dict[str, Any]
SPEC = Path(__file__).parent.parent / "openapi.yaml"
PATH = "/api/links/"
JSON = "application/json"
OF_ITS_OWN = "application/vnd.links+json"


@dataclass(frozen=True)
class Answer:
    """An answer of a server: JSON by its value, anything else as bytes."""

    status: int
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    media_type: str = JSON


@dataclass(frozen=True)
class Wrong:
    """An answer that does not fit the new contract, and the place in it that is wrong (a JSON path or a header)."""

    answer: Answer
    place: str


@dataclass(frozen=True)
class NextContract:
    """A change of the contract: the patch, what a right and a wrong server answers, and fields a request now has."""

    name: str
    patch: Callable[[Document], object]
    right: tuple[Answer, ...] = ()
    wrong: tuple[Wrong, ...] = ()
    request: dict[str, Any] = field(default_factory=dict)
    files: Callable[[Document], dict[str, Any]] = lambda _: {}

    def write(self, folder: Path) -> Path:
        """Write the new contract, with the files beside it that it refers to, and return where it begins."""
        document = current()
        others = self.files(document)
        self.patch(document)
        for name, content in {"openapi.yaml": document, **others}.items():
            (folder / name).write_text(yaml.safe_dump(content, sort_keys=False), "utf-8")
        return folder / "openapi.yaml"


def current() -> Document:
    """Return the contract as it is today, to be changed."""
    return copy.deepcopy(_read())


@functools.cache
def _read() -> Document:
    document: Document = yaml.safe_load(SPEC.read_text("utf-8"))
    return document


def operation(document: Document) -> Document:
    """Return the one operation of today's contract."""
    found: Document = document["paths"][PATH]["patch"]
    return found


def schema(document: Document, name: str) -> Document:
    """Return a schema of the contract by its name."""
    found: Document = document["components"]["schemas"][name]
    return found


def example(status: str) -> Any:
    """Return the first right body of a status of today's contract."""
    document = current()
    name = operation(document)["responses"][status]["$ref"].rpartition("/")[2]
    return next(iter(document["components"]["responses"][name]["content"][JSON]["examples"].values()))["value"]


def link(**changes: Any) -> Answer:
    """Return a right 200 with these fields changed or added, each spelled as a client writes it back."""
    return Answer(200, {**example("200"), "last_accessed_at": "2026-03-09T08:15:27.160530+00:00", **changes})


def errors(status: int, **changes: Any) -> Answer:
    """Return a right list of errors with these members of the answer changed."""
    return Answer(status, copy.deepcopy(example("400")), **changes)


def link_field(name: str, of: Document, *, required: bool = False) -> Callable[[Document], None]:
    """Return the patch that declares a field of the 200."""

    def patch(document: Document) -> None:
        schema(document, "Link")["properties"][name] = of
        if required:
            schema(document, "Link")["required"].append(name)

    return patch


def request_field(name: str, of: Document, *, required: bool = False) -> Callable[[Document], None]:
    """Return the patch that declares a field of the request."""

    def patch(document: Document) -> None:
        schema(document, "ResumeRequest")["properties"][name] = of
        if required:
            schema(document, "ResumeRequest")["required"].append(name)

    return patch


def response(status: str, declared: Document) -> Callable[[Document], None]:
    """Return the patch that declares one more response."""
    return lambda document: operation(document)["responses"].update({status: declared})


def described(ref: str, **more: Any) -> Document:
    """Return a response with a JSON body of this schema."""
    body = {"schema": {"$ref": f"#/components/schemas/{ref}"}}
    return {"description": "Another answer.", "content": {JSON: body}, **more}


def new_header(document: Document) -> None:
    """Declare a required header of every 401."""
    document["components"]["responses"]["Unauthorized"]["headers"] = {
        "Retry-After": {"required": True, "description": "Seconds.", "schema": {"type": "integer", "minimum": 0}},
    }


def moved_path(document: Document) -> None:
    """Serve the operation at another path."""
    document["paths"]["/api/v2/links/resume/"] = document["paths"].pop(PATH)


def other_method(document: Document) -> None:
    """Serve the operation by POST."""
    document["paths"][PATH]["post"] = document["paths"][PATH].pop("patch")


def other_media_type(document: Document) -> None:
    """Answer 400 as a problem document."""
    content = document["components"]["responses"]["BadRequest"]["content"]
    content["application/problem+json"] = content.pop(JSON)


def request_media_type(document: Document) -> None:
    """Take a request as JSON of the service's own."""
    content = document["components"]["requestBodies"]["Resume"]["content"]
    content[OF_ITS_OWN] = content.pop(JSON)


def second_operation(document: Document) -> None:
    """Declare Register: a link is begun by POST, and paused by 428 or registered by 201."""
    document["components"]["schemas"]["RegisterRequest"] = {
        "description": "Which institution to register a link with.",
        "type": "object",
        "required": ["institution", "password"],
        "properties": {
            "institution": {"description": "Its name.", "type": "string"},
            "password": {"description": "The user's.", "type": "string", "format": "password", "writeOnly": True},
        },
    }
    document["paths"][PATH]["post"] = {
        "operationId": "register",
        "tags": ["links"],
        "summary": "Register a link",
        "description": "Begins the registration of a link.",
        "requestBody": {
            "required": True,
            "content": {JSON: {"schema": {"$ref": "#/components/schemas/RegisterRequest"}}},
        },
        "responses": {
            "201": described("Link"),
            "428": {"$ref": "#/components/responses/TokenRequired"},
            "400": {"$ref": "#/components/responses/BadRequest"},
        },
    }


def second_scheme(document: Document) -> None:
    """Accept a bearer token as well."""
    document["components"]["securitySchemes"]["bearer"] = {"type": "http", "scheme": "bearer"}
    operation(document)["security"] = [{"basic": []}, {"bearer": []}]


def in_3_0(document: Document) -> None:
    """Write the same contract in OpenAPI 3.0."""
    document["openapi"] = "3.0.4"
    del document["info"]["summary"], document["info"]["license"]["identifier"]
    for declared in schema(document, "Link")["properties"].values():
        if isinstance(declared["type"], list):
            declared |= {"type": "string", "nullable": True}


def split(document: Document) -> None:
    """Keep the schemas in a file of their own, and a response in another one."""
    for name, declared in document["components"]["schemas"].items():
        declared.clear()
        declared["$ref"] = f"schemas.yaml#/{name}"
    document["components"]["responses"]["TokenRequired"] = {"$ref": "./token_required.yaml"}


def split_files(document: Document) -> dict[str, Any]:
    """Return the files of the split contract."""
    schemas = copy.deepcopy(document["components"]["schemas"])
    schemas["ErrorList"]["items"]["$ref"] = "#/Error"
    schemas["TokenRequired"]["properties"]["token_generation_data"]["$ref"] = "#/TokenGenerationData"
    answer = copy.deepcopy(document["components"]["responses"]["TokenRequired"])
    answer["content"][JSON]["schema"]["$ref"] = "schemas.yaml#/TokenRequired"
    return {"schemas.yaml": schemas, "token_required.yaml": answer}


def removed_field(document: Document) -> None:
    """No longer say how often the institution is read."""
    del schema(document, "Link")["properties"]["refresh_rate"]
    schema(document, "Link")["required"].remove("refresh_rate")


def ranges(document: Document) -> None:
    """Declare every error of the caller's at once, and all others by default."""
    declared = operation(document)["responses"]
    del declared["400"], declared["401"], declared["500"]
    declared["4XX"] = {"$ref": "#/components/responses/BadRequest"}
    declared["default"] = {"$ref": "#/components/responses/UnexpectedError"}


OWNER = {
    "type": ["object", "null"],
    "required": ["name"],
    "properties": {"name": {"type": "string"}, "born_on": {"type": ["string", "null"], "format": "date"}},
}
WITHOUT_RATE = {name: value for name, value in link().body.items() if name != "refresh_rate"}
NEXT: tuple[NextContract, ...] = (
    NextContract(
        "optional request field",
        request_field("channel", {"type": "string", "minLength": 1}),
        request={"channel": "sms"},
    ),
    NextContract(
        "required request field",
        request_field("channel", {"type": "string"}, required=True),
        request={"channel": "sms"},
    ),
    NextContract(
        "required response property",
        link_field("currency", {"type": "string"}, required=True),
        right=(link(currency="EUR"),),
        wrong=(Wrong(link(), "$.currency"), Wrong(link(currency=None), "$.currency")),
    ),
    NextContract(
        "pattern and lengths",
        link_field("currency", {"type": "string", "pattern": "^[A-Z]*$", "minLength": 3, "maxLength": 3}),
        right=(link(), link(currency="EUR")),
        wrong=tuple(Wrong(link(currency=text), "$.currency") for text in ("EU", "EURO", "eur", "EU\n")),
    ),
    NextContract(
        "enum",
        link_field("grade", {"type": "string", "enum": ["a", "b"]}, required=True),
        right=(link(grade="a"), link(grade="b")),
        wrong=(Wrong(link(grade=1), "$.grade"),),
    ),
    NextContract("sixth response", response("409", described("ErrorList")), right=(errors(409),)),
    NextContract(
        "response header",
        new_header,
        right=(errors(401, headers={"retry-after": "30"}),),
        wrong=tuple(
            Wrong(errors(401, headers=headers), "Retry-After")
            for headers in ({}, {"Retry-After": "soon"}, {"Retry-After": "-1"})
        ),
    ),
    NextContract("path", moved_path),
    NextContract("method", other_method),
    NextContract("media type of 400", other_media_type, right=(errors(400, media_type="application/problem+json"),)),
    NextContract("media type of the request", request_media_type),
    NextContract(
        "nested nullable object",
        link_field("owner", OWNER, required=True),
        right=(link(owner=None), link(owner={"name": "Ada", "born_on": "1815-12-10"})),
        wrong=(
            Wrong(link(owner={}), "$.owner.name"),
            Wrong(link(owner={"name": "Ada", "born_on": "1815-13-10"}), "$.owner.born_on"),
            Wrong(link(owner="Ada"), "$.owner"),
        ),
    ),
    NextContract(
        "date",
        link_field("opened_on", {"type": "string", "format": "date"}, required=True),
        right=(link(opened_on="2024-02-29"),),
        wrong=tuple(
            Wrong(link(opened_on=value), "$.opened_on")
            for value in ("2023-02-29", "20240229", "2024-02-29T00:00:00Z", 5)
        ),
    ),
    NextContract(
        "int64 and bounds",
        link_field("count", {"type": "integer", "format": "int64", "minimum": 0}, required=True),
        right=(link(count=0), link(count=2**63 - 1)),
        wrong=tuple(Wrong(link(count=value), "$.count") for value in (-1, 2**63, 1.5, "1", True)),
    ),
    NextContract("second operation", second_operation),
    NextContract("second security scheme", second_scheme),
    NextContract("3.0", in_3_0, right=(link(), link(access_mode=None))),
    NextContract("split document", split, files=split_files),
    NextContract("removed field", removed_field, right=(Answer(200, WITHOUT_RATE),)),
    NextContract("204", response("204", {"description": "Nothing to say."}), right=(Answer(204, b""),)),
    NextContract(
        "202",
        response("202", described("TokenGenerationData")),
        right=(Answer(202, example("428")["token_generation_data"]),),
        wrong=(Wrong(Answer(202, {}), "$.instructions"),),
    ),
    NextContract(
        "4XX and default",
        ranges,
        right=(errors(400), errors(418), errors(503)),
        wrong=(Wrong(Answer(404, {}), "$"), Wrong(Answer(599, []), "$")),
    ),
)
