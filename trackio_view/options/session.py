"""How the screen of a project was left: a small file for each project, found again at a start.

They lie in `~/.local/state/trackio-view/sessions`, or the same below `XDG_STATE_HOME`, one for each
origin and name of a project. Several programs may watch one project. Each writes only what was
changed in it, merged with what the file holds at that time, and always writes a whole file.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from typing import Any

from trackio_view.light_typing import NamedTuple
from trackio_view.model.project_id import ProjectId
from trackio_view.operating_system.own_file import replace_own
from trackio_view.operating_system.regular_file import open_regular

VERSION = 1
_MARK = "trackio-view session"
FIRST = f'{{"{_MARK}": '.encode("ascii")
"""How such a file begins. Any other file is left as it is."""
_MOST_BYTES = 1 << 20
_SHOWN_OF_NAME = 40


class Session(NamedTuple):
    """What the file of a project says."""

    values: Mapping[str, Any] = {}
    """What was remembered, by its name."""
    fault: str | None = None
    """Why the file says nothing, as a sentence; `None` also where there is no file."""
    is_to_stay: bool = False
    """Whether the file must not be replaced by this release."""
    others: Mapping[str, Any] = {}
    """What the file holds beside, by names that this release does not know."""


def session_path(project: ProjectId) -> str | None:
    """Return where a project's file lies; `None` where there is no place for it.

    That is where nobody knows this user's home, and where the place lies within the project's own
    directory, in which nothing is written.
    """
    base = os.environ.get("XDG_STATE_HOME", "")
    if not os.path.isabs(base):
        base = os.path.join(os.path.expanduser("~"), ".local", "state")
    folder = os.path.join(base, "trackio-view", "sessions")
    if not os.path.isabs(folder) or _is_within(folder, project.origin):
        return None
    import hashlib

    known_by = f"{project.origin}\0{project.name}".encode("utf-8", "surrogatepass")
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", project.name)[:_SHOWN_OF_NAME].strip(".-") or "project"
    return os.path.join(folder, f"{name}-{hashlib.sha256(known_by).hexdigest()[:16]}.json")


def _is_within(folder: str, origin: str) -> bool:
    if not os.path.isabs(origin):
        return False
    place = os.path.realpath(origin)
    return os.path.commonpath((os.path.realpath(folder), place)) == place


def read_session(project: ProjectId, path: str | None) -> Session:
    """Return what the file at `path` says of a project; nothing raises."""
    if path is None:
        return Session()
    try:
        with open_regular(path) as file:
            content = file.read(_MOST_BYTES + 1)
    except (FileNotFoundError, NotADirectoryError):
        return Session()
    except (OSError, ValueError) as error:
        return _unread(path, _reason(error), is_to_stay=True)
    # A disk that was full, or lost its power, leaves an empty one.
    return _interpreted(project, path, content) if content else Session()


def _unread(path: str, why: str, *, is_to_stay: bool = False) -> Session:
    fault = f"The remembered view cannot be read: {why}: {path}."
    return Session(fault=fault, is_to_stay=is_to_stay)


def _reason(error: Exception) -> str:
    return (getattr(error, "strerror", None) or type(error).__name__).lower()


def _interpreted(project: ProjectId, path: str, content: bytes) -> Session:
    if not content.startswith(FIRST):
        return _unread(path, "another file is there, and stays as it is", is_to_stay=True)
    if len(content) > _MOST_BYTES:
        return _unread(path, f"the file has more than {_MOST_BYTES >> 20} MB")
    try:
        document = json.loads(content)
        version, values = document[_MARK], document.get("view")
    except (ValueError, RecursionError):
        return _unread(path, "the file is broken off or garbled")
    if isinstance(version, int) and version > VERSION:
        why = "the file is of a newer trackio-view, and stays as it is"
        return _unread(path, why, is_to_stay=True)
    if version != VERSION or not isinstance(values, dict):
        return _unread(path, "the file is broken off or garbled")
    if [document.get("origin"), document.get("project")] != [*project]:
        return _unread(path, "the file is about another project", is_to_stay=True)
    known = (_MARK, "origin", "project", "view")
    others = {name: value for name, value in document.items() if name not in known}
    return Session(values, others=others)


def write_session(
    project: ProjectId, path: str | None, changes: Mapping[str, Any], *, anew: bool = False
) -> str | None:
    """Write what was changed over what the file holds; return why that cannot be, as a sentence.

    With `anew`, nothing of what it holds is kept; else, also what another release wrote beside. A
    file that is not this release's stays.
    """
    if path is None:
        return (
            "The view cannot be remembered: set HOME, or XDG_STATE_HOME to a directory outside the"
            " projects."
        )
    held = read_session(project, path)
    if held.is_to_stay:
        return held.fault
    kept = Session() if anew else held
    values = {**kept.values, **changes}
    document = {_MARK: VERSION, "origin": project.origin, "project": project.name, "view": values}
    document.update(kept.others)
    content = json.dumps(document).encode("ascii")
    if len(content) > _MOST_BYTES:
        return f"The view cannot be remembered: it has more than {_MOST_BYTES >> 20} MB."
    try:
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        replace_own(path, content, FIRST)
    except (OSError, ValueError) as error:
        return f"The view cannot be remembered: {_reason(error)}: {path}."
    return None
