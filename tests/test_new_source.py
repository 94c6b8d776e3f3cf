"""A further source is one folder and a row: here is one, of which nothing else knows."""

from __future__ import annotations

import csv
import json
import math
from array import array
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, cast

import anyio
import pytest

from tests.live.fed_by_hand import Screen, no_signals
from trackio_view import origins
from trackio_view.cli import main
from trackio_view.live import live_session as live
from trackio_view.live import start
from trackio_view.live.live_session import LiveSession
from trackio_view.live.sources import GpuProducers
from trackio_view.model.events import (
    DataEvent,
    LoadFinished,
    LoadStarted,
    ProjectsListed,
    RowsLoaded,
    RunObjectsLoaded,
)
from trackio_view.model.objects import RunObjects
from trackio_view.model.opened_media import MediaFile
from trackio_view.model.opened_traces import TraceContent, TraceList, TraceListRequest, TraceRequest
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import RunKey, RunRows
from trackio_view.options.command_line import Options
from trackio_view.options.settings import default_settings
from trackio_view.origins import SourceRow, chosen_source
from trackio_view.series.series import MetricColumn
from trackio_view.sources.media_unread import MediaUnread
from trackio_view.sources.newest_rows import Following, Reach
from trackio_view.sources.source import Interest, Part, SnapshotEvent, Source, SourceFault
from trackio_view.sources.whole import WholeProject

if TYPE_CHECKING:
    from anyio.streams.memory import MemoryObjectSendStream

    from trackio_view.model.selection import Selection
    from trackio_view.terminal.terminal_session import TerminalSession


class Table:
    """A table of numbers with a column of steps, as a source of one project with one run."""

    tells_all = False
    clock_time: Callable[[], float] | None = None

    def __init__(self, path: Path) -> None:
        self.origin = str(path)
        self.project = ProjectId(self.origin, path.stem)
        self._path = path

    def rows(self, first: int = 0) -> list[DataEvent]:
        with self._path.open() as file:
            read = list(csv.DictReader(file))[first:]
        if not read:
            return []
        steps = array("d", [float(row["step"]) for row in read])
        at = array("I", range(len(read)))
        columns = {
            name: MetricColumn(at, array("d", [float(row[name]) for row in read]))
            for name in read[0]
            if name != "step"
        }
        times = array("d", [math.nan]) * len(read)
        rows = RunRows("run", "run", first + len(read), steps, times, columns, int(steps[-1]))
        return [RowsLoaded(self.project, 0, [rows], first + len(read))]

    def clock(self) -> float:
        return 0.0

    def named(self, project: str) -> ProjectId:
        return self.project

    async def list(
        self, send: MemoryObjectSendStream[DataEvent], interest: Callable[[], Interest]
    ) -> None:
        """Send nothing."""

    async def watch(self, project: ProjectId, send: MemoryObjectSendStream[DataEvent]) -> None:
        for event in self.snapshot(project, Part()):
            await send.send(cast("DataEvent", event))
        await anyio.sleep_forever()

    async def page(self, page: RunKey, send: MemoryObjectSendStream[DataEvent]) -> None:
        await send.send(RunObjectsLoaded(page.project, page.run_id, RunObjects()))

    async def media(self, page: RunKey, file: str, most: int) -> MediaFile:
        raise MediaUnread("A table has no files.")

    async def traces(self, request: TraceListRequest) -> TraceList:
        return TraceList()

    async def trace(self, request: TraceRequest) -> TraceContent:
        return TraceContent(fault="A table has no traces.")

    def missing(self, project: str) -> Sequence[str] | None:
        return None

    def listed(self) -> ProjectsListed:
        return ProjectsListed(self.origin, [])

    def snapshot(self, project: ProjectId, part: Part) -> Iterator[SnapshotEvent]:
        if not self._path.exists():
            raise SourceFault(f"There is no table {self.origin}.")
        begun, ended = LoadStarted(project, 0, 0), LoadFinished(project, 0)
        yield from WholeProject(project, [begun, *self.rows(), ended]).part(part)

    def follow(self, project: str | None, metric: str, selection: Selection) -> Following:
        return Followed(self)

    def close(self) -> None:
        """Nothing is open."""


class Followed:
    """The rows of a table, look by look."""

    clock = None
    reach = Reach.PRESENT

    def __init__(self, table: Table) -> None:
        self._table, self._read = table, 0
        self.project = table.project.name

    def look(self) -> Sequence[DataEvent]:
        found, is_first = self._table.rows(self._read), not self._read
        self._read += sum(
            len(run.steps) for one in found for run in cast("RowsLoaded", one).batches
        )
        project = self._table.project
        load = [LoadStarted(project, 0, 0), *found, LoadFinished(project, 0)]
        return load if is_first else found

    def left_out(self) -> Sequence[str]:
        return ()


@pytest.fixture
def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Add the row, and return a table of 60 rows whose loss falls to 0.25."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))

    def is_chosen(options: Options) -> bool:
        return str(options.dir).endswith(".csv")

    def opened(options: Options, _: bool) -> AbstractContextManager[Source]:
        return nullcontext(Table(Path(str(options.dir))))

    monkeypatch.setattr(origins, "SOURCES", (SourceRow(is_chosen, opened), *origins.SOURCES))
    path = tmp_path / "losses.csv"
    lines = [f"{step},{1 + (59 - step) / 4 if step < 59 else 0.25}" for step in range(60)]
    path.write_text("step,loss\n" + "\n".join(lines) + "\n")
    return path


def test_commands_print_it(table: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--once", "--dir", str(table)]) == 0
    told = capsys.readouterr().out
    assert "losses" in told
    assert "0.25" in told
    assert main(["--once", "--format", "json", "--dir", str(table)]) == 0
    document = json.loads(capsys.readouterr().out)
    assert "losses" in json.dumps(document)
    assert main(["--once", "--format", "csv", "--dir", str(table)]) == 0
    assert "59,0.25" in capsys.readouterr().out.replace(",,", ",")


def test_a_picture_is_made_of_it(table: Path, tmp_path: Path) -> None:
    assert main(["--once", "--output", str(tmp_path / "p.txt"), "--dir", str(table)]) == 0
    assert "loss" in (tmp_path / "p.txt").read_text("utf-8")


@pytest.mark.parametrize(("condition", "code"), [("loss<0.5", 0), ("loss<0.1", 3)])
def test_it_is_waited_for(table: Path, condition: str, code: int) -> None:
    assert main(["--until", condition, "--timeout", "0.1", "--dir", str(table)]) == code


def test_a_fault_of_it_is_a_sentence(table: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table.unlink()
    assert main(["--once", "--dir", str(table)]) == 1
    assert f"There is no table {table}." in capsys.readouterr().err


@pytest.mark.anyio
async def test_the_live_screen_shows_it(table: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def no_keys(*_: object) -> None:
        await anyio.sleep_forever()

    async def no_gpus(*_: object) -> None:
        await anyio.sleep_forever()

    monkeypatch.setattr(live, "read_keys", no_keys)
    screen, options = Screen(), Options(dir=table)
    with chosen_source(options) as source:
        dashboard = start._dashboard(options, source, default_settings())
        session = LiveSession(dashboard, cast("TerminalSession", screen), no_signals(), source)
        async with anyio.create_task_group() as group:
            group.start_soon(session.run, GpuProducers(no_gpus, no_gpus))
            await screen.until_it_shows("0.2500 @59")
            group.cancel_scope.cancel()
    assert any("losses" in line for line in screen.frames[-1].lines())
