"""Rules for what is sent and answered: parameters, bodies, media types, statuses, headers."""

from collections.abc import Iterator

from compatibility.document import Json, Node, Place
from compatibility.merging import plain
from compatibility.operation import Operation, Parameter
from compatibility.rules import Effect, Finding, Pair, Rules

PARAMETERS = Rules[Operation]("Parameters and bodies")
PARAMETER = Rules[Parameter]("One parameter")
RESPONSES = Rules[Operation]("Responses")
HEADERS = Rules[Node]("Response headers and links")
CONTENTS = Rules[Node]("Media types", directed=True)

# How a parameter is written where nothing is said.
STYLES = {"path": "simple", "header": "simple", "query": "form", "cookie": "form"}


@PARAMETERS.rule(Effect.BREAKS, "the client's function loses the argument")
def parameter_removed(pair: Pair[Operation]) -> Iterator[Finding]:
    """A parameter is removed, or moved to another place (query, header, path, cookie)."""
    new = {parameter.key for parameter in pair.new.parameters}
    for parameter in pair.old.parameters:
        if parameter.key not in new:
            yield Finding(f"{parameter.key[0]} parameter {parameter.name} removed", pair.new.node.under("parameters"))


@PARAMETERS.rule(Effect.BREAKS, "a caller that does not send it is refused")
def required_parameter_added(pair: Pair[Operation]) -> Iterator[Finding]:
    """A required parameter is added."""
    for parameter in _added(pair):
        if parameter.required:
            words = f"required {parameter.key[0]} parameter {parameter.name} added"
            yield Finding(words, parameter.node.place)


@PARAMETERS.rule(Effect.HARMLESS)
def parameter_added(pair: Pair[Operation]) -> Iterator[Finding]:
    """An optional parameter is added."""
    for parameter in _added(pair):
        if not parameter.required:
            yield Finding(f"{parameter.key[0]} parameter {parameter.name} added", parameter.node.place)


@PARAMETERS.rule(Effect.BREAKS, "the client's function loses its argument `body`")
def body_removed(pair: Pair[Operation]) -> Iterator[Finding]:
    """The request body is removed."""
    if pair.old.node.get("requestBody") and not pair.new.node.get("requestBody"):
        yield Finding("request body removed", pair.new.node.under("requestBody"))


@PARAMETERS.rule(Effect.BREAKS, "a caller that sends none is refused")
def body_became_required(pair: Pair[Operation]) -> Iterator[Finding]:
    """A required request body is added, or the body becomes required."""
    old, new = (operation.node.get("requestBody") for operation in (pair.old, pair.new))
    if new and new.flag("required") and not (old and old.flag("required")):
        yield Finding("body became required", new.under("required"))


@PARAMETERS.rule(Effect.HARMLESS)
def body_became_optional(pair: Pair[Operation]) -> Iterator[Finding]:
    """An optional request body is added, or the body becomes optional."""
    old, new = (operation.node.get("requestBody") for operation in (pair.old, pair.new))
    if new and not new.flag("required") and (old is None or old.flag("required")):
        yield Finding("body became optional" if old else "optional body added", new.under("required"))


@PARAMETER.rule(Effect.BREAKS, "a caller that does not send it is refused")
def parameter_became_required(pair: Pair[Parameter]) -> Iterator[Finding]:
    """A parameter becomes required."""
    if pair.new.required and not pair.old.required:
        yield Finding("became required", pair.new.node.under("required"))


@PARAMETER.rule(Effect.HARMLESS)
def parameter_became_optional(pair: Pair[Parameter]) -> Iterator[Finding]:
    """A parameter becomes optional."""
    if pair.old.required and not pair.new.required:
        yield Finding("became optional", pair.new.node.under("required"))


@PARAMETER.rule(Effect.BREAKS, "what a caller writes is read in another way")
def parameter_serialization_changed(pair: Pair[Parameter]) -> Iterator[Finding]:
    """A parameter is serialized in another way (`style`, `explode`, `allowReserved`, `allowEmptyValue`)."""
    old, new = (_writing(parameter) for parameter in (pair.old, pair.new))
    for keyword in old:
        if old[keyword] != new[keyword]:
            yield Finding(f"{keyword} {old[keyword]} became {new[keyword]}", pair.new.node.under(keyword))


@PARAMETER.rule(Effect.HARMLESS)
def parameter_deprecated(pair: Pair[Parameter]) -> Iterator[Finding]:
    """A parameter becomes deprecated, or no longer is."""
    if pair.old.node.flag("deprecated") != pair.new.node.flag("deprecated"):
        words = "is now" if pair.new.node.flag("deprecated") else "is no longer"
        yield Finding(f"{words} deprecated", pair.new.node.under("deprecated"))


@RESPONSES.rule(
    Effect.BREAKS,
    "a caller meets a status that is declared no longer, and code for it is never reached",
    oasdiff="not breaking for an error status",
)
def response_removed(pair: Pair[Operation]) -> Iterator[Finding]:
    """A status is removed, and neither a range nor `default` takes its place."""
    old, new = (responses(operation) for operation in (pair.old, pair.new))
    for status in old:
        if declared(new, status) is None:
            yield Finding(f"response {status} removed", pair.new.node.under("responses", status))


@RESPONSES.rule(
    Effect.BREAKS,
    "a caller that waits for the declared success is answered with another, of another type",
    oasdiff="not breaking",
)
def success_response_added(pair: Pair[Operation]) -> Iterator[Finding]:
    """A status that is no error (1XX to 3XX) is added."""
    for status, place in _statuses_added(pair):
        if status[0] in "123":
            yield Finding(f"response {status} added", place)


@RESPONSES.rule(Effect.HARMLESS)
def error_response_added(pair: Pair[Operation]) -> Iterator[Finding]:
    """An error status, or `default`, is added: callers had to expect errors that are not declared."""
    for status, place in _statuses_added(pair):
        if status[0] not in "123":
            yield Finding(f"response {status} added", place)


@HEADERS.rule(
    Effect.BREAKS,
    "a caller that reads it finds nothing",
    oasdiff="not breaking for an optional one",
)
def header_removed(pair: Pair[Node]) -> Iterator[Finding]:
    """A response header is removed."""
    new = headers(pair.new)
    for name in headers(pair.old):
        if name not in new:
            yield Finding(f"header {name} removed", pair.new.under("headers", name))


@HEADERS.rule(Effect.BREAKS, "a caller that reads it may find nothing")
def header_became_optional(pair: Pair[Node]) -> Iterator[Finding]:
    """A response header becomes optional."""
    new = headers(pair.new)
    for name, header in headers(pair.old).items():
        if name in new and header.flag("required") and not new[name].flag("required"):
            yield Finding(f"header {name} became optional", new[name].under("required"))


@HEADERS.rule(Effect.HARMLESS)
def header_became_required(pair: Pair[Node]) -> Iterator[Finding]:
    """A response header becomes required."""
    old = headers(pair.old)
    for name, header in headers(pair.new).items():
        if name in old and header.flag("required") and not old[name].flag("required"):
            yield Finding(f"header {name} became required", header.under("required"))


@HEADERS.rule(Effect.HARMLESS)
def header_added(pair: Pair[Node]) -> Iterator[Finding]:
    """A response header is added."""
    old = headers(pair.old)
    for name, header in headers(pair.new).items():
        if name not in old:
            yield Finding(f"header {name} added", header.place)


@HEADERS.rule(Effect.HARMLESS)
def links_changed(pair: Pair[Node]) -> Iterator[Finding]:
    """A link to the next operation is added, changed or removed."""
    old, new = ({name: plain(link) for name, link in response.items("links")} for response in (pair.old, pair.new))
    for name in sorted(old.keys() | new.keys()):
        if old.get(name) != new.get(name):
            words = "added" if name not in old else "changed" if name in new else "removed"
            yield Finding(f"link {name} {words}", pair.new.under("links", name))


@CONTENTS.rule(Effect.BREAKS, "a caller that sends or reads it is refused, or answered otherwise")
def media_type_removed(pair: Pair[Node]) -> Iterator[Finding]:
    """A media type is removed."""
    new = media_types(pair.new)
    for media in media_types(pair.old):
        if media not in new:
            yield Finding(f"{media} removed", pair.new.under("content", media))


@CONTENTS.rule(
    Effect.WIDENS,
    "the client does not send Accept, so a caller may be answered in it",
    oasdiff="not breaking",
)
def media_type_added(pair: Pair[Node]) -> Iterator[Finding]:
    """A media type is added."""
    old = media_types(pair.old)
    for media, node in media_types(pair.new).items():
        if media not in old:
            yield Finding(f"{media} added", node.place)


@CONTENTS.rule(Effect.BREAKS, "the parts of a form are written in another way")
def encoding_changed(pair: Pair[Node]) -> Iterator[Finding]:
    """The encoding of a form's parts is changed."""
    new = media_types(pair.new)
    for media, node in media_types(pair.old).items():
        if media in new and dict(_encoding(node)) != dict(_encoding(new[media])):
            yield Finding(f"encoding of {media} changed", new[media].under("encoding"))


def responses(operation: Operation) -> dict[str, Node]:
    """Return the responses of an operation by status, range or `default`."""
    found = {status: node.follow() for status, node in operation.node.items("responses") if status[:2] != "x-"}
    return {status.replace("xx", "XX"): node for status, node in found.items()}


def declared(by_status: dict[str, Node], status: str) -> Node | None:
    """Return the response that is declared for a status: its own, that of its range, or the default."""
    return next((by_status[key] for key in (status, f"{status[0]}XX", "default") if key in by_status), None)


def headers(response: Node) -> dict[str, Node]:
    """Return the declared headers of a response by their names in small letters."""
    found = {name.lower(): header.follow() for name, header in response.items("headers")}
    return {name: header for name, header in found.items() if name != "content-type"}


def media_types(message: Node) -> dict[str, Node]:
    """Return what a body may be, by media type without parameters."""
    return {media.partition(";")[0].strip().lower(): node for media, node in message.items("content")}


def _added(pair: Pair[Operation]) -> Iterator[Parameter]:
    old = {parameter.key for parameter in pair.old.parameters}
    yield from (parameter for parameter in pair.new.parameters if parameter.key not in old)


def _writing(parameter: Parameter) -> dict[str, str]:
    node = parameter.node
    style = node.text("style") or STYLES.get(node.text("in"), "")
    explode = node.mapping.get("explode", style == "form")
    flags = {key: node.flag(key) for key in ("allowReserved", "allowEmptyValue")}
    return {key: str(value) for key, value in {"style": style, "explode": explode, **flags}.items()}


def _statuses_added(pair: Pair[Operation]) -> Iterator[tuple[str, Place]]:
    old = responses(pair.old)
    for status in responses(pair.new):
        if declared(old, status) is None:
            yield status, pair.new.node.under("responses", status)


def _encoding(media: Node) -> Iterator[tuple[str, Json]]:
    for name, node in media.items("encoding"):
        yield name, plain(node)
