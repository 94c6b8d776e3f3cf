"""The first start of NVIDIA's driver library, which may take tenths of a second: begun before all
else is loaded, so that it goes on meanwhile.

This room is loaded before that, and so loads next to nothing itself.
"""

from __future__ import annotations

import contextlib
import os
import threading

from trackio_view.light_typing import Any
from trackio_view.sources.gpu.driver_threads import start_thread
from trackio_view.sources.gpu.kernel.sysfs import is_asleep
from trackio_view.sources.gpu.nvidia.pci_cards import foreign_driver, pci_gpus

LIBRARY_NAME = "libnvidia-ml.so.1"

_PCI_DEVICES = "/sys/bus/pci/devices"
_DEVICE_TREE = "/proc/device-tree"


class DriverStart:
    """A call that starts the library, in a thread of its own because it may hang.

    Within `with`, the call has ended, and to start the library once more takes no time. The library
    counts its starts, and keeps all GPUs awake until it was shut down as often: on leaving, this
    start is taken back.
    """

    def __init__(self) -> None:
        self._library: Any = None
        """The library, once it has started."""
        self._has_ended = threading.Event()
        start_thread(self._work)

    def _work(self) -> None:
        import ctypes

        try:
            library = ctypes.CDLL(LIBRARY_NAME)
            if library.nvmlInitWithFlags(0) == 0:
                self._library = library
        except (OSError, AttributeError):
            # It is missing, or too old for this call. Who starts it next says so.
            pass
        finally:
            self._has_ended.set()

    def __enter__(self) -> None:
        self._has_ended.wait()

    def __exit__(self, *_: object) -> None:
        if self._library is not None:
            self._library.nvmlShutdown()


_begun: list[DriverStart] = []


def start_ahead() -> None:
    """Begin to start the library of this machine's driver, where the search for GPUs would.

    What asks it is loaded before this returns, while the driver starts.
    """
    if not _is_wanted():
        return
    _begun.append(DriverStart())
    from trackio_view.sources.gpu.nvidia import nvidia_sampler  # noqa: F401

    with contextlib.suppress(ImportError):
        # The search tells of a binding that is missing.
        import pynvml  # noqa: F401


def begun_start() -> contextlib.AbstractContextManager[None]:
    """Return the start that was begun ahead; after the first call, a start that does nothing."""
    return _begun.pop() if _begun else contextlib.nullcontext()


def _is_wanted() -> bool:
    """Return whether a card is awake that has NVIDIA's driver, or its library was placed here."""
    cards = pci_gpus(_PCI_DEVICES)
    if not cards:
        # Jetsons have a library that answers with zeros.
        return not os.path.exists(_DEVICE_TREE) and placed_on_purpose()
    return any(
        foreign_driver(_PCI_DEVICES, card) is None and not is_asleep(f"{_PCI_DEVICES}/{card}")
        for card in cards
    )


def placed_on_purpose() -> bool:
    """Return whether a library was put before the system's own, or is loaded already."""
    import ctypes

    try:
        ctypes.CDLL(LIBRARY_NAME, mode=os.RTLD_NOLOAD | os.RTLD_NOW)
        return True
    except OSError:
        folders = os.environ.get("LD_LIBRARY_PATH", "").split(os.pathsep)
        return any(
            folder and os.path.exists(os.path.join(folder, LIBRARY_NAME)) for folder in folders
        )
