"""What to say of a project, a run or a metric that is not there, with the nearest names that are.

Names are data: what is made here holds no control character of theirs, and no line break but
those between sentences.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from trackio_view.model import missing_project
from trackio_view.model.project_id import canonical_name
from trackio_view.terminal.text import sanitize

NO_GPUS = "No GPUs detected"
LOOKING_FOR_GPUS = "Looking for GPUs"
RUN_GONE = "This run is no longer there."
"""What a page says whose run was deleted while the page was open."""


def no_metrics(project: str) -> str:
    """Return the sentence for a project that is there and holds no metrics."""
    return f"No metrics found for project: {sanitize(project)}"


def no_such_project(project: str, origin: str, present: Iterable[str] = ()) -> str:
    """Return the sentence for a project that was named and is not `present` in an origin."""
    sentence = missing_project.no_such_project(sanitize(project), sanitize(origin))
    return _with_nearest(sentence, project, present)


def one_of_several(project: str, origins: Sequence[str]) -> str:
    """Return the sentence for a project that several origins have, the first of which is meant."""
    places = " and in ".join(map(sanitize, origins))
    name = sanitize(project)
    return f"The project {name!r} is in {places}: waiting for that in {sanitize(origins[0])}"


def waiting_for(project: str) -> str:
    """Return what a screen says that has no room for more of a project that is waited for."""
    return f"Waiting for the project {sanitize(project)}"


def awaited_project(project: str, origin: str, present: Sequence[str], picking: str) -> list[str]:
    """Return the lines of a screen that waits for a project, with the nearest of `present`;
    `picking` is the key that picks another.
    """
    lines = ["Waiting for the project", sanitize(project), f"in {sanitize(origin)}"]
    near = nearest_names(project, present)
    if near:
        lines += ["", f"Did you mean: {', '.join(map(sanitize, near))}?"]
    if present:
        there = "the one project that is" if len(present) == 1 else f"the {len(present):,} that are"
        lines += ["", f"{picking} picks from {there} there."]
    return lines


def no_numbers(run: str, kinds: Mapping[str, int] | None = None) -> str:
    """Return the sentence for a run that logged no number, and how many of what else it did.

    `None` means that this is unknown, and nothing is said of it.
    """
    sentence = f"{sanitize(run) or 'A run without a name'} logged no numbers"
    if kinds is None:
        return sentence
    told = [f"{count:,} {sanitize(kind)}{'s' * (count != 1)}" for kind, count in kinds.items()]
    return f"{sentence}: {', '.join(told) or 'its rows are empty'}"


def no_projects(directory: str) -> str:
    """Return the sentence for a directory that holds no project."""
    return f"No TrackIO projects in {sanitize(directory)}"


def unreadable_directory(directory: str, error: OSError) -> str:
    """Return the sentence for a directory of projects, or a server, that cannot be looked into.

    What is no fault of the system's, which has a number, is a sentence already.
    """
    if error.errno is None:
        return sanitize(str(error))
    if isinstance(error, FileNotFoundError):
        # Of several places, the error names the one that is meant.
        missing = error.filename if isinstance(error.filename, str) else directory
        return f"{no_projects(missing)}: there is no such folder"
    return f"Cannot look into {sanitize(directory)}: {error.strerror or error}"


def no_such_run(project: str, run: str, present: Iterable[str]) -> str:
    """Return the sentence for a run that was named and is not `present` in a project."""
    sentence = f"No run {sanitize(run)!r} in {sanitize(project)}"
    return _with_nearest(sentence, run, present)


def no_such_metric(where: str, metrics: Sequence[str], present: Iterable[str]) -> str:
    """Return the sentence for metrics that were named, one at least, and are not `present`.

    `where` is what they were looked for in, such as `run brave-forest-1`.
    """
    sentence = f"No metric {_either(metrics)} in {sanitize(where)}"
    return _with_nearest(sentence, metrics[0], present)


def no_name_nor_expression(where: str, metric: str, fault: str) -> str:
    """Return the sentence for a metric that is neither a known name nor, for its `fault`, an
    expression.
    """
    return (
        f"argument --metric: neither a name in {where} nor a regular expression:"
        f" {sanitize(metric)!r} ({sanitize(fault)})"
    )


def no_metric_named(project: str, metrics: Sequence[str], faults: Iterable[str]) -> list[str]:
    """Return the lines of a screen on which no metric is; `faults` are those of expressions."""
    return ["No metric is named", " or ".join(metrics), f"in {project}", *faults]


def no_rows_since(where: str) -> str:
    """Return the sentence for a run or a project that logged nothing since the moment chosen."""
    return f"No rows since then in {where}"


def nothing_logged(project: str, run: str | None) -> str:
    """Return the sentences for a project, or a run of it, that logged nothing of its machine."""
    # Imported here because its table of keys is needed by this sentence alone.
    from trackio_view.model.machine_keys import HOW_TO_LOG

    of_run = "" if run is None else f", run {sanitize(run)}"
    return (
        f"No GPU metrics found for project: {sanitize(project)}{of_run}\n"
        f"To log them: {HOW_TO_LOG} with pip install 'trackio[gpu]', or trackio.log_system({{...}})"
    )


_NEAREST_NAMES = 3


def nearest_names(name: str, names: Iterable[str]) -> list[str]:
    """Return those of `names` that `name` may have been meant for, the likeliest first."""
    import difflib

    by_folded: dict[str, list[str]] = {}
    for known in names:
        by_folded.setdefault(known.casefold(), []).append(known)
    wanted = canonical_name(name).casefold()
    alike = difflib.get_close_matches(wanted, by_folded, n=_NEAREST_NAMES, cutoff=0.5)
    containing = [known for known in by_folded if wanted in known and known not in alike]
    return [known for folded in alike + containing for known in by_folded[folded]][:_NEAREST_NAMES]


def _either(names: Iterable[str]) -> str:
    return " or ".join(map(sanitize, names))


def _with_nearest(sentence: str, wanted: str, present: Iterable[str]) -> str:
    near = ", ".join(map(sanitize, nearest_names(wanted, present)))
    return f"{sentence}\nDid you mean: {near}?" if near else sentence
