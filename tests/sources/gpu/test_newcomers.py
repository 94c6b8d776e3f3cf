"""When the use of memory tells that a process may have come."""

from __future__ import annotations

import pytest

from trackio_view.model.gpu import GpuProcess
from trackio_view.sources.gpu.newcomers import LEAST_OF_PROCESS, Newcomers

ONE, TWO = GpuProcess(1), GpuProcess(2)
GIB = 1 << 30


@pytest.mark.parametrize(
    ("grown", "come"), [(LEAST_OF_PROCESS, True), (LEAST_OF_PROCESS - 1, False), (-GIB, False)]
)
def test_a_process_may_have_come_where_more_memory_is_in_use(grown: int, come: bool) -> None:
    newcomers = Newcomers()
    assert not newcomers.may_have_come(9 * GIB), "nothing was listed yet"
    newcomers.listed(9 * GIB, [ONE])
    assert newcomers.may_have_come(9 * GIB + grown) is come
    assert not newcomers.may_have_come(None)


def test_memory_that_is_given_back_and_taken_again_tells_of_nobody() -> None:
    newcomers = Newcomers()
    newcomers.listed(9 * GIB, [ONE])
    newcomers.listed(2 * GIB, [ONE])
    assert not newcomers.may_have_come(9 * GIB)
    newcomers.listed(None, None)
    newcomers.listed(2 * GIB, [])
    assert newcomers.may_have_come(9 * GIB), "the one that had it is gone"
    newcomers.listed(3 * GIB, [ONE])
    newcomers.listed(5 * GIB, [ONE, TWO])
    assert not newcomers.may_have_come(5 * GIB)
