"""What is said of metrics that were named and are not there."""

from __future__ import annotations

from collections.abc import Iterable

from trackio_view.model.selection import expression_fault
from trackio_view.options.command_line import Options, WrongUsage
from trackio_view.wording.missing import no_name_nor_expression, no_such_metric


def missing_metric(where: str, options: Options, present: Iterable[str]) -> str:
    """Return the sentence for metrics that were named and are not there.

    Raises WrongUsage for what can't be found anywhere, as it is no regular expression either.
    """
    for metric in options.metric:
        fault = expression_fault(metric)
        if fault is not None:
            raise WrongUsage(no_name_nor_expression(where, metric, fault))
    return no_such_metric(where, options.metric, present)
