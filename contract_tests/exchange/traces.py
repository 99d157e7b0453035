"""Stack traces in an answer: as text, in the words of many languages, and as frames of file and line in its JSON."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

TEXTS = 64
"""Most answers say what others have said: of so many texts it is remembered whether they show a trace."""
# The words of which a trace has one, by which most texts are seen to show none; then how it is written, where every
# repetition but that of digits has a bound: a long text takes as long as it is, whatever it says.
TRACES = {
    "Python": (("Traceback (", 'File "'), r'Traceback \(most recent call last\)|File "[^"\n]{1,400}", line \d+'),
    "Java": (
        (".java:", ".kt:", ".scala:", ".groovy:", ".clj:", "(Native ", "(Unknown ", "(SourceFile", "Caused by: "),
        r"\bat [\w.$<>/@-]{1,400}\((?:[\w$]{1,200}\.(?:java|kt|scala|groovy|clj):\d+|Native Method|Unknown Source"
        r"|SourceFile)\)|\bCaused by: (?:[\w$]{1,100}\.){2,20}[\w$]{1,100}",
    ),
    # A path has no blanks here, and is no day with slashes: "at /api/links/ 08:15:27" and "at 2026/03/09T08:15:27".
    "JavaScript": (
        ("at ", "js:", "ts:", "jsx:", "tsx:", "js?", "ts?", "jsx?", "tsx?"),
        r"\bat (?:[^\n(]{1,200} \()?(?!\d+/\d+/)(?:file://|node:|/|[A-Za-z]:\\|[\w./-]{1,200}/)"
        r"[^\s()]{0,400}:\d+:\d+\)?|\.[cm]?[jt]sx?(?:\?\w{0,40})?:\d+:\d+",
    ),
    ".NET": (
        ("at ", ":line ", ":Zeile ", "--- End of "),
        r"\b(?:at|bei) [\w.`<>\[\]]{1,400}\([^)\n]{0,400}\) in [^\n]{1,400}:(?:line|Zeile) \d+"
        r"|(?:^|>) {1,40}at (?:[\w`<>\[\]+]{1,100}\.){2,20}[\w`<>\[\]]{1,100}"
        r"\((?:[\w.`<>\[\]&*]{1,200} \w{1,100}(?:, (?=\w)|(?=\)))){0,20}\) {0,40}(?:$|<)"
        r"|--- End of (?:inner exception )?stack trace|\bat (?:System|Microsoft)\.[\w.`<>]{1,400}\(",
    ),
    "Go": (("goroutine ", ".go:"), r"goroutine \d+ \[|\.go:\d+(?: \+0x[0-9a-f]{1,16})?"),
    "Ruby": ((".rb:",), r"\.rb:\d+(?::in ['`]|$|<)"),
    "PHP": (
        (".php", "{main}", "PHP "),
        r"#\d+ [^\n]{0,400}\.php\(\d+\)|^#\d+ \{main\}|\.php(?: on line |:)\d+|PHP (?:Fatal error|Stack trace)",
    ),
    "Rust": (("panicked at ", "stack backtrace:", ".rs:"), r"panicked at |stack backtrace:|\.rs:\d+:\d+"),
    "Elixir": ((".ex:", ".exs:"), r"\.exs?:\d+: "),
    "Erlang": (("{file,",), r'\{file,\s{0,40}"[^"\n]{1,400}"\},\s{0,40}\{line,\s{0,40}\d+\}'),
    "Perl": ((" line ",), r" at \S{1,400}\.(?:p[lm]|cgi|psgi) line \d+"),
    "Lua": (("stack traceback:", ".lua:"), r"stack traceback:\n|\.lua:\d+: "),
    "Haskell": (("CallStack (",), r"CallStack \(from HasCallStack\)"),
    "C": ((" 0x", "terminate called "), r"#\d+ {1,40}0x[0-9a-f]{6,16} in |terminate called after throwing an instance"),
    "Dart": ((".dart:",), r"\.dart:\d+:\d+"),
    "Swift": ((".swift",), r"\.swift(?::|, line )\d+"),
    "SQL": (
        ("ORA-", "PL/pgSQL function ", "Msg "),
        r'\bORA-\d{5}: at "|\bPL/pgSQL function [^\n]{1,200} line \d+ at |\bMsg \d+, Level \d+, State \d+',
    ),
}
_TRACES = {language: (words, re.compile(text, re.MULTILINE)) for language, (words, text) in TRACES.items()}
_SOURCE = re.compile(
    r"\.(?:py|java|kt|scala|groovy|clj|[cm]?[jt]sx?|cs|vb|go|rb|php|rs|exs?|erl|p[lm]|lua|hs|c|cc|cpp|h|hpp|dart|swift)$"
)
_FILE = frozenset({"file", "filename", "file_name", "path", "source"})
_LINE = frozenset({"line", "lineno", "line_no", "linenumber", "line_number"})


@lru_cache(TEXTS)
def language_of_trace(text: str) -> str | None:
    """Return the language whose stack trace a text shows first, or None."""
    found = {
        language: match.start()
        for language, (words, trace) in _TRACES.items()
        if any(word in text for word in words) and (match := trace.search(text))
    }
    return min(found, key=found.__getitem__, default=None)


def has_frame(parts: Iterable[Any]) -> bool:
    """Tell whether one of the parts of a JSON value is an object that names a file of source code and a line in it."""
    return any(isinstance(part, dict) and _is_frame(part) for part in parts)


def parts_of(value: Any) -> list[Any]:
    """Return a JSON value and all that it is made of, as deep as it may be, in the order in which it is written."""
    found = []
    left = [value]
    while left:
        part = left.pop()
        found.append(part)
        if isinstance(part, dict):
            for name, of_member in reversed(part.items()):
                left += (of_member, name)
        elif isinstance(part, list):
            left += reversed(part)
    return found


def _is_frame(value: dict[str, Any]) -> bool:
    files = [item for name, item in value.items() if name.lower() in _FILE and isinstance(item, str)]
    lines = [item for name, item in value.items() if name.lower() in _LINE and str(item).isdecimal()]
    return bool(lines) and any(_SOURCE.search(file) for file in files)
