"""The faults of a server, each in one sentence that names the server and says what to do."""

from __future__ import annotations

from trackio_view.model.missing_project import refused_as_unknown
from trackio_view.sources.http.addresses import (
    TOKEN_FILE_VARIABLE,
    TOKEN_VARIABLE,
    ServerAddress,
)
from trackio_view.sources.http.faults import (
    HttpFault,
    Trouble,
    more_than_can_be_read,
    quoted,
    sends_elsewhere,
    trouble_of_error,
    trouble_of_status,
    wants_secret,
)
from trackio_view.sources.trackio.faults import DatabaseFault, FaultKind


class ServerFault(DatabaseFault, HttpFault):
    """A server gave no answer, or none to the question."""

    def __init__(
        self,
        text: str,
        kind: FaultKind | None = None,
        *,
        of_project: bool = False,
        wait: float | None = None,
    ) -> None:
        super().__init__(text, kind)
        self.of_project = of_project
        """Whether only this one project has the fault."""
        self.wait = wait


def of_error(address: ServerAddress, error: Exception) -> ServerFault:
    """Return the fault behind an error of a connection or of its answer."""
    if isinstance(error, ServerFault):
        return error
    trouble = trouble_of_error(address, error, "`trackio show`")
    if trouble is None:
        return ServerFault(
            f"{address.shown} answers with what no TrackIO server says: look at a proxy in"
            " between, which may alter it."
        )
    return _fault(trouble)


def of_status(
    address: ServerAddress, status: int, said: str | None, retry_after: str | None
) -> ServerFault:
    """Return the fault of a status; `said` is TrackIO's own word for it."""
    name = address.shown
    if status == 500 and said is not None:
        return _of_query(name, said)
    if status in (401, 403):
        return ServerFault(wants_secret(address, "a token", _hint(address)))
    if status == 404 and address.is_space:
        return ServerFault(
            f"{name} is no Space, or a private one: {_hint(address)}", FaultKind.NOTHING_AT_PATH
        )
    if status in (404, 405):
        return ServerFault(
            f"{name} is no TrackIO server, or one from before 0.24: upgrade TrackIO there.",
            FaultKind.NOTHING_AT_PATH,
        )
    return _fault(trouble_of_status(address, status, said, retry_after, "TrackIO"))


def _of_query(name: str, said: str) -> ServerFault:
    folded = said.lower()
    if "not found" in folded:
        return ServerFault(refused_as_unknown(name), FaultKind.MISSING, of_project=True)
    if "no such table" in folded or "no such column" in folded:
        return ServerFault(
            f"{name} has other tables now: they are read anew.", FaultKind.STALE, of_project=True
        )
    if "more than" in folded and "rows" in folded:
        return ServerFault(
            f"{name} answers no question with so many rows: look which release runs there.",
            FaultKind.TOO_MUCH,
        )
    what = "refuses a question: TrackIO's own output there may tell why"
    if "malformed" in folded or "not a database" in folded or "disk i/o" in folded:
        what = "cannot read the project: its file there is damaged, so look at it or its disk"
    elif "locked" in folded:
        what = "cannot read the project now: look which program there holds its file locked"
    return ServerFault(f"{name} {what}; {quoted(said)}.", FaultKind.REFUSED, of_project=True)


def another_program(address: ServerAddress) -> ServerFault:
    """Return the fault of a page, or of another program's answer."""
    return ServerFault(
        f"{address.shown} is no TrackIO server, or asks to sign in: a browser shows which."
    )


def elsewhere(address: ServerAddress, target: str) -> ServerFault:
    """Return the fault of a server that sends us to another one."""
    if address.is_space:
        return ServerFault(f"{address.shown} asks to sign in: {_hint(address)}")
    return ServerFault(sends_elsewhere(address, target))


def too_large(address: ServerAddress) -> ServerFault:
    """Return the fault of an answer that is too large."""
    return ServerFault(more_than_can_be_read(address), FaultKind.TOO_MUCH)


def _fault(trouble: Trouble) -> ServerFault:
    kind = FaultKind.TOO_MUCH if trouble.too_much else None
    return ServerFault(trouble.text, kind, wait=trouble.wait)


def _hint(address: ServerAddress) -> str:
    if address.is_space:
        return "log in with `hf auth login`, or set HF_TOKEN."
    return f"set {TOKEN_VARIABLE}, or {TOKEN_FILE_VARIABLE} to a file that holds it."
