"""A person's name for a machine behind SSH -> its name for `ssh`, and its projects' folder."""

from __future__ import annotations

import re

from trackio_view.light_typing import NamedTuple

_PLACE = re.compile(r"(?:([^@:/\[\]]+)@)?(\[[0-9A-Za-z:.%]+\]|[^@:/\[\]]+)(?::(.*))?", re.DOTALL)


class NoHost(Exception):
    """A name is no host; the text is a sentence."""


class SshHost(NamedTuple):
    """A machine, and a directory there."""

    name: str
    """The name for `ssh`, which may be one of its own settings."""
    directory: str | None
    """The folder as it was named; `None` for TrackIO's own folder there."""
    shown: str
    """The name on screen, and the origin of its projects."""


def parse_host(text: str) -> SshHost:
    """Return the machine that `HOST`, `USER@HOST` or `HOST:DIR` means. Raises NoHost."""
    found = _PLACE.fullmatch(text)
    has_space = re.search(r"\s", text.partition(":")[0])
    if found is None or has_space or not text.isprintable() or "://" in text:
        raise NoHost("a machine is named as HOST, USER@HOST or HOST:DIR")
    user, host, directory = found.groups()
    # `ssh` would take it for an option.
    if host.startswith("-") or (user or "").startswith("-"):
        raise NoHost("no name of a host or a user begins with a dash")
    host = host.strip("[]")
    name = host if user is None else f"{user}@{host}"
    return SshHost(name, directory or None, text.removesuffix(":") if not directory else text)
