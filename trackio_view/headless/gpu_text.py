"""`--gpu --once`: every GPU as text, with the reason behind each field that is absent."""

from __future__ import annotations

from collections.abc import Iterator

from trackio_view.headless.exit_codes import ExitCode
from trackio_view.headless.output import say, write_out
from trackio_view.model.gpu import SAME_JOB, Absence, GpuProcess, GpuSample, GpusSampled
from trackio_view.model.gpu_fields import absence_of
from trackio_view.model.gpu_health import DEFAULT_GPU_THRESHOLDS, gpu_findings
from trackio_view.model.health import Thresholds
from trackio_view.options.command_line import Options
from trackio_view.options.settings import read_settings, settings_path
from trackio_view.origins import CannotOpen, directory_source, far_gpus_now
from trackio_view.sources.gpu.nvidia.smi import LACKS
from trackio_view.sources.gpu.sampler import Roots
from trackio_view.terminal.text import sanitize
from trackio_view.wording.gpu_fields import GIB, GPU_LINES
from trackio_view.wording.missing import NO_GPUS
from trackio_view.wording.unwell_gpus import unwell_gpus

_FAR_PATIENCE_SECONDS = 10.0
"""How long a machine behind SSH waits for its drivers: its `nvidia-smi` may load one."""
_PATIENCE_SECONDS = 2.2
"""How long a driver that hangs is waited for; with start and end, the command takes 3 seconds."""


def print_gpus(options: Options) -> int:
    """Print a reading of every GPU; return 0, also where there is none."""
    try:
        reading = with_projects(read_gpus(options), options)
    except CannotOpen as fault:
        say(str(fault))
        return ExitCode.NOTHING
    thresholds = read_settings(settings_path()).thresholds
    write_out(line + "\n" for line in gpu_report(reading, thresholds))
    return ExitCode.DONE


def read_gpus(options: Options) -> GpusSampled:
    """Return a reading of every GPU, of this machine or of what the options name.

    Raises CannotOpen where no machine behind SSH answers.
    """
    if options.ssh:
        return far_gpus_now(options, _FAR_PATIENCE_SECONDS)
    from trackio_view.sources.gpu.watch import sample_once

    return sample_once(Roots.chosen(options.sysroot), _PATIENCE_SECONDS)


def with_projects(reading: GpusSampled, options: Options) -> GpusSampled:
    """Return the reading with the projects of its processes, of the directory asked for.

    Looks for up to 1.5 s where a project was just written to.
    """
    if (
        options.ssh
        or options.sysroot is not None
        or not any(sample.processes for sample in reading.samples)
    ):
        return reading
    from trackio_view.sources.gpu.training_processes import TrainingProcesses
    from trackio_view.sources.trackio.new_runs import NewRuns

    directory = directory_source(options).origin
    new_runs = NewRuns(directory).since_last_look
    return TrainingProcesses(directory, new_runs=new_runs).look_for(reading)


def gpu_report(
    reading: GpusSampled, thresholds: Thresholds = DEFAULT_GPU_THRESHOLDS
) -> Iterator[str]:
    """Yield the lines: a block for each GPU, or what was looked for where there is none.

    The labels are those of the first trackio-view where it had one. Such a label says why the
    hardware lacks its field. Any other field that the hardware lacks has no line. What is wrong
    with which of several GPUs stands once more at the end.
    """
    if not reading.samples:
        yield NO_GPUS
        for report in reading.report:
            yield f"{report.vendor}: {report.text}"
        return
    for number, sample in enumerate(reading.samples):
        if number:
            yield ""
        yield from _gpu(number, sample, thresholds)
    # Of one GPU, its block has said it. Blocks of many are long, and their ends are what one sees.
    unwell = unwell_gpus(enumerate(reading.samples), thresholds) if len(reading.samples) > 1 else ()
    if unwell:
        yield ""
    for sentence in unwell:
        yield f"Not Well: {sanitize(sentence)}"
    yield from _machines_without_gpus(reading)


def _machines_without_gpus(reading: GpusSampled) -> Iterator[str]:
    """Yield what became of the machines behind SSH of which no GPU is read, beside others."""
    hosts = {sample.identity.host for sample in reading.samples}
    if hosts == {""}:
        return
    lacking = [one for one in reading.report if one.vendor.partition(", ")[0] not in hosts]
    if lacking:
        yield ""
    for report in lacking:
        yield f"{sanitize(report.vendor)}: {sanitize(report.text)}"


def _gpu(number: int, sample: GpuSample, thresholds: Thresholds) -> Iterator[str]:
    yield f"GPU {number}: {sanitize(sample.identity.name)}"
    if sample.identity.host:
        yield f"Host: {sanitize(sample.identity.host)}"
    if sample.identity.uuid is not None:
        yield f"UUID: {sanitize(sample.identity.uuid)}"
    if sample.state is not None:
        yield f"State: {sanitize(sample.state_text or sample.state.value)}"
    for finding in gpu_findings(sample, thresholds) or ():
        yield f"Health: {sanitize(finding.sentence)}"
    for line in GPU_LINES:
        text = (line.plain or line.write)(sample)
        if text is not None:
            yield f"{line.label}: {sanitize(text)}"
        elif line.always:
            yield f"{line.label}: n/a ({sanitize(absence_of(sample, *line.fields))})"
    if Absence.BEYOND_SMI in sample.reasons.values():
        yield f"Not Told: {LACKS}"
    for process in sample.processes or ():
        yield f"Process: {_process(process)}"
    if sample.hidden_processes:
        yield f"Hidden Processes: {sample.hidden_processes} (of other users)"
    elif sample.hides_processes:
        yield "Hidden Processes: unknown (others are out of sight here)"


def _process(process: GpuProcess) -> str:
    facts = [str(process.pid)]
    if process.user:
        facts.append(process.user)
    if process.kind:
        facts.append(process.kind)
    if process.memory is not None:
        # Scripts get each value in a fixed unit.
        facts.append(f"{process.memory / GIB:.2f} GB")
    if process.load is not None:
        facts.append(f"{process.load:.0f}%")
    if process.compute_units is not None:
        facts.append(f"{process.compute_units} CUs")
    if process.project is not None:
        facts.append(_logging(process))
    if process.command:
        facts.append(process.command)
    return sanitize(" ".join(facts))


def _logging(process: GpuProcess) -> str:
    """Return which run a process logs, or whose rank it is without logging."""
    assert process.project is not None
    if process.run is None:
        return f"logs to {process.project.name}"
    verb = "is a rank of" if process.link == SAME_JOB else "logs"
    return f"{verb} {process.run} of {process.project.name}"
