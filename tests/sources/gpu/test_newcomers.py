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
    newcomers.listed(9 * GIB, [ONE], due=True)
    assert newcomers.may_have_come(9 * GIB + grown) is come
    assert not newcomers.may_have_come(None)


def test_memory_that_is_given_back_and_taken_again_tells_of_nobody() -> None:
    newcomers = Newcomers()
    newcomers.listed(9 * GIB, [ONE], due=True)
    newcomers.listed(2 * GIB, [ONE], due=True)
    assert not newcomers.may_have_come(9 * GIB)
    newcomers.listed(None, None, due=True)
    newcomers.listed(2 * GIB, [], due=True)
    assert newcomers.may_have_come(9 * GIB), "the one that had it is gone"
    newcomers.listed(3 * GIB, [ONE], due=True)
    newcomers.listed(5 * GIB, [ONE, TWO], due=True)
    assert not newcomers.may_have_come(5 * GIB)


def test_a_program_that_needs_ever_more_memory_is_looked_at_ahead_once() -> None:
    newcomers = Newcomers()
    newcomers.listed(GIB, [ONE], due=True)
    assert newcomers.may_have_come(2 * GIB)
    newcomers.listed(2 * GIB, [ONE], due=False)
    assert not newcomers.may_have_come(3 * GIB), "the look was in vain"
    newcomers.listed(4 * GIB, [ONE], due=True)
    assert newcomers.may_have_come(5 * GIB)
    newcomers.listed(5 * GIB, [ONE, TWO], due=False)
    assert newcomers.may_have_come(6 * GIB), "somebody came, and another may follow"
