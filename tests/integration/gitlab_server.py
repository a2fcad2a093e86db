"""A small GitLab API for the tests: one project, its merge requests, their notes and the artifacts of their jobs."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TOKEN = "glpat-practice"
ROBOT = 99
"""The account of the token."""


@dataclass
class GitLabServer:
    """What the server holds. ``merge_requests`` by commit on the target branch; ``artifacts`` by path, of the one job ``plan``;
    ``opened`` are open merge requests."""

    url: str = ""
    notes: list[dict[str, Any]] = field(default_factory=list)
    merge_requests: dict[str, dict[str, Any]] = field(default_factory=dict)
    head: str = "0123abc"
    job: dict[str, Any] = field(default_factory=lambda: {"id": 6, "name": "plan", "ref": "main", "tag": False, "status": "success"})
    protected: bool = True
    opened: list[dict[str, Any]] = field(default_factory=list)
    approved_by: list[str] = field(default_factory=lambda: ["bhelpdesk"])
    artifacts: dict[str, bytes] = field(default_factory=dict)

    def answer(self, method: str, path: str, body: dict[str, Any]) -> Any:
        """The answer's JSON or bytes; None when there is no such thing."""
        if found := re.fullmatch(r"/merge_requests/7/notes(?:/(\d+))?", path):
            return self._notes(method, found[1], body)
        if found := re.fullmatch(r"/repository/commits/(\w+)/merge_requests", path):
            return [self.merge_requests[found[1]]] if found[1] in self.merge_requests else []
        known = {
            "/merge_requests": self.opened,
            "/merge_requests/7/approvals": {"approved_by": [{"user": {"username": name}} for name in self.approved_by]},
            "/repository/branches/main": {"name": "main", "protected": self.protected},
            "/jobs/6": self.job,
        }
        if path in known:
            return known[path]
        return self.artifacts.get(path.removeprefix("/jobs/6/artifacts/"))

    def _notes(self, method: str, number: str | None, body: dict[str, Any]) -> Any:
        if method == "GET":
            return self.notes
        note = {"id": len(self.notes), "body": body["body"], "system": False, "author": {"id": ROBOT}}
        if number:
            self.notes[int(number)] = {**note, "id": int(number)}
            return self.notes[int(number)]
        self.notes.append(note)
        return note


@contextmanager
def gitlab_server() -> Iterator[GitLabServer]:
    """The server on a port of its own, for as long as the context lasts."""
    state = GitLabServer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.partition("?")[0].removeprefix("/api/v4/projects/1217")
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else {}
            if self.headers.get("PRIVATE-TOKEN") != TOKEN:
                self._send(401, {"message": "401 Unauthorized"})
                return
            answer = {"id": ROBOT} if path == "/api/v4/user" else state.answer(self.command, path, body)
            self._send(404 if answer is None else 200, {"message": "404 Not found"} if answer is None else answer)

        do_POST = do_PUT = do_GET  # noqa: N815 - the names that http.server asks for

        def _send(self, status: int, answer: Any) -> None:
            content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/octet-stream" if isinstance(answer, bytes) else "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield state
    server.shutdown()
