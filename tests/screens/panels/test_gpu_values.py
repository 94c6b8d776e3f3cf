"""Every field of a GPU with a value is shown, and the reason for each common field without one."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence

import pytest

from trackio_view.charts.palette import MUTED, VALUE
from trackio_view.model.gpu import Absence, GpuSample, GpusSampled
from trackio_view.model.gpu_fields import absence_of
from trackio_view.screens.panels.gpu_values import draw_values, facts_of
from trackio_view.terminal.cells import Frame, Rect
from trackio_view.wording.gpu_fields import GPU_LINES


@pytest.fixture
def sample(gpus_sampled: Callable[..., GpusSampled]) -> GpuSample:
    """Return a reading of an H100 that lacks its fans and a few rare fields."""
    return gpus_sampled(1).samples[0]


def drawn(sample: GpuSample, width: int, height: int, health: Sequence[str] = ()) -> list[str]:
    frame = Frame(width, height)
    draw_values(frame, Rect(0, 0, width, height), "GPU 0", sample, health)
    return frame.lines()


def test_every_line_that_has_a_value_is_a_fact_and_common_ones_say_why_not(
    sample: GpuSample,
) -> None:
    facts = {fact.label: fact for fact in facts_of(sample)}
    for line in GPU_LINES:
        text = line.write(sample)
        if text is not None:
            assert (facts[line.label].text, facts[line.label].style) == (text, VALUE)
            assert facts[line.label].important == line.always
        elif line.always:
            assert facts[line.label].text == absence_of(sample, *line.fields)
            assert facts[line.label].style == MUTED
        else:
            assert line.label not in facts
    assert facts["Driver"].text == "550.54"
    labels = [fact.label for fact in facts_of(sample)]
    assert labels[1:] == [line.label for line in GPU_LINES if line.label in labels]


def test_an_empty_text_takes_a_line_at_any_width(sample: GpuSample) -> None:
    identity = sample.identity._replace(driver="")
    for width in (20, 40, 80, 160):
        lines = drawn(sample._replace(identity=identity, performance_state=""), width, 40, [""])
        assert any("Driver" in line for line in lines)


@pytest.mark.parametrize("height", [6, 12, 40])
def test_a_value_however_long_leaves_room_for_its_label(sample: GpuSample, height: int) -> None:
    identity = sample.identity._replace(workload="7" * 90)
    for width in (24, 40, 80):
        lines = drawn(sample._replace(identity=identity), width, height)
        assert any(line.startswith("│ Works for ") and "77" in line for line in lines)


def test_a_share_is_of_what_there_is(sample: GpuSample) -> None:
    shares = {fact.label: fact.share for fact in facts_of(sample._replace(utilization=25.0))}
    assert shares["Utilization"] == 0.25
    assert shares["Memory"] == 0.75
    assert shares["Driver"] is None


def test_a_gpu_that_is_not_there_tells_its_state_and_no_reasons(sample: GpuSample) -> None:
    gone = GpuSample(sample.identity, 0.0, state=Absence.STALE, state_text="silent for 12 s")
    facts = facts_of(gone)
    assert [(fact.label, fact.text) for fact in facts] == [
        ("State", "silent for 12 s"),
        ("Driver", "550.54"),
    ]
    wordless = GpuSample(sample.identity, 0.0, state=Absence.STALE)
    assert facts_of(wordless)[0].text == Absence.STALE.value


def test_where_there_is_room_each_fact_has_its_line_and_its_bar(sample: GpuSample) -> None:
    lines = drawn(sample, 44, 60)
    text = "\n".join(lines)
    for fact in facts_of(sample):
        row = next(y for y, line in enumerate(lines) if f" {fact.label} " in line)
        assert fact.text.split()[0].rstrip(",") in lines[row]
        if fact.share is not None:
            assert "━" in lines[row + 1]
    assert text.count("━" * 5) >= sum(fact.share is not None for fact in facts_of(sample))


def test_where_it_gets_tight_bars_go_then_absences_then_rare_fields(sample: GpuSample) -> None:
    facts = facts_of(sample)
    present = [fact for fact in facts if fact.style is VALUE]
    important = [fact for fact in present if fact.important]
    assert 4 < len(important) < len(present) < len(facts)

    def labels(room: int) -> set[str]:
        # The border of the box takes two rows.
        lines = drawn(sample, 44, room + 2)
        assert "━" not in "".join(lines[1:-1])
        return {fact.label for fact in facts if any(f" {fact.label} " in line for line in lines)}

    assert labels(len(facts)) == {fact.label for fact in facts}
    assert labels(len(present)) == {fact.label for fact in present}
    assert labels(len(important)) == {fact.label for fact in important}
    assert labels(3) == {fact.label for fact in important[:3]}


def test_errors_are_told_before_numbers_and_their_lack_after_them(sample: GpuSample) -> None:
    errors = ("XID 31 (memory page fault) at 2026-11-29 19:53:56",)
    of_card = sample._replace(card_errors=errors), sample._replace(card_errors=())
    of_programs = sample._replace(program_errors=errors), sample._replace(program_errors=())
    for some, none in (of_card, of_programs):
        for width, height in ((32, 14), (80, 6)):
            told = " ".join(drawn(some, width, height))
            assert "XID 31" in told, (width, height)
            assert "19:53:56" in told
            assert "Errors" not in " ".join(drawn(none, width, height))


def test_no_text_is_broken_for_each_number_of_facts_that_may_have_room(
    sample: GpuSample, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken: list[str] = []
    wrap = textwrap.wrap

    def counted(text: str, width: int, initial_indent: str = "") -> list[str]:
        broken.append(text)
        return wrap(text, width, initial_indent=initial_indent)

    monkeypatch.setattr(textwrap, "wrap", counted)
    drawn(sample, 70, 80)
    assert broken == [], "each text has room beside its label"
    drawn(sample, 24, 120)
    once = len(broken)
    assert once > 0
    for height in range(8, 40, 4):
        broken.clear()
        drawn(sample, 24, height)
        assert len(broken) == once


def test_in_wide_places_facts_stand_side_by_side(sample: GpuSample) -> None:
    lines = drawn(sample, 110, 12)
    facts = facts_of(sample)
    first = lines[1]
    places = [first.index(f" {fact.label} ") for fact in facts[:3]]
    assert places == sorted(places)
    assert places[2] - places[1] == places[1] - places[0] == 108 // 3
    assert f" {facts[3].label} " in lines[2]


def test_a_list_goes_on_in_the_next_line_where_that_is_free(sample: GpuSample) -> None:
    temperatures = {"gpu": 61.0, "hotspot": 72.0, "memory": 80.0, "VR SoC": 64.0}
    hot = sample._replace(temperatures=temperatures)
    lines = drawn(hot, 34, 60)
    row = next(y for y, line in enumerate(lines) if "Temperature" in line)
    joined = " ".join(line.strip("│ ") for line in lines[row : row + 3])
    for name, degrees in list(temperatures.items())[1:]:
        assert f"{name} {degrees:.0f}°C" in joined
    assert "…" not in joined
    # Where no row is free, rarer facts are left out, and none is cut.
    tight = drawn(hot, 34, len(facts_of(hot)) + 2)
    row = next(y for y, line in enumerate(tight) if "Temperature" in line)
    assert " ".join(line.strip("│ ") for line in tight[row : row + 3]) == joined
    assert "…" not in "".join(tight)
    last = facts_of(hot)[-1].label
    assert last in "\n".join(lines)
    assert last not in "\n".join(tight)


def test_sensors_are_told_in_whole_on_a_narrow_screen(sample: GpuSample) -> None:
    sensors = {"gpu": 53.0, "hotspot": 54.0, "memory": 60.0}
    text = "\n".join(drawn(sample._replace(temperatures=sensors), 80, 14))
    assert "53°C (hotspot 54°C, memory 60°C)" in text
    few = drawn(sample._replace(temperatures=sensors), 80, 4)
    assert len(few) == 4
    assert "Utilization" in few[1]


def test_a_gap_before_a_long_fact_is_filled(sample: GpuSample) -> None:
    sensors = {"gpu": 53.0, "hotspot": 54.0, "memory": 60.0, "VR graphics": 49.0, "VR SoC": 49.0}
    long = "works 3 % of the time, waits for the rest (data, CPU, other ranks)"
    lines = drawn(sample._replace(temperatures=sensors, activity=long), 80, 5)
    assert "Utilization" in lines[1]
    assert "Memory" in lines[1]
    assert long in lines[2]
    assert "VR SoC 49°C" in lines[3]
    more = {**sensors, "VR memory": 51.0}
    line = drawn(sample._replace(temperatures=more, activity=long), 80, 5)[3]
    assert "Temp   53°C (hotspot 54, memory 60, VR graphics 49, VR SoC 49, VR memory 51) │" in line
    many = {**more, "hbm": 60.0}
    line = drawn(sample._replace(temperatures=many, activity=long), 80, 5)[3]
    assert "VR SoC 49, VR memory 51, … │" in line, "what has no room goes as a whole"


def test_a_sentence_is_told_to_its_end_or_marked(sample: GpuSample) -> None:
    wrong = "2 uncorrected memory errors since the driver loaded: results may be wrong, jobs fail"
    lines = drawn(sample, 80, 5, [wrong])
    told = " ".join(line.strip("│ ") for line in lines[1:3])
    assert told == f"Health   {wrong}"
    assert "Utilization" in lines[3]
    assert "Memory" in lines[3], "a gap is filled with what fits"
    doing = "works 44 % of the time, waits for the rest (data, CPU, other ranks)"
    working = sample._replace(activity=doing)
    assert drawn(working, 40, 4)[2].endswith(" works 44 % of the time, … │")
    # In rows that it fills to the last column, none is left empty.
    assert all(line.strip("│ ") for line in drawn(sample, 40, 4, [wrong])[1:3])
    assert drawn(sample, 40, 4, [wrong])[2].endswith("… │")


def test_the_work_of_instances_is_told_before_numbers(sample: GpuSample) -> None:
    doing = ("MIG 0: tensor cores 80 %", "MIG 2: idle: no kernels")
    lines = drawn(sample._replace(partition_activity=doing), 80, 4)
    assert ", ".join(doing) in lines[2]
    assert "Utilization" in lines[1]
