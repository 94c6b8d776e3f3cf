"""Asks one server over HTTP: one question at a time, with a deadline and a bound on the size.

It is the standard library's client, which a command that prints and ends can afford: httpx takes
three times as long to import, limits the time of each read rather than of the whole, and
decompresses without a bound. No redirect leaves the server, no cookie is kept, and no header is
sent but those here.
"""

from __future__ import annotations

import base64
import http.client
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import SplitResult, urlencode, urljoin, urlsplit

from trackio_view import __version__
from trackio_view.sources.http.addresses import ServerAddress
from trackio_view.sources.http.faults import Faults, HttpFault, Stalled, TlsCutOff
from trackio_view.sources.http.timed_socket import TimedSocket
from trackio_view.sources.server_json import json_bytes, json_value

LARGEST = 32 << 20
"""The most bytes of an answer, unpacked."""
_CONNECT_SECONDS = 5.0
WHOLE_SECONDS = 15.0
"""The most seconds until the last byte of an answer."""
_PIECE = 64 << 10
_MOST_DIGITS = 18
"""Of a file's size in bytes. Python refuses to read a number of thousands of digits."""
_REDIRECTS = (301, 302, 307, 308)


_FilePart = tuple[int, bytes]
"""The size of a file, and bytes of its beginning."""


class _Body(NamedTuple):
    """The body of a question, and its headers."""

    data: bytes
    kind: str


class HttpClient:
    """A connection to a server, made when it is needed and kept as long as the server allows."""

    def __init__(
        self,
        address: ServerAddress,
        faults: Faults,
        *,
        authorization: str | None = None,
        headers: Mapping[str, str] | None = None,
        whole_seconds: float = WHOLE_SECONDS,
        decode: Callable[[bytes], Any] = json_value,
    ) -> None:
        """`authorization` is the header of that name, shown to this server and to no other.

        So are `headers`, which replace none of the program's own. `decode` returns the value of a
        JSON text, and raises ValueError where it is none.
        """
        self.address = address
        self.requests = 0
        """How many questions were sent so far, for tests that count work."""
        self.bytes_received = 0
        """How many bytes of answers came so far, headers included, for the same tests."""
        self._whole_seconds = whole_seconds
        self._faults = faults
        self._decode = decode
        self._authorization = authorization
        self._more_headers = dict(headers or {})
        self._lock = threading.Lock()
        self._connection: http.client.HTTPConnection | None = None
        self._socket: TimedSocket | None = None
        self._interrupted = False

    def get(self, path: str) -> Any:
        """Return the answer at a path, parsed. Raises HttpFault."""
        return self._ask("GET", path, None)

    def get_part(self, path: str, most: int) -> tuple[int, bytes]:
        """Return the size of a file at a path, and up to `most` bytes from its beginning.

        Raises HttpFault.
        """
        found: _FilePart = self._ask("GET", path, None, most)
        return found

    def post(self, path: str, question: Any) -> Any:
        """Return the answer to a question, both JSON. Raises HttpFault."""
        return self._ask("POST", path, _Body(json_bytes(question), "application/json"))

    def post_form(self, path: str, fields: Mapping[str, str]) -> Any:
        """Return the answer to the fields of a form, parsed. Raises HttpFault."""
        data = urlencode(fields).encode("ascii")
        return self._ask("POST", path, _Body(data, "application/x-www-form-urlencoded"))

    def without_secret(self, said: str) -> str:
        """Return words of the server without the secret that it was shown, if it repeats that."""
        for secret in _secrets_of(self._authorization or ""):
            said = said.replace(secret, "***")
        return said

    def begin(self) -> None:
        """Allow questions again after an interruption, once the interrupted one has ended."""
        with self._lock:
            self._interrupted = False

    def interrupt(self) -> None:
        """Let the question that another thread waits for fail, and all others until `begin`."""
        self._interrupted = True
        found = self._socket
        if found is not None:
            found.interrupt()

    def close(self) -> None:
        """Hang up; the next question connects anew."""
        connection, self._connection = self._connection, None
        timed, self._socket = self._socket, None
        if connection is not None:
            connection.close()
        if timed is not None:
            timed.end()

    def _ask(self, method: str, path: str, body: _Body | None, most: int | None = None) -> Any:
        with self._lock:
            try:
                return self._answer(method, self.address.path + path, body, most)
            except HttpFault:
                raise
            except Exception as error:
                self.close()
                # It is not chained: its text goes to a notice, and the frames of the other hold the
                # headers.
                raise self._faults.of_error(self.address, error) from None

    def _answer(self, method: str, path: str, body: _Body | None, most: int | None) -> Any:
        """Return the answer, parsed; with `most`, up to so many bytes of a file."""
        deadline = time.monotonic() + self._whole_seconds
        for _ in range(2):
            response = self._sent(method, path, body, deadline, most)
            data = self._body(response)
            if response.status == 200:
                return self._parsed(data) if most is None else (len(data), data[:most])
            if response.status == 416 and most is not None:
                # An empty file has no part that a server could send.
                return 0, b""
            if response.status == 206 and most is not None:
                return _part(response.getheader("Content-Range") or "", data[:most])
            if response.status not in _REDIRECTS:
                said = _said(data)
                said = None if said is None else self.without_secret(said)
                retry_after = response.getheader("Retry-After")
                raise self._faults.of_status(self.address, response.status, said, retry_after)
            path = self._within(path, response.getheader("Location") or "")
        raise self._faults.elsewhere(self.address, "itself, again and again")

    def _sent(
        self, method: str, path: str, body: _Body | None, deadline: float, most: int | None
    ) -> http.client.HTTPResponse:
        """Return the response to a question, once its headers are read."""
        is_kept = self._connection is not None
        try:
            return self._sent_once(method, path, body, deadline, most)
        except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
            self.close()
            # An interrupted connection looks as if the server had hung up.
            if self._interrupted or not is_kept:
                raise
        # The server had closed an idle connection.
        return self._sent_once(method, path, body, deadline, most)

    def _sent_once(
        self, method: str, path: str, body: _Body | None, deadline: float, most: int | None
    ) -> http.client.HTTPResponse:
        if self._connection is None:
            self._connect(deadline)
        if self._interrupted:
            raise ConnectionAbortedError
        connection, timed = self._connection, self._socket
        if connection is None or timed is None:
            raise ConnectionError
        timed.deadline = deadline
        self.requests += 1
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        for name, value in self._headers(body, most).items():
            connection.putheader(name, value)
        connection.endheaders(None if body is None else body.data)
        return connection.getresponse()

    def _headers(self, body: _Body | None, most: int | None) -> dict[str, str]:
        """Return the headers of a question."""
        headers = {
            **self._more_headers,
            "Host": self.address.authority,
            "User-Agent": f"trackio-view/{__version__}",
            "Accept": "application/json",
            # Packing is half of the server's work, and gains nothing within this machine.
            "Accept-Encoding": "identity" if self.address.is_here else "gzip",
        }
        if most is not None:
            # A part of a packed file could not be unpacked.
            headers.update({"Accept": "*/*", "Accept-Encoding": "identity"})
            headers["Range"] = f"bytes=0-{most - 1}"
        if body is not None:
            headers["Content-Type"] = body.kind
            headers["Content-Length"] = str(len(body.data))
        if self._authorization is not None:
            headers["Authorization"] = self._authorization
        return headers

    def _connect(self, deadline: float) -> None:
        address = self.address
        plain = socket.create_connection((address.host, address.port), timeout=_CONNECT_SECONDS)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            if address.scheme == "https":
                context = ssl.create_default_context()
                plain = _with_tls(plain, context, address.host)
        except BaseException:
            plain.close()
            raise
        connection = http.client.HTTPConnection(address.host, address.port)
        # Otherwise `http.client` would make a socket without our deadline.
        connection.auto_open = 0
        self._socket = TimedSocket(plain, deadline)
        connection.sock = self._socket
        self._connection = connection

    def _body(self, response: http.client.HTTPResponse) -> bytes:
        """Return the body of a response, unpacked and within the bound on its size."""
        packed = response.getheader("Content-Encoding", "identity").strip().lower()
        if packed not in ("identity", "gzip", ""):
            self.close()
            raise self._faults.another_program(self.address)
        unpacking = zlib.decompressobj(31) if packed == "gzip" else None
        pieces: list[bytes] = []
        size = 0
        try:
            while piece := response.read(_PIECE):
                if unpacking is not None:
                    piece = unpacking.decompress(piece, LARGEST + 1 - size)
                pieces.append(piece)
                size += len(piece)
                if size > LARGEST:
                    self.close()
                    raise self._faults.too_large(self.address)
            if response.length or (unpacking is not None and not unpacking.eof):
                raise http.client.IncompleteRead(b"")
        except TimeoutError:
            raise Stalled from None
        finally:
            if self._socket is not None:
                self.bytes_received += self._socket.taken()
        if response.will_close:
            self.close()
        return b"".join(pieces)

    def _parsed(self, data: bytes) -> Any:
        try:
            return self._decode(data)
        except ValueError:
            raise self._faults.another_program(self.address) from None

    def _within(self, path: str, location: str) -> str:
        """Return the path of a redirect within the same server."""
        address = self.address
        try:
            here = urlsplit(f"{address.scheme}://{address.authority}{path}")
            target = urlsplit(urljoin(here.geturl(), location))
            same = (target.scheme, target.hostname, target.port or here.port) == (
                *(here.scheme, here.hostname, here.port),
            )
        except ValueError:
            raise self._faults.another_program(address) from None
        if not same or not target.path:
            raise self._faults.elsewhere(address, _named(target))
        found = target.path
        if target.query:
            # It is a page that asks to sign in.
            raise self._faults.another_program(address)
        return found


def _secrets_of(authorization: str) -> Iterator[str]:
    """Yield what of a header must not be repeated: a token, or a password in both its forms."""
    kind, _, secret = authorization.partition(" ")
    if secret:
        yield secret
    if kind == "Basic":
        told = base64.b64decode(secret).decode("ascii", "replace")
        yield told
        if password := told.partition(":")[2]:
            yield password


def _with_tls(plain: socket.socket, context: ssl.SSLContext, host: str) -> ssl.SSLSocket:
    try:
        return context.wrap_socket(plain, server_hostname=host)
    except (ConnectionError, ssl.SSLEOFError, ssl.SSLZeroReturnError):
        raise TlsCutOff from None


def _named(target: SplitResult) -> str:
    """Return the address that a person can give to follow a redirect, without name and password."""
    if not target.hostname:
        return "nowhere"
    host = f"[{target.hostname}]" if ":" in target.hostname else target.hostname
    # Perhaps only the scheme differs.
    return f"{target.scheme}://{host}" + (f":{target.port}" if target.port else "")


def _part(content_range: str, data: bytes) -> _FilePart:
    """Return the size of a file, and the part of it that came (RFC 9110, 14.4)."""
    size = content_range.rpartition("/")[2]
    is_told = size.isascii() and size.isdigit() and len(size) <= _MOST_DIGITS
    return (int(size) if is_told else len(data)), data


def _said(data: bytes) -> str | None:
    """Return a server's own word for what is wrong, as TrackIO and Prometheus say it."""
    try:
        found = json_value(data)
    except ValueError:
        return None
    said = found.get("error") if isinstance(found, dict) else None
    return said if isinstance(said, str) else None
