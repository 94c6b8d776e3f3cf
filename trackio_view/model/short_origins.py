"""What origins are called beside each other."""

from __future__ import annotations

from collections.abc import Iterable

_LONG = 24
"""Columns from which on an origin is worth shortening."""


def short_origins(origins: Iterable[str]) -> dict[str, str]:
    """Return what each origin is called beside the others.

    Where several directories of one machine are long, the folders are left out that all of them
    begin or end with.
    """
    found = {origin: origin for origin in origins}
    by_machine: dict[str, list[str]] = {}
    for origin in found:
        machine, path = split_origin(origin)
        if path:
            by_machine.setdefault(machine, []).append(path)
    for machine, paths in by_machine.items():
        folders = [path.split("/") for path in paths]
        least = min(map(len, folders))
        common = 0
        while common < least - 1 and len({parts[common] for parts in folders}) == 1:
            common += 1
        if len(paths) < 2 or common < 2 or max(map(len, paths)) <= _LONG:
            continue
        behind = 0
        while behind < least - common - 1 and len({parts[-1 - behind] for parts in folders}) == 1:
            behind += 1
        for path, parts in zip(paths, folders, strict=True):
            left = [*parts[common : len(parts) - behind], *["…"] * (behind > 0)]
            found[machine + path] = f"{machine}…/{'/'.join(left)}"
    return found


def split_origin(origin: str) -> tuple[str, str]:
    """Return the machine that an origin names, with its colon, and the path there.

    A directory of this machine has no machine, and a server's address is no path.
    """
    place = origin.find("/")
    if place < 0 or "://" in origin or (place and origin[place - 1] not in ":…"):
        return origin, ""
    return origin[:place], origin[place:]
