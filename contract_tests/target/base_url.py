"""Where the target stands: one URL without credentials, query or fragment, in ASCII, without a slash at its end."""

import ipaddress
import re
from urllib.parse import SplitResult, quote, urlsplit

import idna

HOST = re.compile(r"[a-z0-9_]([a-z0-9_.-]*[a-z0-9_.])?")


class BaseUrlError(ValueError):
    """What is wrong with a base URL, as a clause that repeats no word of it: it may hold a password."""


def normal_base_url(text: str) -> str:
    """Return a base URL as requests begin with it: host in ASCII, path prefix kept, no slash at the end."""
    if "://" not in text:
        raise BaseUrlError("has no scheme: begin it with https://.")
    # urlsplit drops tabs and line breaks without a word, and a backslash is read as a slash by some.
    if re.search(r"[\s\\]|[^ -\U0010ffff]|\x7f", text):
        raise BaseUrlError("has a space, a control character or a backslash in it: take that out.")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise BaseUrlError(
            "has a host or a port that is none: write it as https://host or https://host:port."
        ) from None
    if parts.scheme not in ("http", "https"):
        raise BaseUrlError("has a scheme that is neither https nor http: begin it with https://.")
    if "@" in parts.netloc:
        raise BaseUrlError("has credentials in it: take them out, and give them as credentials of the target instead.")
    if "?" in text or "#" in text:
        raise BaseUrlError("has a query or a fragment: end it before the ? or #.")
    if port == 0 or parts.netloc.endswith(":"):
        raise BaseUrlError("has a port that is none: write it as https://host or https://host:port.")
    path = quote(parts.path, safe="/%:@!$&'()*+,;=~").rstrip("/")
    if path.endswith("/api/links"):
        raise BaseUrlError("ends in /api/links: leave that out, the suite adds it.")
    return f"{parts.scheme}://{_ascii_host(parts)}{f':{port}' if port else ''}{path}"


def is_loopback(base_url: str) -> bool:
    """Tell whether a base URL names this machine by localhost, 127.0.0.0/8 or ::1."""
    host = urlsplit(base_url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _ascii_host(parts: SplitResult) -> str:
    host = parts.hostname or ""
    if ":" in host:
        return f"[{host}]"
    try:
        ascii_host = host if host.isascii() else idna.encode(host, uts46=True).decode()
    except UnicodeError:
        ascii_host = ""
    if not HOST.fullmatch(ascii_host):
        raise BaseUrlError("has a host that is none: write it as https://host or https://host:port.")
    return ascii_host
