"""Asks a TrackIO server: which projects it has, rows of a statement, files that runs logged."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlencode

from trackio_view.model.project_id import canonical_name
from trackio_view.sources.http.addresses import ServerAddress, token_for
from trackio_view.sources.http.http_client import WHOLE_SECONDS, HttpClient
from trackio_view.sources.media_unread import GONE, OUTSIDE, MediaUnread
from trackio_view.sources.server_json import IMPOSSIBLE
from trackio_view.sources.trackio.distant import (
    LONGEST_NAME,
    MOST_PROJECTS,
    Say,
    fault_of_answer,
)
from trackio_view.sources.trackio.faults import DatabaseFault, FaultKind
from trackio_view.sources.trackio.reader import Row
from trackio_view.sources.trackio.server import faults
from trackio_view.sources.trackio.server.faults import (
    ServerFault,
    another_program,
    of_error,
    too_large,
)

_MOST_ROWS = 10_000
"""The most rows of an answer: a server refuses a question with more."""
_SPACE_SECONDS = 3.5
"""TrackIO's page asks a Space no more often."""


def client_of(address: ServerAddress, whole_seconds: float = WHOLE_SECONDS) -> HttpClient:
    """Return the client of a TrackIO server, with the token that it may be sent."""
    token = token_for(address)
    secret = None if token is None else f"Bearer {token}"
    return HttpClient(address, faults, authorization=secret, whole_seconds=whole_seconds)


class Server:
    """A TrackIO server; until its first answer that is only assumed."""

    def __init__(self, address: ServerAddress) -> None:
        self.address = address
        self.origin = address.shown
        self.least_interval = _SPACE_SECONDS if address.is_space else 0.0
        self.needs_rest = True
        self.packs_rows = True
        self.inbox = None
        self.client = client_of(address)
        self._is_known = False
        self._media: str | None = None
        """The server's folder of media, once it was asked for."""

    async def tell_silence(self, say: Say) -> None:
        """Do nothing: a question without an answer within 15 seconds is a fault."""

    def named(self, project: str) -> str:
        """Return the name under which TrackIO keeps the project that a person means."""
        return canonical_name(project)

    def projects(self) -> list[str]:
        """Return the names of the projects there. Raises ServerFault."""
        found = self.call("get_all_projects", {})
        if not isinstance(found, list):
            raise another_program(self.address)
        names = {name for name in found if isinstance(name, str) and 0 < len(name) <= LONGEST_NAME}
        return sorted(name for name in names if not name.startswith("registry-"))[:MOST_PROJECTS]

    def call(self, name: str, question: dict[str, Any]) -> Any:
        """Return the answer to a call of the server's API. Raises ServerFault."""
        if not self._is_known:
            about = self.client.get("version")
            # Other programs have a version, too, such as Prometheus.
            if not isinstance(about, dict) or about.get("api_version") != 1:
                raise another_program(self.address)
            self._is_known = True
        answer = self.client.post(f"api/{name}", question)
        if not isinstance(answer, dict) or "data" not in answer:
            raise another_program(self.address)
        return answer["data"]

    def query(self, project: str, statement: str) -> list[Row]:
        """Return the rows of a statement about a project. Raises ServerFault."""
        answer = self.call("query_project", {"project": project, "query": statement})
        try:
            columns, rows = answer["columns"], answer["rows"]
            if len(rows) > _MOST_ROWS:
                raise too_large(self.address)
            return [tuple([row[column] for column in columns]) for row in rows]
        except IMPOSSIBLE:
            raise another_program(self.address) from None

    def files(self, project: str) -> None:
        """Return nothing: a server does not show its files."""

    def listed_files(self, project: str) -> None:
        """Return nothing: a server's list does not show its files."""

    def media(self, file: str, most: int) -> tuple[int, bytes]:
        """Return the size of a file that a run logged, and up to `most` bytes of it.

        Raises MediaUnread or ServerFault.
        """
        if file.startswith("/") or ".." in file.split("/"):
            raise MediaUnread(OUTSIDE)
        if self._media is None:
            found = self.call("get_settings", {})
            folder = found.get("media_dir") if isinstance(found, dict) else None
            if not isinstance(folder, str):
                raise MediaUnread(f"{self.address.shown} does not tell where its media lie.")
            self._media = folder.rstrip("/")
        # TrackIO unquotes the path once more than HTTP does.
        asked = urlencode({"path": quote(f"{self._media}/{file}")})
        try:
            return self.client.get_part(f"file?{asked}", most)
        except ServerFault as fault:
            if fault.kind is FaultKind.NOTHING_AT_PATH:
                raise MediaUnread(GONE) from None
            raise

    def damage(self, project: str) -> None:
        """Return nothing: a server does not tell what it cannot read."""

    def distrust(self, project: str) -> bool:
        """Return false: a server makes no copy."""
        return False

    def fault(self, error: Exception) -> DatabaseFault | None:
        """Return the fault that an error means; `None` for an error of this program."""
        return fault_of_answer(error, of_error(self.address, RuntimeError()))

    def begin(self) -> None:
        """Answer again after an interruption."""
        self.client.begin()

    def interrupt(self) -> None:
        """Let the question that another thread waits for fail, and all others until `begin`."""
        self.client.interrupt()

    def close(self) -> None:
        """End the connection."""
        self.client.close()
