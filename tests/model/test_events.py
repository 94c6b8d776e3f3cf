"""Every kind of event is known to the fold, and no event can be changed."""

from __future__ import annotations

import inspect
from typing import Any, get_args

import pytest

from trackio_view.model import events
from trackio_view.model.events import Notice, ProjectEvent, ProjectOrigin, Severity
from trackio_view.model.project_id import ProjectId
from trackio_view.view.keys.input_events import InputEvent

P = ProjectId("", "p")

EVENTS = [*get_args(ProjectEvent), *get_args(InputEvent)]


def test_every_event_of_the_module_is_data_or_input() -> None:
    defined = {
        kind
        for _, kind in inspect.getmembers(events, lambda found: hasattr(found, "_fields"))
        if kind.__module__ == events.__name__
    }
    # An origin is no event, because it is only a part of a notice.
    assert defined - set(EVENTS) == {ProjectOrigin}
    assert set(get_args(ProjectEvent)) & set(get_args(InputEvent)) == set()


@pytest.mark.parametrize("kind", EVENTS, ids=lambda kind: kind.__name__)
def test_an_event_cannot_be_changed_by_one_of_its_readers(kind: Any) -> None:
    fields = kind._fields
    made = kind(*(None for _ in fields))
    with pytest.raises(AttributeError):
        setattr(made, fields[0], "changed")
    # A misspelt name must be an error instead of a new attribute.
    assert not hasattr(made, "__dict__")


def test_a_notice_warns_unless_it_says_otherwise() -> None:
    assert Notice(ProjectOrigin(P), "text").severity is Severity.WARNING
    assert Notice(ProjectOrigin(P), "text") == Notice(
        ProjectOrigin(P), "text", Severity.WARNING, ""
    )
