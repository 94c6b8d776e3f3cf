"""Where TrackIO keeps projects, and which file a project's name means."""

from __future__ import annotations

import os
from collections.abc import Mapping

from trackio_view.light_typing import NamedTuple
from trackio_view.model.project_id import ProjectId, canonical_name

REGISTRY_PREFIX = "registry-"
"""Databases of artifact registries lie beside the projects and are no projects."""
DATABASE_SUFFIX = ".db"
_DIRECTORY, _STORAGE = "TRACKIO_DIR", "PERSISTANT_STORAGE_ENABLED"
_HUGGING_FACE, _CACHE = "HF_HOME", "XDG_CACHE_HOME"
PERSISTENT_STORAGE = "/data/trackio"
"""The data directory on Spaces with persistent storage."""


class ProjectFile(NamedTuple):
    """A database that may be a project: what it is known by, and its path."""

    id: ProjectId
    """Its directory and its canonical name."""
    path: str


def data_directory(
    option: str | os.PathLike[str] | None = None, environment: Mapping[str, str] | None = None
) -> str:
    """Return the directory of TrackIO's data, whether it exists or not.

    The first that is set wins: `option` (the command line's, `~` expanded), TRACKIO_DIR (taken
    literally, as TrackIO does), persistent storage on Spaces, HF_HOME, XDG_CACHE_HOME, `~/.cache`.
    """
    variables = os.environ if environment is None else environment
    if option is not None:
        return _tidy(os.path.expanduser(option))
    variable = place_variable(variables)
    if variable == _DIRECTORY:
        return _tidy(variables[variable])
    if variable == _STORAGE:
        return PERSISTENT_STORAGE
    cache = variables.get(_CACHE, os.path.join(os.path.expanduser("~"), ".cache"))
    hugging_face = variables.get(_HUGGING_FACE, os.path.join(cache, "huggingface"))
    return _tidy(os.path.join(os.path.expandvars(os.path.expanduser(hugging_face)), "trackio"))


def place_variable(variables: Mapping[str, str]) -> str | None:
    """Return the variable that says where TrackIO's data lies, `None` where none does."""
    if variables.get(_DIRECTORY):
        return _DIRECTORY
    if variables.get(_STORAGE) == "true":
        return _STORAGE
    # Variables that are set yet empty count, as they do for huggingface_hub.
    return next((name for name in (_HUGGING_FACE, _CACHE) if name in variables), None)


def _tidy(path: str | os.PathLike[str]) -> str:
    """Return a path without slashes at its end, as sentences name it."""
    text = os.fspath(path)
    return text.rstrip("/") or text[:1] or "."


def find_projects(directory: str | os.PathLike[str]) -> list[ProjectFile]:
    """Return the databases in `directory` by name, without opening any.

    Registries and whatever is no regular file are left out. A missing directory holds no
    projects; any other OSError (no permission, a failing disk) is the caller's to explain.
    """
    origin = os.fspath(directory)
    try:
        entries = list(os.scandir(origin))
    except FileNotFoundError:
        return []
    found = [
        ProjectFile(ProjectId(origin, entry.name[: -len(DATABASE_SUFFIX)]), entry.path)
        for entry in entries
        if entry.name.endswith(DATABASE_SUFFIX)
        and entry.name != DATABASE_SUFFIX
        and not entry.name.startswith(REGISTRY_PREFIX)
        and _is_file(entry)
    ]
    return sorted(found, key=lambda project: project.id)


def _is_file(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_file()
    except OSError:
        return False


def project_file(directory: str | os.PathLike[str], project: str) -> ProjectFile:
    """Return the file that `project` means, whether it exists or not.

    A file of exactly that name is taken first; else the name is made canonical, so that the name
    given to TrackIO (`my model!`) finds what TrackIO wrote (`mymodel.db`).
    """
    origin = os.fspath(directory)
    exact = os.path.join(origin, project + DATABASE_SUFFIX)
    if project and os.path.basename(exact) == project + DATABASE_SUFFIX and os.path.isfile(exact):
        return ProjectFile(ProjectId(origin, project), exact)
    name = canonical_name(project)
    return ProjectFile(ProjectId(origin, name), os.path.join(origin, name + DATABASE_SUFFIX))
