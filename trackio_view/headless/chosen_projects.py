"""Which projects the options of a script mean; each is opened in turn."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from trackio_view.headless.exit_codes import ExitCode
from trackio_view.headless.output import say, say_of
from trackio_view.headless.project_reading import ProjectReading
from trackio_view.light_typing import TYPE_CHECKING
from trackio_view.model.project_id import ProjectId
from trackio_view.options.command_line import Options
from trackio_view.origins import CannotOpen, chosen_source
from trackio_view.sources.source import Source, SourceFault
from trackio_view.terminal.text import sanitize

if TYPE_CHECKING:
    from trackio_view.sources.several import SeveralSources

_TRIES = 3
"""How many times a project is read, if another one replaces it each time while it is read."""
Show = Callable[[ProjectReading], ExitCode]
Fail = Callable[[ProjectId, str], None]


def _say_fault(_: ProjectId, sentence: str) -> None:
    say(sentence)


def visit_projects(options: Options, show: Show, fail: Fail = _say_fault) -> ExitCode:
    """Call `show` with each project that the options name, opened; return how it went.

    Where one cannot be read, `fail` is told which and a sentence, and the others follow.
    """
    try:
        with chosen_source(options, whole=True) as source:
            beside_others = options.names_several_places
            readings = [
                ProjectReading(part, name, beside_others=beside_others)
                for part, name in _chosen_visits(source, options)
            ]
            return max([_visit(one, show, fail) for one in readings], default=ExitCode.NOTHING)
    except CannotOpen as fault:
        fail(ProjectId(fault.origin, fault.origin), str(fault))
        return ExitCode.NOTHING


def _chosen_visits(source: Source, options: Options) -> Sequence[tuple[Source, str]]:
    """Return the projects to visit, each with the source that has it."""
    if not options.is_distant:
        return [(source, name) for name in _chosen_projects(source, options)]
    from trackio_view.sources.several import SeveralSources

    if not isinstance(source, SeveralSources):
        return [(source, name) for name in _chosen_projects(source, options)]
    parts = source.parts
    if options.project:
        return [(part, name) for name in options.project for part in _holders(source, name)]
    if options.all:
        return [
            (part, name)
            for part in parts
            for name in filled_projects(part, most=None, beside_others=True)
        ]
    newest = _newest_of_several(source)
    if newest is not None:
        return [(source.part_of(newest), newest.name)]
    return [(part, name) for part in parts for name in filled_projects(part, beside_others=True)]


def _holders(source: SeveralSources, name: str) -> list[Source]:
    """Return the sources that have a project; stderr is told which could not be asked for it."""
    parts, unasked = source.holders(name)
    for place, sentence in unasked:
        say_of(place, sentence)
    return parts


def _newest_of_several(source: Source) -> ProjectId | None:
    """Return the project with the newest row of several sources, `None` where there is none.

    Stderr is told what could not be asked, because a newer one may lie there.
    """
    from trackio_view.model.summary import newest_with_rows

    try:
        summaries = source.listed().projects
    except OSError:
        return None
    newest = newest_with_rows(summaries)
    if newest is not None:
        for one in summaries:
            if one.fault is not None and one.id != newest:
                say_of(one.id, one.fault, beside_others=True)
    return newest


def _chosen_projects(source: Source, options: Options) -> Sequence[str]:
    """Return the projects to visit, as they were named; else the newest, or all of them."""
    if options.project:
        return options.project
    if source.project is not None:
        return [source.project.name]
    return filled_projects(source, most=None if options.all else 1)


def _visit(project: ProjectReading, show: Show, fail: Fail) -> ExitCode:
    sentence = missing_in(project.source, project.name)
    if sentence is not None:
        fail(project.id, sentence)
        return ExitCode.NOTHING
    try:
        code = _shown(project, show)
    except SourceFault as fault:
        from trackio_view.wording.missing import no_metrics

        fail(project.id, no_metrics(project.title) if fault.empty else sanitize(str(fault)))
        return ExitCode.NOTHING
    finally:
        project.source.close()
    said = [] if project.damage is None else [project.damage]
    if project.broken_rows:
        rows = "row" if project.broken_rows == 1 else "rows"
        said.append(f"{project.broken_rows:,} {rows} left out: broken JSON")
    if said:
        # One database gets one line, because rows at the edge of the damage may be broken by it.
        say(f"{sanitize(project.title)}: {' '.join(said)}")
    return code


def filled_projects(
    source: Source, most: int | None = 1, *, beside_others: bool = False
) -> list[str]:
    """Return the names of `most` projects that have rows, those with the newest data first.

    Stderr is told which projects cannot be read, or that there is none. `beside_others` adds the
    origin, where projects of other origins are read, too.
    """
    try:
        summaries = source.listed().projects
    except OSError as error:
        say(_unreadable(source, error))
        return []
    readable = [summary for summary in summaries if summary.row_count is not None]
    # Of a project without a row, it is said what it holds instead, if no other project is meant.
    found = [summary for summary in readable if summary.row_count][:most] or readable[:1]
    # Faults of projects that were found are said when these are read.
    faulty = [one for one in summaries if one.fault is not None and one not in found]
    for summary in faulty:
        say_of(summary.id, summary.fault or "", beside_others=beside_others)
    if not found and not faulty:
        from trackio_view.wording.missing import no_projects

        say(no_projects(source.origin))
    return [summary.name for summary in found]


def missing_in(source: Source, project: str) -> str | None:
    """Return what to say where a source lacks the project named, else `None`."""
    try:
        others = source.missing(project)
    except OSError as error:
        return _unreadable(source, error)
    if others is None:
        return None
    from trackio_view.wording.missing import no_such_project

    return no_such_project(project, source.origin, others)


def _unreadable(source: Source, error: OSError) -> str:
    from trackio_view.wording.missing import unreadable_directory

    return unreadable_directory(source.origin, error)


def _shown(project: ProjectReading, show: Show) -> ExitCode:
    """Show a project as it was at one time, also where another one replaces it meanwhile."""
    for _ in range(_TRIES - 1):
        try:
            return show(project)
        except SourceFault as fault:
            if not fault.replaced or project.is_told:
                raise
            project.begin_anew()
    return show(project)
