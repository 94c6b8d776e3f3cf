"""Names that are left out of what goes to others, as in a bug report: numbers stand for them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable

from trackio_view.model.project_id import ProjectId
from trackio_view.terminal.text import sanitize

_SHORTEST = 3
"""The least length of a name that is searched for in sentences. Shorter names also occur within
other words.
"""
_ADDRESS = re.compile(r"\b[a-z][a-z0-9+.-]*://\S+|\b\d{1,3}(?:\.\d{1,3}){3}\b")
_PATH = re.compile(r"[^\s<>]*/[^\s:<>]*")
_PARTS = re.compile(r"(?!https?\b)[\w-]*[^\W\d][\w.-]*")
"""The part of an address that is a name, without the scheme and the port."""
_BRACKETED = re.compile(r"\[([^\]\s]+)\]")
"""An address of IPv6."""
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")


class LeftOutNames:
    """Replaces the names of projects and runs, always in the same way for the same name."""

    def __init__(self, *, told: bool = False, places: Iterable[str] = ()) -> None:
        """Begin with the home and with `places`: servers and machines, as they are called."""
        self.told = told
        """Whether names are told as they are, because somebody asked for that."""
        self._projects: dict[ProjectId, str] = {}
        self._words: dict[str, str] = {}
        self._learn(os.path.expanduser("~"), "~")
        for place in places:
            for part in (*_BRACKETED.findall(place), *_PARTS.findall(place)):
                self._learn(part, "<place>")

    def project(self, project: ProjectId) -> str:
        """Return what a project is called: by its name, or as `project 1`."""
        if project not in self._projects:
            self._projects[project] = f"project {len(self._projects) + 1}"
            self._learn(project.name, self._projects[project])
            self._learn(project.origin, "<origin>")
        return sanitize(project.name) if self.told else self._projects[project]

    def learn_runs(self, runs: Iterable[str]) -> None:
        """Take note of names and ids of runs, which sentences may hold."""
        for run in runs:
            self._learn(run, "<run>")

    def text(self, sentence: str) -> str:
        """Return a sentence of a notice without names, paths, addresses and what it quotes."""
        if self.told:
            return sanitize(sentence)
        # The longest names come first, because one name may be the beginning of another.
        for word in sorted(self._words, key=len, reverse=True):
            if word in sentence:
                sentence = re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", self._words[word], sentence)
        sentence = _QUOTED.sub("'...'", sentence)
        return sanitize(_PATH.sub("<path>", _ADDRESS.sub("<address>", sentence)))

    def _learn(self, word: str, stands_for: str) -> None:
        if len(word) >= _SHORTEST:
            self._words.setdefault(word, stands_for)
