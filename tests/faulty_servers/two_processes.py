"""A right Links API in two processes on one port, which share their sessions: `python -m` it with a database file."""

from __future__ import annotations

import os
import socket
import sqlite3
import sys
import uuid
from collections.abc import Sequence

import uvicorn

from contract_tests.embedded.server import LinksApi, PausedSession, Refusal, ResumeCommand

HOST = "127.0.0.1"
TABLE = "CREATE TABLE sessions (id TEXT PRIMARY KEY, link TEXT, institution TEXT, factors INTEGER, expires REAL)"
SPENT = ("session_not_found", "No session of this link waits for a token under this id.")


class SharedLinksApi(LinksApi):
    """A Links API whose sessions are in a database, where each of them is spent once."""

    def __init__(self, database: str) -> None:
        super().__init__()
        self.account = uuid.UUID(int=7)
        self.database = sqlite3.connect(database, timeout=5, isolation_level=None)

    def pause(self, session: PausedSession) -> PausedSession:
        paused = super().pause(session)
        del self.sessions[paused.id]
        row = (str(paused.id), str(paused.link), paused.institution, paused.factors_left, paused.expires_at)
        self.database.execute("INSERT INTO sessions VALUES (?, ?, ?, ?, ?)", row)
        return paused

    def find(self, command: ResumeCommand) -> PausedSession:
        row = self.database.execute("SELECT * FROM sessions WHERE id = ?", (str(command.session),)).fetchone()
        if row is None or row[1] != str(command.link):
            raise Refusal(400, SPENT)
        return PausedSession(uuid.UUID(row[0]), uuid.UUID(row[1]), row[2], None, row[3], row[4])

    def spend(self, session: PausedSession) -> None:
        # The other process may have found it too: whoever deletes it has it.
        if self.database.execute("DELETE FROM sessions WHERE id = ?", (str(session.id),)).rowcount == 0:
            raise Refusal(400, SPENT)


def main(arguments: Sequence[str]) -> None:
    """Serve in two processes until the end of the process group."""
    (database,) = arguments
    made = sqlite3.connect(database)
    made.execute("PRAGMA journal_mode=WAL")
    made.execute(TABLE)
    made.close()
    listener = socket.create_server((HOST, 0))
    if os.fork():
        print(f"http://{HOST}:{listener.getsockname()[1]}", flush=True)
    app = SharedLinksApi(database).app()
    uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off")).run(sockets=[listener])


if __name__ == "__main__":
    main(sys.argv[1:])
