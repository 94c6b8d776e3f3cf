"""A server's name, as a person gives it -> its address, its name on screen, and the token for it.

No secret in an address is kept: neither a name and password before the host, nor a query. TrackIO's
own addresses have the token for writing in the query, and this program never sends that.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import NamedTuple

SPACE_DOMAIN = ".hf.space"
TOKEN_VARIABLE = "TRACKIO_VIEW_TOKEN"
TOKEN_FILE_VARIABLE = "TRACKIO_VIEW_TOKEN_FILE"
_HUGGING_FACE_VARIABLES = ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN")
_MOST_TOKEN = 4_096
_PORTS = {"http": 80, "https": 443}

_SPACE = re.compile(r"([A-Za-z0-9][\w-]*)/([A-Za-z0-9][\w.-]*)")
"""`user/space`: in a host with a path, the first part has a dot or a colon."""
_SPACE_PAGE = re.compile(r"/spaces/([^/]+)/([^/]+)/?")
_AUTHORITY = re.compile(r"(?:.*@)?(\[[0-9A-Fa-f:.]+\]|[^:/@\[\]]+)(?::(\d{1,5}))?")


class NoAddress(Exception):
    """A name is no address of a server; the text is a sentence."""


class ServerAddress(NamedTuple):
    """Where a server is."""

    scheme: str
    host: str
    port: int
    path: str
    """The beginning of all paths on the server; it begins and ends with a slash."""

    @property
    def shown(self) -> str:
        """The server's name on screen, and the origin of its projects."""
        return f"{self.authority}{self.path.rstrip('/')}"

    @property
    def named(self) -> str:
        """The name by which a person may call the server."""
        return (
            f"https://{self.shown}" if self.scheme == "https" and not self.is_space else self.shown
        )

    @property
    def authority(self) -> str:
        """The host, with the port where it is not the usual one."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def is_here(self) -> bool:
        """Whether the server is on this machine, or behind a port that this machine forwards."""
        return self.host in ("localhost", "::1") or self.host.startswith("127.")

    @property
    def is_space(self) -> bool:
        """Whether it is a Space of Hugging Face."""
        return self.host.endswith(SPACE_DOMAIN)


def parse_address(text: str) -> ServerAddress:
    """Return the address that a URL, `host:port` or `user/space` means. Raises NoAddress."""
    text = text.strip()
    if not text or any(letter.isspace() or not letter.isprintable() for letter in text):
        raise NoAddress("an address is a URL, host:port, or user/space")
    scheme, found, rest = text.partition("://")
    if not found:
        space = _SPACE.fullmatch(text)
        if space is not None and space[1] != "localhost":
            return _space(*space.groups())
        host = re.split(r"[/?#:]", text, maxsplit=1)[0]
        # A Space is asked only over TLS.
        scheme, rest = "https" if host.lower().endswith(SPACE_DOMAIN) else "http", text
    scheme = scheme.lower()
    if scheme not in _PORTS:
        raise NoAddress("an address begins with http:// or https://")
    # A query and a fragment are meant for the page, and may hold the token for writing.
    rest = re.split(r"[?#]", rest, maxsplit=1)[0]
    authority, slash, path = rest.partition("/")
    parts = _AUTHORITY.fullmatch(authority)
    if parts is None:
        if re.fullmatch(r"[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*", authority):
            raise NoAddress("an IPv6 address stands in brackets, as in [::1]:7860")
        raise NoAddress("an address names a host")
    host, port = parts[1].strip("[]").lower(), parts[2]
    try:
        host = host if host.isascii() else host.encode("idna").decode("ascii")
    except UnicodeError:
        raise NoAddress("an address names a host") from None
    if port is not None and not 0 < int(port) < 65_536:
        raise NoAddress(f"there is no port {port}")
    page = _SPACE_PAGE.fullmatch(slash + path)
    if host in ("huggingface.co", "www.huggingface.co", "hf.co") and page is not None:
        return _space(*page.groups())
    if re.search(r'[^!-~]|[<>"\\^`{|}]', path):
        raise NoAddress("the path of an address must be percent-encoded")
    base = f"/{path}".rstrip("/") + "/"
    return ServerAddress(scheme, host, int(port or _PORTS[scheme]), base)


def _space(user: str, name: str) -> ServerAddress:
    """Return a Space's address by TrackIO's rule: lower case, and dashes for `_` and `.`."""
    label = re.sub(r"[_.]", "-", f"{user}-{name}".lower())
    return ServerAddress("https", f"{label}{SPACE_DOMAIN}", 443, "/")


def token_for(address: ServerAddress, environment: Mapping[str, str] | None = None) -> str | None:
    """Return the token that a server is shown, `None` for most.

    Hugging Face's token is sent only to Spaces, over TLS. A person's own token, from
    TRACKIO_VIEW_TOKEN or the file that TRACKIO_VIEW_TOKEN_FILE names, is sent to other servers,
    over TLS or within this machine.
    """
    variables = os.environ if environment is None else environment
    if address.is_space:
        return _hugging_face_token(variables) if address.scheme == "https" else None
    return secret_for(address, TOKEN_VARIABLE, TOKEN_FILE_VARIABLE, variables)


def secret_for(
    address: ServerAddress, variable: str, file_variable: str, environment: Mapping[str, str]
) -> str | None:
    """Return the secret of a variable, or of the file that another names; `None` without one.

    It is sent over TLS, or within this machine.
    """
    if address.scheme != "https" and not address.is_here:
        return None
    if secret := _usable(environment.get(variable, "")):
        return secret
    return _from_file(environment.get(file_variable, ""))


def headers_for(
    address: ServerAddress, variable: str, file_variable: str, environment: Mapping[str, str]
) -> dict[str, str]:
    """Return the headers of a variable, or of the file that another names, a line each.

    They are sent only where a secret may be sent, as they may hold one. Lines that are no header
    are passed over, and so are headers that a question sets itself.
    """
    if address.scheme != "https" and not address.is_here:
        return {}
    text = environment.get(variable) or _text_of(environment.get(file_variable, ""))
    found = (_HEADER.fullmatch(line.strip()) for line in text[:_MOST_TOKEN].splitlines())
    return {
        told[1]: told[2]
        for told in found
        if told is not None and told[1].lower() not in _OWN_HEADERS
    }


_HEADER = re.compile(r"([A-Za-z0-9-]{1,100}):[ \t]*([!-~](?:[ -~]*[!-~])?)")
"""Name and value (RFC 9110, 5.1 and 5.5), of ASCII alone."""
_OWN_HEADERS = frozenset(
    {
        *("host", "user-agent", "accept", "accept-encoding", "content-type", "content-length"),
        *("transfer-encoding", "connection", "expect", "te", "trailer", "upgrade"),
    }
)


def _hugging_face_token(variables: Mapping[str, str]) -> str | None:
    for name in _HUGGING_FACE_VARIABLES:
        if token := _usable(variables.get(name, "")):
            return token
    cache = variables.get("XDG_CACHE_HOME", os.path.join(os.path.expanduser("~"), ".cache"))
    home = variables.get("HF_HOME", os.path.join(cache, "huggingface"))
    return _from_file(variables.get("HF_TOKEN_PATH", os.path.join(home, "token")))


def _from_file(path: str) -> str | None:
    return _usable(_text_of(path))


def _text_of(path: str) -> str:
    """Return what a file holds, empty where it cannot be read."""
    path = os.path.expanduser(path)
    try:
        # Opening a pipe without a writer would wait for ever.
        if not os.path.isfile(path):
            return ""
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read(_MOST_TOKEN)
    except OSError:
        return ""


def _usable(token: str) -> str | None:
    """Return a token that a header may hold, `None` for anything else."""
    token = token.strip()
    is_visible = token.isascii() and all("!" <= letter <= "~" for letter in token)
    return token if token and is_visible and len(token) < _MOST_TOKEN else None
