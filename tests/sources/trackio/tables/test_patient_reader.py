"""A project that is read once: passing faults are waited for, and lasting ones are raised."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from trackio_view.sources.trackio.faults import DatabaseFault, FaultKind, locked, missing, replaced
from trackio_view.sources.trackio.files.access import Access
from trackio_view.sources.trackio.files.database import (
    REST_PATIENCE,
    Locks,
    ProjectConnection,
    open_database,
)
from trackio_view.sources.trackio.reader import Reader, Row
from trackio_view.sources.trackio.tables import patient_reader
from trackio_view.sources.trackio.tables.patient_reader import PatientReader
from trackio_view.sources.trackio.tables.schema import READ_SCHEMA

COUNT = "SELECT count(*) FROM metrics"


class Opened:
    """Opens a project and counts that. Questions other than those for the schema meet the
    faults."""

    def __init__(self, path: str, access: Access, *faults: Callable[[], Exception]) -> None:
        self.path = path
        self.access = access
        self.faults = list(faults)
        self.times_opened = self.times_closed = 0

    def __call__(self) -> Reader:
        self.times_opened += 1
        return Met(self, open_database(self.path))


class Met:
    """An open project, which stands between its reader and the caller."""

    opened = None
    latency = 0.0
    damage = None

    def __init__(self, opener: Opened, real: Reader) -> None:
        self.opener = opener
        self.real = real
        self.access = opener.access

    def fetch(self, query: str, values: Sequence[Any] = (), /) -> list[Row]:
        if query == COUNT and self.opener.faults:
            raise self.opener.faults.pop(0)()
        return self.real.fetch(query, values)

    def interrupt(self) -> None:
        self.real.interrupt()

    def close(self) -> None:
        self.opener.times_closed += 1
        self.real.close()


@pytest.fixture
def path(project: Any, monkeypatch: pytest.MonkeyPatch) -> str:
    project.log([{"loss": 1.0}] * 3)
    monkeypatch.setattr(patient_reader, "_RETRY_PAUSE", 0.0)
    return str(project.path)


def test_a_fault_that_passes_is_waited_for(path: str) -> None:
    opened = Opened(path, Access.IMMUTABLE, locked, replaced)
    reader = PatientReader(path, opened)
    reader.open()
    assert reader.fetch(COUNT) == [(3,)]
    assert opened.times_opened == 3
    reader.close()
    reader.close()
    assert opened.times_closed == 3


@pytest.mark.parametrize(("fault", "patience"), [(missing, 2.0), (locked, -1.0)])
def test_one_that_does_not_pass_in_time_is_raised(
    path: str, monkeypatch: pytest.MonkeyPatch, fault: Callable[[], Exception], patience: float
) -> None:
    reader = PatientReader(path, Opened(path, Access.IMMUTABLE, fault))
    reader.open()
    monkeypatch.setattr(patient_reader, "PATIENCE", patience)
    with pytest.raises(DatabaseFault, match=str(fault())):
        reader.fetch(COUNT)
    reader.close()


@pytest.mark.parametrize("access", list(Access))
def test_a_connection_that_takes_locks_is_held_for_one_question(path: str, access: Access) -> None:
    opened = Opened(path, access)
    reader = PatientReader(path, opened)
    reader.open()
    assert [reader.fetch(COUNT), reader.fetch(COUNT)] == [[(3,)], [(3,)]]
    assert opened.times_closed == (2 if access.takes_locks else 0)
    assert opened.times_opened == (2 if access.takes_locks else 1)
    assert reader.is_shared == access.takes_locks
    assert reader.holds_up_writers == (access.takes_locks or access is Access.REMOTE)
    reader.close()


def test_whether_rows_have_no_run_id_is_asked_once_of_a_file(
    project: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Without an index all rows are looked at for it.
    project.log([{"loss": 1.0}] * 3)
    project.execute("DROP TABLE metrics")
    columns = "id INTEGER PRIMARY KEY, run_id, run_name, step, timestamp, metrics"
    project.execute(f"CREATE TABLE metrics ({columns})")
    project.execute("INSERT INTO metrics (run_id, run_name, metrics) VALUES ('1', 'run', '{}')")
    monkeypatch.setattr(patient_reader, "open_at_rest", in_use)
    reader = PatientReader(str(project.path))
    reader.open()
    asked: list[str] = []
    fetch = ProjectConnection.fetch

    def counted(self: ProjectConnection, query: str, values: Sequence[Any] = (), /) -> list[Row]:
        asked.append(query)
        return fetch(self, query, values)

    monkeypatch.setattr(ProjectConnection, "fetch", counted)
    assert [reader.fetch(COUNT) for _ in range(5)] == [[(1,)]] * 5
    assert asked.count(COUNT) == 5
    assert asked.count(str(reader.schema.rows_without_id)) == 0

    other = project.path.with_suffix(".other")
    other.write_bytes(project.path.read_bytes())
    other.replace(project.path)
    project.execute("INSERT INTO metrics (run_name, metrics) VALUES ('run', '{}')")
    reader.fetch(COUNT)
    assert reader.schema.has_rows_without_id
    reader.close()


def in_use(path: str, patience: float) -> ProjectConnection:
    return open_database(path, locks=Locks.ALWAYS)


def test_before_it_is_open_it_has_no_tables(path: str) -> None:
    reader = PatientReader(path)
    with pytest.raises(DatabaseFault, match="no rows yet"):
        _ = reader.schema
    assert reader.damage is None
    assert reader.fetch(READ_SCHEMA)
    assert reader.schema.identity == "run_id"
    reader.close()


def test_a_project_without_tables_is_let_go_of(tmp_path: Any) -> None:
    (tmp_path / "new.db").touch()
    reader = PatientReader(str(tmp_path / "new.db"))
    with pytest.raises(DatabaseFault) as raised:
        reader.open()
    assert raised.value.kind is FaultKind.EMPTY


def test_only_the_first_opening_of_a_project_in_use_waits_for_a_rest(
    path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []

    def shared(path: str, patience: float) -> Reader:
        waits.append(patience)
        return Met(Opened(path, Access.SHARED), open_database(path))

    monkeypatch.setattr(patient_reader, "open_at_rest", shared)
    reader = PatientReader(path)
    assert [reader.fetch(COUNT) for _ in range(3)] == [[(3,)]] * 3
    assert waits == [REST_PATIENCE, 0.0, 0.0]


@pytest.mark.parametrize("patience", [0.05, -1.0])
def test_a_project_that_is_written_to_whenever_it_is_opened_is_kept_as_it_is(
    path: str, monkeypatch: pytest.MonkeyPatch, patience: float
) -> None:
    def written_to(path: str, patience: float) -> ProjectConnection:
        os.utime(path, (1, 1))
        connection = open_database(path)
        os.utime(path, (2, 2))
        return connection

    monkeypatch.setattr(patient_reader, "open_at_rest", written_to)
    monkeypatch.setattr(patient_reader, "PATIENCE", patience)
    reader = PatientReader(path)
    reader.open()
    assert reader.is_shared
    assert reader.fetch(COUNT) == [(3,)]
    reader.close()


def test_a_project_that_is_locked_while_it_is_opened_is_waited_for(path: str) -> None:
    tries: list[int] = []

    def locked_twice() -> Reader:
        tries.append(len(tries))
        if len(tries) < 3:
            raise locked()
        return Met(Opened(path, Access.IMMUTABLE), open_database(path))

    reader = PatientReader(path, locked_twice)
    reader.open()
    assert reader.fetch(COUNT) == [(3,)]
    assert len(tries) == 3
    reader.close()


@pytest.mark.parametrize("in_place", [False, True])
def test_another_project_in_its_place_is_a_fault_and_rows_that_are_added_are_none(
    path: str, project: Any, new_project: Any, in_place: bool
) -> None:
    other = new_project("other")
    other.log([{"loss": 9.0}] * 6, run="other")
    reader = PatientReader(path)
    reader.open()
    assert reader.fetch(COUNT) == [(3,)]
    project.log([{"loss": 1.0}])
    assert reader.fetch(COUNT) == [(4,)]
    if in_place:
        shutil.copyfile(other.path, path)
    else:
        os.replace(other.path, path)
    with pytest.raises(DatabaseFault) as caught:
        reader.fetch(COUNT)
    assert caught.value.kind is FaultKind.REPLACED
    reader.close()
