"""What the environment says of the way to a target: its proxy, and how TLS is spoken."""

from __future__ import annotations

import base64
import ssl
from dataclasses import dataclass, field
from urllib.parse import SplitResult, unquote_to_bytes, urlsplit
from urllib.request import getproxies, proxy_bypass

from contract_tests.target.base_url import is_loopback
from contract_tests.target.settings import Target, TargetError

PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Proxy:
    """A proxy and what it is told; the login is not shown."""

    url: str
    login: tuple[bytes, bytes] | None = field(default=None, repr=False)

    @property
    def secret_words(self) -> tuple[str, ...]:
        """The words of the login that no output may show."""
        return (self.login[1].decode("utf-8", "replace"),) if self.login else ()

    @property
    def headers(self) -> tuple[tuple[bytes, bytes], ...]:
        """The header that logs in, where there is a login."""
        if self.login is None:
            return ()
        return ((b"Proxy-Authorization", b"Basic " + base64.b64encode(b":".join(self.login))),)


@dataclass(frozen=True)
class Way:
    """How a target is reached: the host itself, TLS with it, and the proxy in between with TLS of its own."""

    host: str
    port: int
    tls: ssl.SSLContext | None = None
    proxy: Proxy | None = None
    proxy_tls: ssl.SSLContext | None = None


def way_to(target: Target) -> Way:
    """Return the way to a target; raises TargetError where a proxy or a certificate cannot be used."""
    parts = urlsplit(target.base_url)
    proxy = proxy_of(target.base_url)
    proxy_tls = ssl.create_default_context() if proxy and proxy.url.startswith("https:") else None
    return Way(parts.hostname or "", port_of(parts), tls_of(target), proxy, proxy_tls)


def check_way(target: Target) -> None:
    """Check that what the environment and the target file say of proxies and certificates can be used.

    Raises TargetError where it cannot.
    """
    way_to(target)


def port_of(parts: SplitResult) -> int:
    """Return the port of a URL, the usual one of its scheme where it names none."""
    return parts.port or PORTS.get(parts.scheme, 0)


def proxy_of(base_url: str) -> Proxy | None:
    """Return the proxy that the usual environment variables name for a URL: never one for loopback.

    Raises TargetError for one that cannot be used.
    """
    parts = urlsplit(base_url)
    if not base_url or is_loopback(base_url) or proxy_bypass(parts.netloc):
        return None
    proxies = getproxies()
    name = next((name for name in (parts.scheme, "all") if proxies.get(name)), None)
    if name is None:
        return None
    text = proxies[name] if "://" in proxies[name] else f"http://{proxies[name]}"
    try:
        given = urlsplit(text)
        usual = PORTS[given.scheme]
        host, port = given.hostname, given.port or usual
    except (ValueError, KeyError):
        host = None
    if not host:
        # Without a word of it: it may hold a password.
        raise TargetError(
            f"The environment variable {name.upper()}_PROXY names no http or https proxy: write it as "
            "http://host:port, or unset it."
        )
    login = None
    if given.username is not None:
        login = (unquote_to_bytes(given.username), unquote_to_bytes(given.password or ""))
    return Proxy(f"{given.scheme}://{f'[{host}]' if ':' in host else host}:{port}", login)


def tls_of(target: Target) -> ssl.SSLContext | None:
    """Return how TLS is spoken with a target, which always has to prove its name; None for http.

    Raises TargetError for a client certificate that cannot be used.
    """
    if not target.base_url.startswith("https:"):
        return None
    # SSL_CERT_FILE and SSL_CERT_DIR are read by OpenSSL itself.
    context = ssl.create_default_context()
    shown = target.client_certificate
    if shown is not None:
        try:
            # An empty password, where there is none, keeps OpenSSL from asking for one on the terminal.
            context.load_cert_chain(shown.certificate, shown.key, password=shown.password or "")
        except (OSError, ValueError):
            raise TargetError(
                f"client_certificate in {target.source} cannot be used: give a PEM certificate, the key that belongs "
                "to it, and the key's password."
            ) from None
    return context
