"""Rules for documents and operations: components, paths, names in the client, security, servers."""

import json
from collections.abc import Iterator

from compatibility.canonical import classes
from compatibility.document import Document, Node
from compatibility.merging import plain
from compatibility.operation import Credentials, Operation, matched, operations
from compatibility.rules import Effect, Finding, Pair, Rules

DOCUMENTS = Rules[Document]("Documents")
OPERATIONS = Rules[Operation]("Operations")


@DOCUMENTS.rule(
    Effect.BREAKS,
    "the client's class of that name is gone, and code that imports it fails",
    oasdiff="reported only when asked for",
)
def class_removed(pair: Pair[Document]) -> Iterator[Finding]:
    """A component that is a class of the client is removed or renamed."""
    old, new = (classes(document) for document in (pair.old, pair.new))
    same = {json.dumps(plain(node), sort_keys=True): name for name, node in new.items() if name not in old}
    for name, node in old.items():
        if name in new:
            continue
        renamed = same.get(json.dumps(plain(node), sort_keys=True))
        place = new[renamed].place if renamed else pair.new.root.under("components", "schemas", name)
        yield Finding(f"class {name} {f'renamed to {renamed}' if renamed else 'removed'}", place)


@DOCUMENTS.rule(Effect.BREAKS, "who receives them is called in another way")
def webhooks_changed(pair: Pair[Document]) -> Iterator[Finding]:
    """Webhooks are changed or removed."""
    yield from _told_as_a_whole(pair.old.root, pair.new.root, "webhooks")


@DOCUMENTS.rule(Effect.BREAKS, "a caller's requests are answered no longer, and the client's function is gone")
def operation_removed(pair: Pair[Document]) -> Iterator[Finding]:
    """An operation is removed."""
    for old, new in matched(operations(pair.old), operations(pair.new)):
        if old and not new:
            place = pair.new.root.under("paths", old.path, old.method)
            yield Finding(f"operation {old.name} removed", place)


@DOCUMENTS.rule(Effect.HARMLESS)
def operation_added(pair: Pair[Document]) -> Iterator[Finding]:
    """An operation is added."""
    for old, new in matched(operations(pair.old), operations(pair.new)):
        if new and not old:
            yield Finding(f"operation {new.name} added", new.node.place)


@OPERATIONS.rule(
    Effect.BREAKS,
    "a caller's requests go to where nothing answers them",
    oasdiff="a removal and an addition",
)
def operation_moved(pair: Pair[Operation]) -> Iterator[Finding]:
    """An operation, known by its `operationId`, has another path or method."""
    if pair.old.shape != pair.new.shape:
        yield Finding(f"operation moved to {pair.new.name}", pair.new.node.place)


@OPERATIONS.rule(Effect.BREAKS, "the client's function takes an argument of another name", oasdiff="not breaking")
def path_parameter_renamed(pair: Pair[Operation]) -> Iterator[Finding]:
    """A parameter of the path has another name."""
    old = {parameter.key: parameter for parameter in pair.old.parameters if parameter.key[0] == "path"}
    for parameter in pair.new.parameters:
        if parameter.key in old and (before := old[parameter.key].name) != parameter.name:
            yield Finding(f"path parameter {before} renamed to {parameter.name}", parameter.node.under("name"))


@OPERATIONS.rule(
    Effect.BREAKS,
    "the client's function has another name, and code that imports it fails",
    oasdiff="not breaking",
)
def operation_renamed(pair: Pair[Operation]) -> Iterator[Finding]:
    """The `operationId` is changed, added or removed."""
    old, new = (operation.node.text("operationId") or "none" for operation in (pair.old, pair.new))
    if old != new:
        yield Finding(f"operationId {old} became {new}", pair.new.node.under("operationId"))


@OPERATIONS.rule(Effect.BREAKS, "the client's function lies in another module", oasdiff="not breaking")
def first_tag_changed(pair: Pair[Operation]) -> Iterator[Finding]:
    """The first tag is another one."""
    old, new = (_tags(operation) for operation in (pair.old, pair.new))
    if old[0] != new[0]:
        yield Finding(f"first tag {old[0]} became {new[0]}", pair.new.node.under("tags"))


@OPERATIONS.rule(Effect.HARMLESS)
def further_tags_changed(pair: Pair[Operation]) -> Iterator[Finding]:
    """A tag other than the first is added or removed."""
    old, new = (set(_tags(operation)[1:]) for operation in (pair.old, pair.new))
    if old != new:
        words = [f"tag {tag} {'added' if tag in new else 'removed'}" for tag in sorted(old ^ new)]
        yield Finding(", ".join(words), pair.new.node.under("tags"))


@OPERATIONS.rule(Effect.HARMLESS)
def operation_deprecated(pair: Pair[Operation]) -> Iterator[Finding]:
    """An operation becomes deprecated, or no longer is."""
    if pair.old.node.flag("deprecated") != pair.new.node.flag("deprecated"):
        words = "is now" if pair.new.node.flag("deprecated") else "is no longer"
        yield Finding(f"operation {words} deprecated", pair.new.node.under("deprecated"))


@OPERATIONS.rule(Effect.BREAKS, "a caller with the old credentials is refused")
def security_scheme_changed(pair: Pair[Operation]) -> Iterator[Finding]:
    """A security scheme in use, or the scopes asked for, is another one."""
    for old, new in _security_replaced(pair):
        what = "scopes" if {scheme for scheme, _ in old.schemes} == {scheme for scheme, _ in new.schemes} else "scheme"
        scheme = pair.new.node.document.root.under("components", "securitySchemes", *new.names[:1])
        yield Finding(f"security {what} {old} changed", new.place if what == "scopes" else scheme)


@OPERATIONS.rule(Effect.BREAKS, "a caller that authenticates this way is refused, or no longer known")
def security_removed(pair: Pair[Operation]) -> Iterator[Finding]:
    """A way to authenticate, or to call without, is removed."""
    kept = {way.schemes for way in pair.new.security} | {old.schemes for old, _ in _security_replaced(pair)}
    for way in pair.old.security:
        if way.schemes not in kept and not any(_asks_less(new, way) for new in pair.new.security):
            yield Finding(f"security {way} removed", pair.new.security[0].place)


@OPERATIONS.rule(Effect.HARMLESS)
def security_added(pair: Pair[Operation]) -> Iterator[Finding]:
    """A further way to authenticate is added, or one asks for fewer scopes."""
    known = {way.schemes for way in pair.old.security} | {new.schemes for _, new in _security_replaced(pair)}
    for way in pair.new.security:
        if way.schemes not in known:
            yield Finding(f"security {way} added", way.place)


@OPERATIONS.rule(Effect.BREAKS, "a caller that uses the URL reaches nothing", oasdiff="not breaking")
def server_moved(pair: Pair[Operation]) -> Iterator[Finding]:
    """A server's URL, with the defaults of its variables, is no longer there."""
    urls = {server.url for server in pair.new.servers}
    for server in pair.old.servers:
        if server.url not in urls:
            yield Finding(f"server {server.url or '/'} moved or removed", pair.new.servers[0].place)


@OPERATIONS.rule(Effect.HARMLESS)
def server_added(pair: Pair[Operation]) -> Iterator[Finding]:
    """A server is added."""
    urls = {server.url for server in pair.old.servers}
    for server in pair.new.servers:
        if server.url not in urls:
            yield Finding(f"server {server.url or '/'} added", server.place)


@OPERATIONS.rule(Effect.BREAKS, "who receives them is called in another way")
def callbacks_changed(pair: Pair[Operation]) -> Iterator[Finding]:
    """Callbacks are changed or removed."""
    yield from _told_as_a_whole(pair.old.node, pair.new.node, "callbacks")


def _told_as_a_whole(old: Node, new: Node, key: str) -> Iterator[Finding]:
    for name, node in old.items(key):
        after = dict(new.items(key)).get(name)
        if after is None or plain(node) != plain(after):
            words = "removed" if after is None else "changed"
            yield Finding(f"{key.removesuffix('s')} {name} {words}", new.under(key, name))


def _tags(operation: Operation) -> list[str]:
    return [str(tag.value) for tag in operation.node.elements("tags")] or ["default"]


def _security_replaced(pair: Pair[Operation]) -> Iterator[tuple[Credentials, Credentials]]:
    old_ones, new_ones = ({way.schemes for way in side.security} for side in (pair.old, pair.new))
    for old in pair.old.security:
        for new in pair.new.security:
            same_name = old.names == new.names and new.schemes not in old_ones and old.schemes not in new_ones
            if same_name and not _asks_less(new, old):
                yield old, new


def _asks_less(new: Credentials, old: Credentials) -> bool:
    """Tell whether what satisfied the old way satisfies the new one: the same schemes, with fewer scopes."""
    asked = dict(old.schemes)
    return len(new.schemes) == len(asked) and all(
        scheme in asked and set(scopes) <= set(asked[scheme]) for scheme, scopes in new.schemes
    )
