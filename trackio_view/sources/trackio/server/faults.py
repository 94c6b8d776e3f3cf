"""What goes wrong with a server, each in one sentence that names it and says what to do."""

from __future__ import annotations

import errno
import http.client
import socket
import ssl

from trackio_view.sources.trackio.faults import DatabaseFault
from trackio_view.sources.trackio.server.addresses import (
    TOKEN_FILE_VARIABLE,
    TOKEN_VARIABLE,
    ServerAddress,
)

_BUSY = (429, 503)
_BUSY_SECONDS = 12.0
"""For so long TrackIO's own page leaves a server alone that says it is busy."""
_SAID_LENGTH = 120


class ServerFault(DatabaseFault):
    """A server did not answer, or not with what was asked."""

    def __init__(
        self,
        text: str,
        *,
        missing: bool = False,
        empty: bool = False,
        too_much: bool = False,
        stale: bool = False,
        wait: float | None = None,
    ) -> None:
        super().__init__(text, missing=missing, empty=empty)
        self.too_much = too_much
        """Less may be answered where this was not."""
        self.stale = stale
        """What was known of the tables is no longer so."""
        self.wait = wait
        """Seconds for which the server wants to be left alone, or has to be."""


def of_error(address: ServerAddress, error: Exception) -> ServerFault:
    """Return the fault behind an error of a connection or of what was read of it."""
    name = address.shown
    if isinstance(error, ServerFault):
        return error
    if isinstance(error, ssl.SSLCertVerificationError):
        reason = error.verify_message or "it cannot be verified"
        return ServerFault(
            f"{name} has a certificate that is not trusted ({reason.rstrip('.')}):"
            " SSL_CERT_FILE names the file of your own authority."
        )
    if isinstance(error, ssl.SSLError):
        return ServerFault(f"{name} speaks no TLS there: name it with http:// in front.")
    if isinstance(error, socket.gaierror):
        return ServerFault(f"{name} cannot be found: no such host is known.")
    if isinstance(error, ConnectionRefusedError):
        return ServerFault(f"{name} refuses connections: `trackio show` may not be running there.")
    if isinstance(error, TimeoutError):
        return ServerFault(f"{name} is too slow to answer.", too_much=True)
    if isinstance(error, http.client.IncompleteRead | http.client.RemoteDisconnected):
        return ServerFault(f"{name} broke off its answer.")
    if isinstance(error, http.client.HTTPException | ValueError):
        return ServerFault(f"{name} answers with what is no HTTP: it may be another port.")
    if isinstance(error, OSError):
        if error.errno in (errno.EHOSTUNREACH, errno.ENETUNREACH):
            return ServerFault(f"{name} cannot be reached: the network has no way there.")
        reason = (error.strerror or type(error).__name__).lower()
        return ServerFault(f"{name} broke the connection: {reason}.")
    return ServerFault(f"{name} answers with what no TrackIO server says.")


def of_status(
    address: ServerAddress, status: int, said: str | None, retry_after: str | None
) -> ServerFault:
    """Return the fault of an answer that is none; `said` is TrackIO's own word for it."""
    name = address.shown
    wait = _seconds(retry_after)
    if status == 500 and said is not None:
        return _of_query(name, said)
    if status in (401, 403):
        return ServerFault(f"{name} {_wants_token(address)}")
    if status == 404 and address.is_space:
        return ServerFault(f"{name} is no Space, or a private one: {_hint(address)}")
    if status in (404, 405):
        return ServerFault(
            f"{name} is no TrackIO server, or one from before 0.24: upgrade TrackIO there."
        )
    if status == 400 and said is None:
        return ServerFault(f"{name} expects TLS, it seems: name it with https:// in front.")
    if status == 413:
        return ServerFault(f"{name} takes no question of this length.", too_much=True)
    if status in _BUSY:
        text = "limits how often it is asked" if status == 429 else "is starting, or too busy"
        return ServerFault(f"{name} {text}.", wait=max(wait or 0.0, _BUSY_SECONDS))
    if status in (502, 504):
        return ServerFault(f"{name} has a proxy in front that cannot reach TrackIO.", wait=wait)
    return ServerFault(f"{name} answers with HTTP's status {status}.", wait=wait)


def _of_query(name: str, said: str) -> ServerFault:
    folded = said.lower()
    if "not found" in folded:
        return ServerFault(f"{name} has no such project.", missing=True)
    if "no such table" in folded or "no such column" in folded:
        return ServerFault(f"{name} has other tables now.", stale=True)
    if "more than" in folded and "rows" in folded:
        return ServerFault(f"{name} answers no question with so many rows.", too_much=True)
    return ServerFault(f"{name} cannot answer: {said[:_SAID_LENGTH].rstrip('.')}.")


def no_trackio(address: ServerAddress) -> ServerFault:
    """Return the fault of a page, or of another program's answer."""
    return ServerFault(f"{address.shown} is no TrackIO server, or asks to sign in.")


def elsewhere(address: ServerAddress, target: str) -> ServerFault:
    """Return the fault of a server that sends us to another one."""
    if address.is_space:
        return ServerFault(f"{address.shown} asks to sign in: {_hint(address)}")
    return ServerFault(
        f"{address.shown} sends to {target[:_SAID_LENGTH]}: name that server if it is meant."
    )


def too_large(address: ServerAddress) -> ServerFault:
    """Return the fault of an answer beyond all bounds."""
    return ServerFault(f"{address.shown} answers with more than can be read.", too_much=True)


def _wants_token(address: ServerAddress) -> str:
    if address.scheme != "https" and not address.is_here:
        return "wants a token, which is only sent over https://."
    return f"wants a token: {_hint(address)}"


def _hint(address: ServerAddress) -> str:
    if address.is_space:
        return "log in with `hf auth login`, or set HF_TOKEN."
    return f"set {TOKEN_VARIABLE}, or {TOKEN_FILE_VARIABLE} to a file that holds it."


def _seconds(retry_after: str | None) -> float | None:
    """Return what a `Retry-After` says in seconds; a date is left to our own pauses."""
    text = (retry_after or "").strip()
    if not (text.isascii() and text.isdigit() and len(text) < 9):
        return None
    return float(min(int(text), 3_600))
