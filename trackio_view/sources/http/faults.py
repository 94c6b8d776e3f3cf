"""The faults of any server, each as the rest of a sentence that begins with the server's name."""

from __future__ import annotations

import errno
import http.client
import socket
import ssl
import zlib
from typing import NamedTuple, Protocol

from trackio_view.sources.http.addresses import ServerAddress

_BUSY = (429, 503)
_OF_ANOTHER_NAME = (62, 64)
"""X509_V_ERR_HOSTNAME_MISMATCH and X509_V_ERR_IP_ADDRESS_MISMATCH (openssl/x509_vfy.h)."""
_BUSY_SECONDS = 12.0
"""TrackIO's own page leaves a busy server alone for so many seconds."""
_LONGEST_WAIT = 3_600
SAID_LENGTH = 120
"""A sentence has room for so many characters of the server's own words."""
_ANEW = "it may have been started anew, else look at a proxy in between"


class HttpFault(Exception):
    """A server gave no answer, or none to the question; the text is a sentence."""

    wait: float | None = None
    """Seconds for which the server wants to be left alone, or must be."""


class TlsCutOff(OSError):
    """The other end hung up during the TLS handshake."""


class Stalled(TimeoutError):
    """An answer began, and its end did not come in time."""


class Trouble(NamedTuple):
    """The sentence and the consequences of a fault."""

    text: str
    too_much: bool = False
    """Whether a smaller question may be answered where this one was not."""
    wait: float | None = None


class Faults(Protocol):
    """The functions that make the faults of one kind of server, in its own words; a module has
    them.
    """

    def of_error(self, address: ServerAddress, error: Exception) -> HttpFault:
        """Return the fault behind an error of a connection or of its answer."""

    def of_status(
        self, address: ServerAddress, status: int, said: str | None, retry_after: str | None
    ) -> HttpFault:
        """Return the fault of a status; `said` is the server's own word for it."""

    def another_program(self, address: ServerAddress) -> HttpFault:
        """Return the fault of a page, or of another program's answer."""

    def elsewhere(self, address: ServerAddress, target: str) -> HttpFault:
        """Return the fault of a server that sends us to another one."""

    def too_large(self, address: ServerAddress) -> HttpFault:
        """Return the fault of an answer that is too large."""


def trouble_of_error(address: ServerAddress, error: Exception, program: str) -> Trouble | None:
    """Return what an error of a connection means; `None` for any other error.

    `program` is what should be running there.
    """
    name = address.shown
    if isinstance(error, ssl.SSLCertVerificationError):
        reason = error.verify_message or "it cannot be verified"
        if getattr(error, "verify_code", 0) in _OF_ANOTHER_NAME:
            return Trouble(
                f"{name} has a certificate of another name ({reason.rstrip('.')}):"
                " name it as its certificate does."
            )
        return Trouble(
            f"{name} has a certificate that is not trusted ({reason.rstrip('.')}):"
            " SSL_CERT_FILE names the file of your own authority."
        )
    if isinstance(error, TlsCutOff):
        return Trouble(
            f"{name} hangs up where TLS begins: name it with http:// in front if it has none,"
            " else a proxy in between may forbid it."
        )
    if isinstance(error, ssl.SSLError):
        return Trouble(f"{name} speaks no TLS there: name it with http:// in front.")
    if isinstance(error, socket.gaierror):
        return Trouble(f"{name} cannot be found: no such host is known, so look how it is spelled.")
    if isinstance(error, ConnectionRefusedError):
        return Trouble(f"{name} refuses connections: start {program} there, or name its port.")
    if isinstance(error, Stalled):
        return Trouble(
            f"{name} does not come to the end of its answer: look whether it is busy, or at a proxy"
            " in between, which may cut it off.",
            too_much=True,
        )
    if isinstance(error, TimeoutError):
        return Trouble(
            f"{name} is too slow to answer: look whether it is busy, or asleep.", too_much=True
        )
    if isinstance(error, http.client.IncompleteRead | http.client.RemoteDisconnected):
        return Trouble(f"{name} broke off its answer: {_ANEW}.")
    if isinstance(error, zlib.error):
        return Trouble(
            f"{name} answers with what cannot be unpacked: look at a proxy in between, which may"
            " garble it."
        )
    if isinstance(error, http.client.HTTPException | ValueError):
        return Trouble(f"{name} answers with what is no HTTP: name the port that {program} has.")
    if isinstance(error, OSError):
        if error.errno in (errno.EHOSTUNREACH, errno.ENETUNREACH):
            return Trouble(
                f"{name} cannot be reached: the network has no way there; a VPN may be missing."
            )
        reason = (error.strerror or type(error).__name__).lower()
        return Trouble(f"{name} broke the connection ({reason}): {_ANEW}.")
    return None


def trouble_of_status(
    address: ServerAddress, status: int, said: str | None, retry_after: str | None, program: str
) -> Trouble:
    """Return what a status means, where it means the same from every server."""
    name, wait = address.shown, _seconds(retry_after)
    if status == 400 and said is None and address.scheme != "https":
        return Trouble(
            f"{name} answers with HTTP's status 400: name it with https:// in front if it expects"
            " TLS, else look at a proxy in between."
        )
    if status == 413:
        return Trouble(
            f"{name} takes no question of this length: raise the limit of the proxy in front.",
            too_much=True,
        )
    if status in _BUSY:
        text = "is starting, or too busy: give it a minute"
        if status == 429:
            text = "limits how often it is asked: ask it more rarely, by a longer --interval"
        return Trouble(f"{name} {text}.", wait=max(wait or 0.0, _BUSY_SECONDS))
    if status in (502, 504):
        return Trouble(
            f"{name} has a proxy in front that cannot reach {program}: start it there.", wait=wait
        )
    text = f"answers with HTTP's status {status}: a browser may show what it wants"
    return Trouble(f"{name} {text}.", wait=wait)


def quoted(said: str) -> str:
    """Return a server's own words as the end of a sentence: one line, and no longer than is read.

    Whoever wrote them may have put line breaks and signs for terminals into them.
    """
    line = " ".join("".join(one if one.isprintable() else " " for one in said).split())
    if len(line) > SAID_LENGTH:
        line = f"{line[: SAID_LENGTH - 1].rstrip()}…"
    return f'it says "{line.rstrip(".")}"' if line.rstrip(".") else "it does not say why"


def wants_secret(address: ServerAddress, what: str, hint: str) -> str:
    """Return what to say of a server that refuses access; `what` it wants, and how to give it."""
    if address.scheme != "https" and not address.is_here:
        return f"{address.shown} wants {what}, which is only sent over https://."
    return f"{address.shown} wants {what}: {hint}"


def sends_elsewhere(address: ServerAddress, target: str) -> str:
    """Return what to say of a server that sends us to another one."""
    return f"{address.shown} sends to {target[:SAID_LENGTH]}: name that server if it is meant."


def more_than_can_be_read(address: ServerAddress) -> str:
    """Return what to say of an answer that is too large."""
    return f"{address.shown} answers with more than can be read: look what answers there."


def _seconds(retry_after: str | None) -> float | None:
    """Return the seconds of a `Retry-After`; a date is passed over, as our own pauses apply."""
    text = (retry_after or "").strip()
    if not (text.isascii() and text.isdigit() and len(text) < 9):
        return None
    return float(min(int(text), _LONGEST_WAIT))
