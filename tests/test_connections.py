"""The way to a target: certificates that are trusted or not, client certificates, and proxies."""

from __future__ import annotations

import base64
import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from contract_tests.target.settings import ClientCertificate, Credentials, Limits, Target, TargetError
from contract_tests.wire import Answer, NoAnswer, check_way, proxy_of
from tests.scripted_server import Conversation, Script, answer, says, scripted
from tests.wires import REQUEST, Open, wires, without_way

SLOW = Limits(timeout_seconds=5)


@pytest.fixture
def open_wire(monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """Make wires to base URLs, which are closed at the end."""
    without_way(monkeypatch)
    with wires() as make:
        yield make


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """A certificate authority that this machine does not know."""
    return trustme.CA()


@pytest.fixture
def trusted(authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, open_wire: Open) -> Path:
    """Trust the authority by SSL_CERT_FILE."""
    file = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(file))
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    return file


def serving_tls(authority: trustme.CA, *names: str) -> ssl.SSLContext:
    """Return how a server with these names speaks TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names).configure_cert(context)
    return context


def test_an_unknown_authority_is_not_trusted(open_wire: Open, authority: trustme.CA) -> None:
    """A certificate by an authority that is not known is no answer, and nothing is sent to the server."""
    with scripted(says(answer()), tls=serving_tls(authority, "localhost")) as server:
        outcome = open_wire(f"https://localhost:{server.port}", limits=SLOW).send(REQUEST)

    assert isinstance(outcome, NoAnswer)
    assert outcome.kind == "tls"
    assert outcome.sentence.startswith("the certificate is not trusted by this machine: ")
    assert server.requests == []


@pytest.mark.usefixtures("trusted")
def test_an_authority_in_ssl_cert_file_is_trusted(open_wire: Open, authority: trustme.CA) -> None:
    """SSL_CERT_FILE names authorities that are trusted, and a connection over TLS is used again."""
    with scripted(says(answer()), tls=serving_tls(authority, "localhost")) as server:
        wire = open_wire(f"https://localhost:{server.port}", limits=SLOW)
        outcomes = [wire.send(REQUEST) for _ in range(2)]

    assert all(isinstance(outcome, Answer) for outcome in outcomes)
    assert (len(server.requests), server.connections) == (2, 1)


@pytest.mark.usefixtures("trusted")
def test_a_certificate_of_another_name_is_not_trusted(open_wire: Open, authority: trustme.CA) -> None:
    """A trusted certificate has to name the host."""
    with scripted(says(answer()), tls=serving_tls(authority, "other.example")) as server:
        outcome = open_wire(f"https://localhost:{server.port}", limits=SLOW).send(REQUEST)

    assert isinstance(outcome, NoAnswer)
    assert outcome.kind == "tls"
    assert "not trusted by SSL_CERT_FILE: Hostname mismatch" in outcome.sentence
    assert server.requests == []


def test_a_server_without_tls_is_told_as_such(open_wire: Open) -> None:
    """https to a port that speaks plain http is a failure of TLS, and the request is not sent in the clear."""
    seen: list[bytes] = []

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_answer_in_the_clear, args=(listener, seen))
        thread.start()
        outcome = open_wire(f"https://localhost:{listener.getsockname()[1]}", limits=SLOW).send(REQUEST)
        thread.join()

    assert isinstance(outcome, NoAnswer)
    assert outcome.kind == "tls"
    assert outcome.sentence.startswith("no TLS connection: ")
    assert b"Basic" not in seen[0]


def _answer_in_the_clear(listener: socket.socket, seen: list[bytes]) -> None:
    connection, _ = listener.accept()
    with connection:
        seen.append(connection.recv(65_536))
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
        connection.recv(65_536)


@pytest.fixture
def certificate(authority: trustme.CA, tmp_path: Path) -> ClientCertificate:
    """A client certificate whose key has a password."""
    leaf = authority.issue_cert("client@example.com")
    chain, key = tmp_path / "client.pem", tmp_path / "client-key.pem"
    chain.write_bytes(b"".join(blob.bytes() for blob in leaf.cert_chain_pems))
    private = load_pem_private_key(leaf.private_key_pem.bytes(), None)
    key.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"key-Password")))
    return ClientCertificate(chain, key, "key-Password")


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize("shown", [True, False])
def test_a_client_certificate_is_shown(
    open_wire: Open, authority: trustme.CA, certificate: ClientCertificate, shown: bool
) -> None:
    """A server that asks for a client certificate answers with one, and is told as a failure of TLS without."""
    tls = serving_tls(authority, "localhost")
    tls.verify_mode = ssl.CERT_REQUIRED
    authority.configure_trust(tls)

    with scripted(says(answer()), tls=tls) as server:
        given = certificate if shown else None
        outcome = open_wire(f"https://localhost:{server.port}", limits=SLOW, client_certificate=given).send(REQUEST)

    assert isinstance(outcome, Answer if shown else NoAnswer)
    assert shown or outcome.kind in ("tls", "reset")  # type: ignore[union-attr]


@pytest.mark.parametrize("password", ["wrong-Password", None])
def test_a_client_certificate_with_a_wrong_password_is_refused(
    certificate: ClientCertificate, password: str | None
) -> None:
    """A key that cannot be read is a wrong setting, said without the password and without asking on a terminal."""
    wrong = ClientCertificate(certificate.certificate, certificate.key, password)
    target = Target("https://example.com", Credentials("i", "p"), client_certificate=wrong, source="a file")

    with pytest.raises(TargetError, match=r"^client_certificate in a file cannot be used: give ") as refused:
        check_way(target)

    assert "wrong-Password" not in str(refused.value)


def test_a_proxy_is_told_the_whole_url(open_wire: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    """HTTP_PROXY names the proxy that requests over http go through, with the login that its URL holds."""
    with scripted(says(answer())) as proxy:
        monkeypatch.setenv("http_proxy", f"http://us%40er:p%3Ass@127.0.0.1:{proxy.port}")
        outcome = open_wire("http://api.example/prefix", limits=SLOW).send(REQUEST)

    assert isinstance(outcome, Answer)
    head = proxy.requests[0]
    assert head.startswith(b"PATCH http://api.example/prefix/api/links/ HTTP/1.1\r\n")
    assert b"\r\nHost: api.example\r\n" in head
    assert b"\r\nProxy-Authorization: Basic " + base64.b64encode(b"us@er:p:ss") + b"\r\n" in head


def test_a_proxy_without_a_scheme_is_http(open_wire: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy may be written as host and port, and ALL_PROXY names one for every scheme."""
    with scripted(says(answer())) as proxy:
        monkeypatch.setenv("ALL_PROXY", f"127.0.0.1:{proxy.port}")
        outcome = open_wire("http://api.example", limits=SLOW).send(REQUEST)

    assert isinstance(outcome, Answer)


@pytest.mark.usefixtures("trusted")
def test_a_tunnel_through_a_proxy_is_encrypted(
    open_wire: Open, authority: trustme.CA, monkeypatch: pytest.MonkeyPatch
) -> None:
    """HTTPS_PROXY is asked for a tunnel, through which only TLS with the target itself is spoken."""
    with scripted(says(answer()), tls=serving_tls(authority, "api.example")) as server:
        passed: list[bytes] = []
        with scripted(tunnel_to(server.port, passed)) as proxy:
            monkeypatch.setenv("HTTPS_PROXY", f"http://user:pass@127.0.0.1:{proxy.port}")
            wire = open_wire("https://api.example", limits=SLOW)
            outcomes = [wire.send(REQUEST) for _ in range(2)]
            wire.close()

    assert all(isinstance(outcome, Answer) for outcome in outcomes)
    assert proxy.requests[0].startswith(b"CONNECT api.example:443 HTTP/1.1\r\n")
    assert len(proxy.requests) == 1
    assert b"Basic aTpw" not in b"".join(passed)
    assert b"Proxy-Authorization" not in b"".join(server.requests)
    assert b"Authorization: Basic aTpw" in server.requests[0]


@pytest.mark.usefixtures("trusted")
def test_a_tunnel_through_an_encrypted_proxy_is_encrypted_twice(
    open_wire: Open, authority: trustme.CA, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy that speaks TLS itself passes TLS with the target on within its own."""
    with scripted(says(answer(b"[" + b" " * 9000 + b"]")), tls=serving_tls(authority, "api.example")) as server:
        passed: list[bytes] = []
        with scripted(tunnel_to(server.port, passed), tls=serving_tls(authority, "localhost")) as proxy:
            monkeypatch.setenv("HTTPS_PROXY", f"https://user:pass@localhost:{proxy.port}")
            wire = open_wire("https://api.example", limits=SLOW)
            outcomes = [wire.send(REQUEST) for _ in range(2)]
            wire.abort()

    assert [len(outcome.body) for outcome in outcomes if isinstance(outcome, Answer)] == [9002, 9002]
    assert b"\r\nProxy-Authorization: Basic dXNlcjpwYXNz\r\n" in proxy.requests[0]
    assert (proxy.connections, server.connections) == (1, 1)
    assert b"Basic aTpw" not in b"".join(passed)


@pytest.mark.parametrize("said", [b"", b"220 mail.example.com ESMTP\r\n\r\n"])
def test_a_proxy_that_does_not_speak_http_is_told_as_such(
    open_wire: Open, monkeypatch: pytest.MonkeyPatch, said: bytes
) -> None:
    """A proxy that answers CONNECT with something else, or not at all, is told as the proxy's failure."""

    def script(talk: Conversation, _request: bytes) -> bool:
        talk.send(said)
        return True

    with scripted(script) as proxy:
        monkeypatch.setenv("https_proxy", proxy.base_url)
        outcome = open_wire("https://api.example", limits=SLOW).send(REQUEST)

    assert isinstance(outcome, NoAnswer)
    assert (outcome.kind, outcome.sentence) == ("proxy", "the proxy did not answer CONNECT with HTTP/1.1")


def test_a_proxy_that_refuses_a_tunnel_is_told_as_such(open_wire: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy that answers CONNECT with an error is no answer of the target."""
    with scripted(says(answer(b"", 407))) as proxy:
        monkeypatch.setenv("https_proxy", proxy.base_url)
        outcome = open_wire("https://api.example", limits=SLOW).send(REQUEST)

    assert isinstance(outcome, NoAnswer)
    assert (outcome.kind, outcome.sentence) == ("proxy", "the proxy answered 407 to CONNECT")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.1.2.3", "[::1]"])
def test_loopback_never_goes_through_a_proxy(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What runs on this machine is reached directly: a proxy means another machine by those names."""
    without_way(monkeypatch)
    monkeypatch.setenv("http_proxy", "http://proxy.example:3128")

    assert proxy_of(f"http://{host}:8000") is None
    assert proxy_of("http://127.example.com") is not None


@pytest.mark.parametrize(
    ("no_proxy", "direct"),
    [("*", True), ("example.com", True), (".example.com", True), ("api.example.com:8443", True), ("other.com", False)],
)
def test_no_proxy_is_respected(no_proxy: str, direct: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """NO_PROXY names hosts, with their port where there is one, that are reached directly."""
    without_way(monkeypatch)
    monkeypatch.setenv("https_proxy", "http://proxy.example:3128")
    monkeypatch.setenv("no_proxy", no_proxy)

    assert (proxy_of("https://api.example.com:8443") is None) is direct


@pytest.mark.parametrize("text", ["socks5://user:s3cret@proxy:1080", "http://", "http://user:s3cret@proxy:port"])
def test_a_proxy_that_cannot_be_used_is_refused(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy of another kind is a wrong setting, said without its password."""
    without_way(monkeypatch)
    monkeypatch.setenv("HTTPS_PROXY", text)

    with pytest.raises(TargetError, match=r"^The environment variable HTTPS_PROXY names no http or https proxy") as no:
        check_way(Target("https://api.example.com", Credentials("i", "p")))

    assert "s3cret" not in str(no.value)


def tunnel_to(port: int, passed: list[bytes]) -> Script:
    """Return a script that answers CONNECT and passes bytes on to a port of this machine."""

    def script(conversation: Conversation, _request: bytes) -> bool:
        conversation.send(b"HTTP/1.1 200 Connection established\r\n\r\n")
        with socket.create_connection(("127.0.0.1", port)) as onward:
            back = threading.Thread(target=_pass_on, args=(onward, conversation.socket, []))
            back.start()
            _pass_on(conversation.socket, onward, passed)
            back.join()
        return True

    return script


def _pass_on(source: socket.socket, sink: socket.socket, passed: list[bytes]) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65_536):
            passed.append(data)
            sink.sendall(data)
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_WR)
