"""What is said of a project that is not there, by every room that finds one missing.

Names stand in the sentences as the caller gave them. A caller that prints a sentence sanitizes its
names first.
"""

from __future__ import annotations


def no_such_project(project: str, origin: str) -> str:
    """Return the sentence for a project that was named and that an origin lacks."""
    return f"The project {project!r} does not exist in {origin}"


def refused_as_unknown(server: str) -> str:
    """Return the sentence for a server that says that it knows no such project."""
    return f"{server} has no such project: --list tells which it has."


def folder_awaited() -> str:
    """Return the sentence for a folder of projects that is not there, and may come to be."""
    return "There is no such folder yet."


def awaited(server: str | None = None) -> str:
    """Return the sentence for a project that is waited for, of a server where one has it."""
    where = "" if server is None else f" on {server}"
    return f"There is no such project{where} yet; waiting for it."


def return_awaited(server: str | None = None) -> str:
    """Return the sentence for a project that is gone, and may return."""
    if server is None:
        return "The project's database is gone; waiting for it to come back."
    return f"The project is gone from {server}; waiting for it to come back."


def first_row_awaited(server: str | None = None) -> str:
    """Return the sentence for a project that is there, and has no row yet."""
    if server is None:
        return "Waiting for the first row."
    return f"{server} has no row of it yet; waiting for the first."
