"""Stack traces in an answer: as text, in the words of many languages, and as frames of file and line in its JSON."""

from __future__ import annotations

import re
from typing import Any

TRACES = {
    "Python": r'Traceback \(most recent call last\)|File "[^"\n]+", line \d+',
    "Java": r"\bat [\w.$<>/]+\((?:[\w$]+\.(?:java|kt|scala|groovy|clj):\d+|Native Method|Unknown Source|SourceFile)\)",
    # A path has no blanks here, and is no day with slashes: "at /api/links/ 08:15:27" and "at 2026/03/09T08:15:27".
    "JavaScript": r"\bat (?:[^\n(]{1,200} \()?(?!\d+/\d+/)(?:file://|node:|/|[A-Za-z]:\\|[\w./-]+/)[^\s()]*:\d+:\d+\)?"
    r"|\.[cm]?[jt]sx?:\d+:\d+",
    ".NET": r"\bat [\w.`<>\[\]]+\([^)\n]*\)(?: in [^\n]+:line \d+)"
    r"|(?:^|>) +at (?:[\w`<>\[\]+]+\.){2,}[\w`<>\[\]]+\((?:[\w.`<>\[\]&*]+ \w+(?:, )?)*\) *(?:$|<)"
    r"|--- End of (?:inner exception )?stack trace|\bat (?:System|Microsoft)\.[\w.`<>]+\(",
    "Go": r"goroutine \d+ \[|\.go:\d+(?: \+0x[0-9a-f]+)?",
    "Ruby": r"\.rb:\d+:in ['`]",
    "PHP": r"#\d+ [^\n]*\.php\(\d+\)|\.php(?: on line |:)\d+|PHP (?:Fatal error|Stack trace)",
    "Rust": r"panicked at |stack backtrace:|\.rs:\d+:\d+",
    "Elixir": r"\.exs?:\d+: ",
    "Erlang": r'\{file,\s*"[^"\n]+"\},\s*\{line,\s*\d+\}',
    "Perl": r" at \S+\.p[lm] line \d+",
    "Lua": r"stack traceback:\n|\.lua:\d+: ",
    "Haskell": r"CallStack \(from HasCallStack\)",
    "C": r"#\d+ +0x[0-9a-f]{6,} in |terminate called after throwing an instance",
    "Dart": r"\.dart:\d+:\d+",
    "Swift": r"\.swift(?::|, line )\d+",
}
_TRACE = re.compile("|".join(f"(?P<t{number}>{text})" for number, text in enumerate(TRACES.values())), re.MULTILINE)
_SOURCE = re.compile(
    r"\.(?:py|java|kt|scala|groovy|clj|[cm]?[jt]sx?|cs|vb|go|rb|php|rs|exs?|erl|p[lm]|lua|hs|c|cc|cpp|h|hpp|dart|swift)$"
)
_FILE = frozenset({"file", "filename", "file_name", "path", "source"})
_LINE = frozenset({"line", "lineno", "line_no", "linenumber", "line_number"})


def language_of_trace(text: str) -> str | None:
    """Return the language whose stack trace a text shows, or None."""
    found = _TRACE.search(text)
    return list(TRACES)[int(str(found.lastgroup)[1:])] if found else None


def has_frame(value: Any) -> bool:
    """Tell whether a JSON value holds, at any depth, an object that names a file of source code and a line in it."""
    if isinstance(value, dict):
        files = [item for name, item in value.items() if name.lower() in _FILE and isinstance(item, str)]
        lines = [item for name, item in value.items() if name.lower() in _LINE and str(item).isdecimal()]
        if lines and any(_SOURCE.search(file) for file in files):
            return True
        return any(has_frame(item) for item in value.values())
    return isinstance(value, list) and any(has_frame(item) for item in value)
