"""What the system refuses a process: memory, threads, open files.

It imports next to nothing and is loaded from the start, because nothing can be loaded any more once
it is needed.
"""

from __future__ import annotations

import errno

_FILES = "no more files can be opened (ulimit -n)"
_MEMORY = "there is no more memory for it (ulimit -v)"
_THREADS = "no more threads can be started (ulimit -u, ulimit -v)"
_BY_ERRNO = {errno.EMFILE: _FILES, errno.ENFILE: _FILES, errno.ENOMEM: _MEMORY}
_BY_LOADING = (
    # The dynamic loader's words, and the kernel's.
    ("failed to map segment", _MEMORY),
    ("cannot allocate memory", _MEMORY),
    ("too many open files", _FILES),
)

_UNSAID = "without exception set"


def refusal(error: BaseException) -> str | None:
    """Return what the system refused, or `None` where something else went wrong.

    Looked for in all that led to the error, and in all that a group of errors holds.
    """
    waiting: list[BaseException | None] = [error]
    seen: set[int] = set()
    while waiting:
        fault = waiting.pop()
        if fault is None or id(fault) in seen:
            continue
        seen.add(id(fault))
        reason = _reason(fault)
        if reason is not None:
            return reason
        waiting += [fault.__cause__, fault.__context__, *getattr(fault, "exceptions", ())]
    return None


def _reason(fault: BaseException) -> str | None:
    if isinstance(fault, MemoryError):
        return _MEMORY
    if isinstance(fault, SystemError) and _UNSAID in str(fault):
        # CPython 3.13's compiler forgets to say so where an allocation fails.
        return _MEMORY if _memory_is_limited() else None
    if isinstance(fault, OSError):
        return _BY_ERRNO.get(fault.errno or 0)
    if isinstance(fault, RuntimeError) and "start new thread" in str(fault):
        return _THREADS
    if isinstance(fault, ImportError):
        message = str(fault).lower()
        return next((reason for words, reason in _BY_LOADING if words in message), None)
    return None


def _memory_is_limited() -> bool:
    try:
        import resource
    except (ImportError, MemoryError):
        # Even this module cannot be loaded any more.
        return True
    return resource.getrlimit(resource.RLIMIT_AS)[0] != resource.RLIM_INFINITY
