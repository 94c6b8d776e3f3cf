"""What the person looks at on the GPU screen, and how keys change it."""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass, field

from trackio_view.light_typing import NamedTuple
from trackio_view.model.gpu import GpuId, GpuProcess, GpuSample
from trackio_view.model.gpu_history import DEFAULT_SPAN, HISTORY_SPANS, Gpus, HistorySpan
from trackio_view.view.actions import Action
from trackio_view.view.text_entry import TypedLine


class ProcessRow(NamedTuple):
    """A process on the screen, with the GPU that it uses."""

    gpu: int
    """The GPU's number, as shown."""
    process: GpuProcess


class ProcessOrder(enum.Enum):
    """What the process table is sorted by."""

    MEMORY = "memory"
    LOAD = "load"
    PID = "pid"
    GPU = "gpu"
    USER = "user"


def _largest_first(value: float | None) -> float:
    return float("inf") if value is None else -value


_SORT_KEYS: dict[ProcessOrder, Callable[[ProcessRow], tuple[object, ...]]] = {
    ProcessOrder.MEMORY: lambda row: (_largest_first(row.process.memory), row.process.pid),
    ProcessOrder.LOAD: lambda row: (_largest_first(row.process.load), row.process.pid),
    ProcessOrder.PID: lambda row: (row.process.pid, row.gpu),
    ProcessOrder.GPU: lambda row: (row.gpu, row.process.pid),
    ProcessOrder.USER: lambda row: (row.process.user or "\uffff", row.process.pid),
}


@dataclass(slots=True, eq=False, repr=False)
class GpuView:
    """Which GPUs are on screen, and how."""

    chosen: GpuId | None = None
    """The GPU that fills the screen; `None` where all GPUs share it."""
    cursor: int = 0
    """The line of the overview, counted over the GPUs that the filter lets through."""
    span: int = DEFAULT_SPAN
    filter: str = ""
    """A text that the name, vendor, number or host of a GPU, or one of its processes, must hold."""
    typing: TypedLine = field(default_factory=TypedLine)
    order: ProcessOrder = ProcessOrder.MEMORY
    strip: bool = False
    """Whether a line of GPUs stands below the charts of the metrics."""

    @property
    def history_span(self) -> HistorySpan:
        return HISTORY_SPANS[self.span]

    def on_screen(self, gpus: Gpus) -> GpuId | None:
        """Return the GPU that fills the screen: the chosen one, or the only one."""
        if self.chosen in gpus.histories:
            return self.chosen
        return next(iter(gpus.histories)) if len(gpus.histories) == 1 else None

    def listed(self, gpus: Gpus) -> list[tuple[int, GpuSample]]:
        """Return number and newest sample of the GPUs that the filter lets through."""
        return [
            (number, sample)
            for number, sample in enumerate(gpus.samples)
            if _matches(self.filter.lower(), number, sample)
        ]

    def selected(self, gpus: Gpus) -> GpuId | None:
        """Return the GPU that the cursor is on; `None` at the top, where it was not moved."""
        listed = self.listed(gpus) if self.cursor else ()
        return listed[self.cursor][1].identity.id if self.cursor < len(listed) else None

    def follow(self, selected: GpuId | None, gpus: Gpus) -> None:
        """Keep the cursor on its GPU, where those of other machines came before it or went."""
        for place, (_, sample) in enumerate(self.listed(gpus) if selected is not None else ()):
            if sample.identity.id == selected:
                self.cursor = place

    def processes(self, gpus: Gpus) -> list[ProcessRow]:
        """Return the processes of the GPUs on screen, sorted as chosen."""
        shown = self.on_screen(gpus)
        rows = [
            ProcessRow(number, process)
            for number, sample in self.listed(gpus)
            if shown is None or sample.identity.id == shown
            for process in sample.processes or ()
        ]
        return sorted(rows, key=_SORT_KEYS[self.order])

    def logging_process(self, gpus: Gpus) -> GpuProcess | None:
        """Return the first process that logs to a project, of the GPU that fills the screen."""
        if self.on_screen(gpus) is None:
            return None
        logging = (row.process for row in self.processes(gpus) if row.process.project is not None)
        return next(logging, None)

    def act(self, action: Action, gpus: Gpus) -> None:
        """Do what a key asks for on the GPU screen."""
        listed = self.listed(gpus)
        last = max(0, len(listed) - 1)
        if action in (Action.ZOOM_IN, Action.ZOOM_OUT):
            step = 1 if action is Action.ZOOM_IN else -1
            self.span = max(0, min(self.span + step, len(HISTORY_SPANS) - 1))
        elif action is Action.SORT:
            orders = list(ProcessOrder)
            self.order = orders[(orders.index(self.order) + 1) % len(orders)]
        elif action in (Action.ALL_GPUS, Action.BACK):
            self.chosen = None
        elif action is Action.ENLARGE and listed:
            self.chosen = listed[min(self.cursor, last)][1].identity.id
        elif action in _CURSOR_STEPS:
            self.cursor = max(0, min(min(self.cursor, last) + _CURSOR_STEPS[action], last))
            if self.chosen is not None and listed:
                self.chosen = listed[self.cursor][1].identity.id

    def pick(self, number: int, gpus: Gpus) -> None:
        """Bring the GPU of that number on screen, where there is one."""
        ids = list(gpus.histories)
        if number < len(ids):
            self.chosen, self.cursor = ids[number], number
            self.filter = ""


_CURSOR_STEPS = {
    Action.UP: -1,
    Action.DOWN: 1,
    Action.LEFT: -1,
    Action.RIGHT: 1,
    Action.PREVIOUS_PAGE: -10,
    Action.NEXT_PAGE: 10,
    Action.FIRST: -1_000_000,
    Action.LAST: 1_000_000,
}


def _matches(wanted: str, number: int, sample: GpuSample) -> bool:
    if not wanted:
        return True
    identity = sample.identity
    texts = [f"gpu {number}", identity.name, identity.vendor, identity.key, identity.host]
    for process in sample.processes or ():
        texts += [process.command or "", process.user or "", str(process.pid)]
    return any(wanted in text.lower() for text in texts)
