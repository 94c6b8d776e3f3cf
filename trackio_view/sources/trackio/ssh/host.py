"""What a person calls a machine behind SSH -> what `ssh` calls it, and where projects lie there."""

from __future__ import annotations

import re

from trackio_view.named_tuple import NamedTuple

_PLACE = re.compile(r"(?:([^@:/\[\]]+)@)?(\[[0-9A-Za-z:.%]+\]|[^@:/\[\]]+)(?::(.*))?", re.DOTALL)


class NoHost(Exception):
    """What was named is no host; the text is a sentence."""


class SshHost(NamedTuple):
    """A machine, and a directory there."""

    name: str
    """What `ssh` is told: a name of its own settings, too."""
    directory: str | None
    """As it was named; `None` for where TrackIO keeps projects there."""
    shown: str
    """What it is called on screen, and the origin of its projects."""


def parse_host(text: str) -> SshHost:
    """Return the machine that `HOST`, `USER@HOST` or `HOST:DIR` means. Raises NoHost."""
    found = _PLACE.fullmatch(text)
    has_space = re.search(r"\s", text.partition(":")[0])
    if found is None or has_space or not text.isprintable() or "://" in text:
        raise NoHost("a machine is named as HOST, USER@HOST or HOST:DIR")
    user, host, directory = found.groups()
    # It would be an option of `ssh`.
    if host.startswith("-") or (user or "").startswith("-"):
        raise NoHost("no name of a host or a user begins with a dash")
    host = host.strip("[]")
    name = host if user is None else f"{user}@{host}"
    return SshHost(name, directory or None, text.removesuffix(":") if not directory else text)
