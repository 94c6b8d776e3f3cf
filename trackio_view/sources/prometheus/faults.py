"""What goes wrong with a Prometheus, each in one sentence that names it and says what to do."""

from __future__ import annotations

from trackio_view.sources.http.addresses import ServerAddress
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

TOKEN_VARIABLE = "TRACKIO_VIEW_PROMETHEUS_TOKEN"
TOKEN_FILE_VARIABLE = "TRACKIO_VIEW_PROMETHEUS_TOKEN_FILE"
HEADERS_VARIABLE = "TRACKIO_VIEW_PROMETHEUS_HEADERS"
HEADERS_FILE_VARIABLE = "TRACKIO_VIEW_PROMETHEUS_HEADERS_FILE"
_HINT = (
    f"set {TOKEN_VARIABLE}, or {TOKEN_FILE_VARIABLE} to a file, to a token or to name:password"
    f" that it accepts; {HEADERS_VARIABLE} names a tenant."
)
_PROGRAM = "Prometheus"


class PrometheusFault(HttpFault):
    """A Prometheus gave no answer, or none to the question."""

    def __init__(self, text: str, wait: float | None = None) -> None:
        super().__init__(text)
        self.wait = wait


def of_error(address: ServerAddress, error: Exception) -> PrometheusFault:
    """Return the fault behind an error of a connection or of its answer."""
    if isinstance(error, PrometheusFault):
        return error
    trouble = trouble_of_error(address, error, _PROGRAM)
    return another_program(address) if trouble is None else _fault(trouble)


def of_status(
    address: ServerAddress, status: int, said: str | None, retry_after: str | None
) -> PrometheusFault:
    """Return the fault of a status; `said` is Prometheus' own word for it."""
    if status in (401, 403):
        return PrometheusFault(wants_secret(address, "a token or a password", _HINT))
    if status in (404, 405):
        return PrometheusFault(
            f"{address.shown} is no Prometheus, or its paths begin elsewhere: name what stands"
            " before /api/v1, too."
        )
    trouble = trouble_of_status(address, status, said, retry_after, _PROGRAM)
    if said is not None and trouble.wait is None:
        return refused(address, said)
    return _fault(trouble)


def refused(address: ServerAddress, said: str) -> PrometheusFault:
    """Return the fault of a refused question, for a reason in the server's words."""
    return PrometheusFault(
        f"{address.shown} refuses a question: --prometheus-match can ask for fewer series;"
        f" {quoted(said)}."
    )


def in_part(source: str, said: str) -> str:
    """Return what to say of an answer that may be only a part, in the server's words why."""
    return f"{source} answers in part: {why_in_part(said)}."


def why_in_part(said: str) -> str:
    """Return what to look at where an answer may be only a part, in the server's words why."""
    return f"look whether a store behind it is down; {quoted(said)}"


def another_program(address: ServerAddress) -> PrometheusFault:
    """Return the fault of a page, or of another program's answer."""
    return PrometheusFault(
        f"{address.shown} is no Prometheus, or asks to sign in: a browser shows which."
    )


def elsewhere(address: ServerAddress, target: str) -> PrometheusFault:
    """Return the fault of a server that sends us to another one."""
    return PrometheusFault(sends_elsewhere(address, target))


def too_large(address: ServerAddress) -> PrometheusFault:
    """Return the fault of an answer that is too large."""
    return PrometheusFault(more_than_can_be_read(address))


def _fault(trouble: Trouble) -> PrometheusFault:
    return PrometheusFault(trouble.text, trouble.wait)
