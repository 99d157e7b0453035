"""Rules for what a caller sends: parameters, and whether there is a body."""

from collections.abc import Iterator

from compatibility.content_rules import media_types
from compatibility.operation import Operation, Parameter
from compatibility.rules import Effect, Finding, Pair, Rules

PARAMETERS = Rules[Operation]("Parameters and bodies")
PARAMETER = Rules[Parameter]("One parameter")

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
    """A parameter is serialized in another way (`style`, `explode`, `allowReserved`, `content`, …)."""
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


def _added(pair: Pair[Operation]) -> Iterator[Parameter]:
    old = {parameter.key for parameter in pair.old.parameters}
    yield from (parameter for parameter in pair.new.parameters if parameter.key not in old)


def _writing(parameter: Parameter) -> dict[str, str]:
    node = parameter.node
    style = node.text("style") or STYLES.get(node.text("in"), "")
    explode = node.mapping.get("explode", style == "form")
    flags = {key: node.flag(key) for key in ("allowReserved", "allowEmptyValue")}
    content = ", ".join(media_types(node)) or "none"
    return {key: str(value) for key, value in {"style": style, "explode": explode, "content": content, **flags}.items()}
