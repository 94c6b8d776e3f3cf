"""NVIDIA's driver library, with every call guarded: an answer, or why there is none."""

from __future__ import annotations

import math
import struct
import threading
from collections.abc import Callable, Hashable, Mapping, Sequence
from ctypes import byref
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from trackio_view.light_typing import NamedTuple
from trackio_view.model.gpu import Absence
from trackio_view.sources.gpu.kernel.sysfs import is_asleep
from trackio_view.sources.gpu.nvidia import codes
from trackio_view.sources.gpu.nvidia.pci_cards import pci_folder
from trackio_view.sources.gpu.sampler import Roots


class DeviceGone(Exception):
    """A call answered that the whole device is gone."""

    def __init__(self, code: int) -> None:
        super().__init__(codes.DEVICE_GONE[code])
        self.code = code


class LibraryFault(Exception):
    """The library can't be used; the text is the rest of a sentence."""


_loading = threading.Lock()
_starting = threading.Lock()


@dataclass(slots=True, eq=False, repr=False)
class Library:
    """The library of this process. Its functions may be called from several threads at once."""

    binding: ModuleType
    generation: int = 0
    """Grows when the library was started again: handles of older generations are void."""
    outdated: bool = True
    """Whether the library has to be started (again): it never was, or the driver was reloaded."""
    cards: tuple[Any, ...] = ()
    """What the last enumeration found, for as long as the number of GPUs stays the same."""
    driver: str | None = None
    cuda: str | None = None
    """The newest CUDA that the driver knows."""
    resting: set[str] = field(default_factory=set)
    """Keys of GPUs that are left alone at present, so that they can fall asleep."""

    def start(self) -> None:
        """Start the library where it is due. Raises `LibraryFault`."""
        with _starting:
            self._start()

    def _start(self) -> None:
        if not self.outdated:
            return
        if self.generation:
            self.ask("nvmlShutdown")
        code, _ = self.ask("nvmlInit")
        if code != codes.SUCCESS:
            raise LibraryFault(
                codes.INIT_FAULTS.get(code, f"the driver's library does not start (error {code})")
            )
        self.generation += 1
        self.outdated = False
        self.cards = ()
        _, driver = self.ask("nvmlSystemGetDriverVersion")
        self.driver = text_of(driver)
        code, cuda = self.ask("nvmlSystemGetCudaDriverVersion_v2")
        known = code == codes.SUCCESS and cuda > 0
        self.cuda = f"{cuda // 1000}.{cuda % 1000 // 10}" if known else None

    def stop(self) -> None:
        """Shut the library down, which would keep all GPUs awake; `start` starts it again."""
        with _starting:
            self.outdated = True
            self.ask("nvmlShutdown")

    def ask(self, name: str, *arguments: Any) -> tuple[int, Any]:
        """Return a function's error code and, where that is 0, its answer."""
        try:
            return codes.SUCCESS, getattr(self.binding, name)(*arguments)
        except self.binding.NVMLError as error:
            # Never str(error): that calls the library again. The binding raises code 0 for an
            # empty list of samples.
            code = error.value
            is_error = isinstance(code, int) and code != codes.SUCCESS
            return (code if is_error else codes.NOT_FOUND), None
        except getattr(self.binding, "NVMLLibraryMismatchError", ()):
            # This is no `NVMLError`: the driver lacks the function behind a name without a version.
            return codes.FUNCTION_NOT_FOUND, None
        except (AttributeError, TypeError):
            # An older binding lacks the name, or wants other arguments for it: as if the driver
            # were too old for the call.
            return codes.FUNCTION_NOT_FOUND, None
        except (ValueError, IndexError, OverflowError, MemoryError):
            # A text that is no UTF-8, or a list that is longer than the driver said at first, or
            # than any can be.
            return codes.UNKNOWN, None


def text_of(answer: Any) -> str | None:
    """Return an answer as text; older bindings give bytes."""
    if isinstance(answer, bytes):
        answer = answer.decode("utf-8", "replace")
    return answer.strip() or None if isinstance(answer, str) else None


_shared: list[Library] = []


def load() -> Library:
    """Return the process' library, with its binding imported. Raises `LibraryFault`."""
    with _loading:
        if not _shared:
            try:
                import pynvml
            except ModuleNotFoundError:
                raise LibraryFault("the Python package nvidia-ml-py is missing") from None
            except ImportError as error:
                raise LibraryFault(f"nvidia-ml-py cannot be loaded: {error}") from error
            _shared.append(Library(pynvml))
        return _shared[0]


def is_left_alone(roots: Roots) -> Callable[[str], bool]:
    """Return what tells of a PCI address whether its GPU sleeps, or is left alone."""
    alone = frozenset(_shared[0].resting) if _shared else frozenset()
    return lambda address: address in alone or is_asleep(pci_folder(roots) / address)


class FieldCount(NamedTuple):
    """What a numbered field holds: the driver tells with each answer how wide it is."""

    number: int | float
    bits: int
    """A counter of so many bits begins at 0 again when they are used up."""


NumberedField = int | tuple[int, int]
"""A numbered field of the driver, with the number of a part where there are several."""


@dataclass(slots=True, eq=False, repr=False)
class DeviceCalls:
    """The calls about one device: asked once a tick each, and never again where unsupported.

    What was answered before is asked on, whatever the driver says: one that resets a GPU says for
    the moment that it supports nothing.
    """

    library: Library
    handle: Any
    _answers: dict[tuple[Any, ...], Any] = field(default_factory=dict)
    """The answers of this tick, and those that stay."""
    _permanent: dict[tuple[Any, ...], Absence] = field(default_factory=dict)
    _fields: dict[NumberedField, FieldCount | Absence] = field(default_factory=dict)
    """The answers of the numbered fields in this tick, and those that stay."""
    _lacking: dict[NumberedField, Absence] = field(default_factory=dict)
    """The numbered fields that the driver does not have."""
    _answered: set[Any] = field(default_factory=set)
    """The questions and numbered fields that the driver had an answer to."""
    _usual: dict[Hashable, dict[NumberedField, None]] = field(default_factory=dict)
    """Kind of tick -> the numbered fields that such ticks have asked for, in order."""
    _together: dict[NumberedField, None] = field(default_factory=dict)
    """The numbered fields of this kind of tick, read at once: a call costs more than a field."""
    _refusal: int = codes.SUCCESS
    """What the driver answered where it refused many fields at once, so that they are read one by
    one: in this tick, or from now on where the code is a permanent one.
    """

    def begin(self, kind: Hashable = None) -> None:
        """Begin a tick: earlier answers are asked for again.

        Ticks of a kind, such as those that read the same tiers, ask for the same fields.
        """
        self._answers = {**self._permanent}
        self._fields = {**self._lacking}
        self._together = self._usual.setdefault(kind, {})
        if self._refusal not in codes.PERMANENT:
            self._refusal = codes.SUCCESS

    def ask_again(self) -> None:
        """Ask from now on what the driver did not have, too: it may have it now."""
        for question in self._permanent:
            self._answers.pop(question, None)
        for number in self._lacking:
            self._fields.pop(number, None)
        self._permanent.clear()
        self._lacking.clear()
        self._answered.clear()

    def __call__(self, name: str, *arguments: Any) -> Any:
        """Return the answer or its `Absence`. Raises `DeviceGone`."""
        # Cards are asked some dozen questions a second each, most of them with this call.
        question = (name, *arguments)
        if question in self._answers:
            return self._answers[question]
        return self._answer(question, arguments)

    def of_system(self, name: str) -> Any:
        """Return what the driver answers of the whole machine, or its `Absence`."""
        code, answer = self.library.ask(name)
        return answer if code == codes.SUCCESS else codes.absence_of(code)

    def filled(self, name: str, structure: Any) -> Any:
        """Return the structure, into which the driver wrote its answer, or its `Absence`."""
        code, _ = self.library.ask(name, self.handle, byref(structure))
        if code in codes.DEVICE_GONE:
            raise DeviceGone(code)
        return structure if code == codes.SUCCESS else codes.absence_of(code)

    def since(self, name: str, time: int) -> Any:
        """Return what happened after `time`, as `__call__` does; each question differs."""
        question = (name,)
        if question in self._answers:
            return self._answers[question]
        return self._answer(question, (time,))

    def _answer(self, question: tuple[Any, ...], arguments: tuple[Any, ...]) -> Any:
        code, answer = self.library.ask(question[0], self.handle, *arguments)
        if code in codes.DEVICE_GONE:
            raise DeviceGone(code)
        if code != codes.SUCCESS:
            answer = codes.absence_of(code)
            if code in codes.PERMANENT and question in self._answered:
                answer = Absence.FAILED
            elif code in codes.PERMANENT:
                self._permanent[question] = answer
        else:
            self._answered.add(question)
        self._answers[question] = answer
        return answer

    def first(self, *questions: tuple[Any, ...]) -> Any:
        """Return the first call's answer that is there: newer calls first, older as fallbacks."""
        answer: Any = Absence.UNSUPPORTED
        for question in questions:
            answer = self(*question)
            if answer is not Absence.UNSUPPORTED:
                break
        return answer

    def field_value(self, field_id: int, scope: int | None = None) -> int | float | Absence:
        """Return one of the driver's numbered fields, of a part where one is named.

        All-ones are what it answers for a part that is not there. A counter may come by them.
        """
        counted = self.field_count(field_id, scope)
        if isinstance(counted, Absence):
            return counted
        number, bits = counted
        is_told = number not in codes.ALL_ONES and number != (1 << bits) - 1
        return number if is_told else Absence.UNSUPPORTED

    def field_count(self, field_id: int, scope: int | None = None) -> FieldCount | Absence:
        """Return one of the driver's numbered fields, and in how many bits it counts."""
        asked = field_id if scope is None else (field_id, scope)
        if asked not in self._fields:
            self._together[asked] = None
            if self._refusal == codes.SUCCESS:
                self._refusal = self._read_fields(
                    [one for one in self._together if one not in self._fields]
                )
            if self._refusal != codes.SUCCESS:
                self._read_fields([asked])
        return self._fields[asked]

    def counts_now(self, asked: Sequence[int]) -> list[FieldCount | Absence]:
        """Return numbered fields as they are at this moment, whatever was read in this tick."""
        code, values = self.library.ask("nvmlDeviceGetFieldValues", self.handle, asked)
        if code in codes.DEVICE_GONE:
            raise DeviceGone(code)
        return [count for count, _ in _counted(values, code, len(asked))]

    def _read_fields(self, asked: list[NumberedField]) -> int:
        """Read fields at once; return the code with which the driver refused to read several."""
        code, values = self.library.ask("nvmlDeviceGetFieldValues", self.handle, asked)
        if code in codes.DEVICE_GONE:
            raise DeviceGone(code)
        if code != codes.SUCCESS and len(asked) > 1:
            return code
        for one, (count, answer) in zip(asked, _counted(values, code, len(asked)), strict=True):
            if not isinstance(count, Absence):
                self._answered.add(one)
            elif answer in codes.PERMANENT and one in self._answered:
                count = Absence.FAILED
            elif answer in codes.PERMANENT:
                self._lacking[one] = count
                self._together.pop(one, None)
            self._fields[one] = count
        return codes.SUCCESS


def _counted(values: Any, code: int, asked: int) -> list[tuple[FieldCount | Absence, int]]:
    """Return what the driver wrote into an array of nvmlFieldValue_t, and the code of each field.

    `code` is what it answered to the question about all that were asked.
    """
    if code != codes.SUCCESS:
        return [(codes.absence_of(code), code)] * asked
    counts: list[tuple[FieldCount | Absence, int]] = []
    for kind, answer, union in FIELD.iter_unpack(values):
        if answer != codes.SUCCESS:
            counts.append((codes.absence_of(answer), answer))
            continue
        member, bits = _UNION_MEMBERS.get(kind, _WIDEST)
        (number,) = member.unpack_from(union)
        # A float may be NaN, and nothing has been counted so far that 64 bits are used up.
        is_count = math.isfinite(number) and number != (1 << 64) - 1
        count = FieldCount(number, bits) if is_count else Absence.UNSUPPORTED
        counts.append((count, answer))
    return counts


FIELD = struct.Struct("@24xIi8s")
"""nvmlFieldValue_t: the type, the code and the value follow numbers that are known or not needed.
Reading all at once takes a fraction of the time that the binding takes for one after the other."""
_WIDEST = (struct.Struct("@Q"), 64)
_UNION_MEMBERS: Mapping[int, tuple[struct.Struct, int]] = {
    0: (struct.Struct("@d"), 64),
    1: (struct.Struct("@I"), 32),
    2: (struct.Struct("@L"), 8 * struct.calcsize("@L")),
    3: _WIDEST,
    4: (struct.Struct("@q"), 64),
    5: (struct.Struct("@i"), 32),
    6: (struct.Struct("@H"), 16),
}
"""nvmlValueType_t -> how the value is written, and its bits."""
