"""What a person was last told of a project: nothing is said twice in a row."""

from __future__ import annotations

from anyio.streams.memory import MemoryObjectSendStream

from trackio_view.model.events import DataEvent, Notice, Severity


class Notices:
    """The notices of one project."""

    def __init__(self, project: str, send: MemoryObjectSendStream[DataEvent]) -> None:
        self._project = project
        self._send = send
        self._said: dict[str, str] = {}

    async def say(
        self, subject: str, text: str | None, severity: Severity = Severity.WARNING
    ) -> None:
        """Send a notice where it says something new of `subject`; `None` takes the old one back."""
        if self._said.get(subject) == text:
            return
        if text is None:
            del self._said[subject]
        else:
            self._said[subject] = text
        await self._send.send(Notice(self._project, text, severity, subject))
