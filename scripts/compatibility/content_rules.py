"""Rules for the media types of a body, whoever sends it."""

from collections.abc import Iterator

from compatibility.document import Json, Node
from compatibility.merging import plain
from compatibility.rules import Effect, Finding, Pair, Rules

CONTENTS = Rules[Node]("Media types", directed=True)


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


def media_types(message: Node) -> dict[str, Node]:
    """Return what a body may be, by media type without parameters."""
    return {media.partition(";")[0].strip().lower(): node for media, node in message.items("content")}


def _encoding(media: Node) -> Iterator[tuple[str, Json]]:
    for name, node in media.items("encoding"):
        yield name, plain(node)
