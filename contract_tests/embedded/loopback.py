"""An ASGI application served on a loopback port, by a thread of this process that leaves nothing behind."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from types import TracebackType
from typing import Any

import uvicorn

HOST = "127.0.0.1"
GRACE_SECONDS = 1.0

AsgiApp = Callable[..., Awaitable[None]]
HttpProtocol = type[asyncio.Protocol]


def serve_in_thread(app: AsgiApp, port: int = 0, http: HttpProtocol | str = "h11") -> RunningServer:
    """Serve the application for the length of a `with` block, which is given the base URL."""
    return RunningServer(app, port, http)


class RunningServer:
    """A server in a thread: its port is bound on entry, and thread, port and connections are gone on exit."""

    def __init__(self, app: AsgiApp, port: int = 0, http: HttpProtocol | str = "h11") -> None:
        self._server = _QuickServer(_configuration(app, http))
        self._port = port
        self._thread: threading.Thread | None = None

    def __enter__(self) -> str:
        listener = _listen(self._port)
        base_url = f"http://{HOST}:{listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._server.run_until_stopped, args=(listener,), daemon=True)
        self._thread.start()
        self._server.ready.result()
        return base_url

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._thread is not None:
            self._server.stop()
            self._thread.join()


class _QuickServer(uvicorn.Server):
    """uvicorn's server, told when to stop instead of asking ten times a second, and not waiting for idle clients.

    The one place that builds on names which uvicorn does not document: `main_loop`, `on_tick`, `shutdown`, `servers`,
    `server_state` (read in 0.54). Hundreds of servers are started in the tests, each of which would take a tenth of a
    second longer without.
    """

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready: Future[asyncio.AbstractEventLoop] = Future()
        self._woken = asyncio.Event()

    def run_until_stopped(self, listener: socket.socket) -> None:
        try:
            self.run(sockets=[listener])
        except BaseException as error:
            if self.ready.done():
                raise
            self.ready.set_exception(error)
        finally:
            listener.close()

    def stop(self) -> None:
        self.should_exit = True
        # A loop that has closed already has nothing left to stop.
        with contextlib.suppress(RuntimeError):
            self.ready.result().call_soon_threadsafe(self._woken.set)

    async def main_loop(self) -> None:
        await self.on_tick(0)  # writes the Date header, as it does once a second below
        self.ready.set_result(asyncio.get_running_loop())
        while not await self.on_tick(0):
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(1):
                    await self._woken.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:  # noqa: ARG002
        # A connection taken at this moment is made within three turns of the loop; asyncio loses it, and leaves its
        # client without a word, where the server is closed before.
        for server in self.servers:
            for listener in server.sockets:
                asyncio.get_running_loop().remove_reader(listener)
        for _ in range(3):
            await asyncio.sleep(0)
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            transport: Any = connection.transport
            transport.abort()
        tasks = set(self.server_state.tasks)
        if tasks:
            _, unfinished = await asyncio.wait(tasks, timeout=GRACE_SECONDS)
            for task in unfinished:
                task.cancel()
        # One turn of the loop, in which the aborted transports close their sockets.
        await asyncio.sleep(0)


def _configuration(app: AsgiApp, http: HttpProtocol | str) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        loop="asyncio",
        http=http,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        timeout_keep_alive=75,
    )


def _listen(port: int) -> socket.socket:
    # The protocol is named because asyncio sends small writes at once only on sockets that name it.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, port))
        listener.listen(128)
        listener.setblocking(False)
    except BaseException:
        listener.close()
        raise
    return listener
