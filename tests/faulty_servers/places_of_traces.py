"""Faults of traces in unusual places: the inside of the server where few look for it, or in words few know."""

from __future__ import annotations

import base64
from typing import Any, ClassVar

from starlette.requests import Request
from starlette.responses import Response

from tests.faulty_servers.served import (
    OK,
    TOKEN_REQUIRED,
    UNAUTHORIZED,
    UNEXPECTED_ERROR,
    Fault,
)

TOKEN = "/components/schemas/ResumeRequest/properties/token"
WRONG = "a wrong token"
FAILING = "the failing token"


class ShowsInside(Fault, breaks=UNEXPECTED_ERROR, shown_by=FAILING):
    """Shows where in its code something happened, in a member that is not declared."""

    status: ClassVar[int] = 500
    shown: ClassVar[Any] = ""

    def answer_resume(self, request: Request, status: int, content: Any, headers: dict[str, str]) -> Response:
        if status == self.status:
            (content[0] if isinstance(content, list) else content)["debug"] = self.shown
        return super().answer_resume(request, status, content, headers)


class ShowsFileAndLine(ShowsInside):
    """Shows file, line and function of a failure, each in a member of its own."""

    shown: ClassVar[Any] = {"file": "/srv/app/links/views.py", "line": 214, "function": "resume"}


class ShowsFrames(ShowsInside):
    """Shows a failure's frames as a list of objects, as frameworks do in their debug mode."""

    shown: ClassVar[Any] = {
        "exception": "ConnectionException",
        "trace": [
            {"file": "/var/www/app/Http/Controllers/LinkController.php", "line": 88, "function": "resume"},
            {"file": "/var/www/vendor/laravel/framework/src/Illuminate/Routing/Router.php", "line": 805},
        ],
    }


class ShowsALuaTrace(ShowsInside):
    """Shows a Lua traceback when it fails."""

    shown = (
        "links.lua:42: attempt to index a nil value (local 'session')\nstack traceback:\n"
        "\t[C]: in function 'error'\n\tlinks.lua:42: in function 'resume'\n\tinit.lua:7: in main chunk"
    )


class ShowsAnErlangTrace(ShowsInside):
    """Shows an Erlang stack trace when it fails."""

    shown = (
        '{badmatch,{error,timeout}},[{links,resume,3,[{file,"src/links.erl"},{line,88}]},'
        '{cowboy_handler,execute,2,[{file,"src/cowboy_handler.erl"},{line,37}]}]'
    )


class ShowsADotNetTraceWithoutSymbols(ShowsInside):
    """Shows a .NET stack trace without files and lines when it fails."""

    shown = (
        "Links.Core.InstitutionException: The institution failed.\n"
        "   at Links.Core.LinkService.ResumeAsync(Guid session, String value)\n"
        "   at Links.Api.LinksController.Patch(ResumeRequest body)"
    )


class ShowsAJavaTraceWithoutLines(ShowsInside):
    """Shows a Java stack trace whose lines and classes' files were stripped."""

    shown = (
        "com.example.links.InstitutionException: timeout\n\tat com.example.links.LinkService.resume(SourceFile)\n"
        "\tat com.example.links.LinkController.patch(SourceFile)\n\t... 41 more"
    )


class ShowsACrashOfC(ShowsInside):
    """Shows the backtrace of native code when it fails."""

    shown = (
        "#0  0x00007f3a1c2d4e10 in links::resume (session=0x0) at src/links.cpp:88\n"
        "#1  0x000055d0c0a1b2c3 in main () at src/main.cpp:12"
    )


class ShowsAHaskellTrace(ShowsInside):
    """Shows the call stack of Haskell when it fails."""

    shown = "Prelude.head: empty list\nCallStack (from HasCallStack):\n  error, called at src/Links.hs:88:5"


class ShowsATraceInBase64(ShowsInside):
    """Shows a Python traceback in base64, for its support."""

    shown = base64.b64encode(
        b'Traceback (most recent call last):\n  File "/srv/app/views.py", line 214, in resume'
    ).decode()


class ShowsATraceOfARefusedToken(ShowsInside, breaks=TOKEN_REQUIRED, shown_by=WRONG):
    """Shows a Python traceback with the 428 that asks for another token."""

    status = 428
    shown = 'Traceback (most recent call last):\n  File "/srv/app/links/views.py", line 214, in resume\nInvalidToken'


class ShowsATraceOfALink(ShowsInside, breaks=OK, shown_by="a right resume that is answered 200"):
    """Shows with a registered link the stack of a warning."""

    status = 200
    shown = 'Traceback (most recent call last):\n  File "/srv/app/links/views.py", line 99, in show\nDeprecationWarning'


class ShowsATraceOfWrongCredentials(ShowsInside, breaks=UNAUTHORIZED, shown_by="wrong or absent credentials"):
    """Shows a Java stack trace of what it thinks of wrong credentials."""

    status = 401
    shown = (
        "org.example.BadCredentialsException: Bad credentials\n"
        "\tat org.example.security.AuthenticationProvider.check(AuthenticationProvider.java:79)"
    )
