"""Runs compared: overlaid charts, legends, the config diff."""

from __future__ import annotations

import re

import pytest

from trackio_view.charts.compared_lines import comparison_chart
from trackio_view.charts.line_looks import LineLook, marker_of, style_of
from trackio_view.charts.palette import CURSOR
from trackio_view.model.alerts import Alert
from trackio_view.model.events import AlertsLoaded, DetailsLoaded, RowsLoaded
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import RunDetails, RunKey
from trackio_view.screens.shell.frame import Composer
from trackio_view.series.curves import columns_of
from trackio_view.terminal.cells import Frame
from trackio_view.terminal.glyphs import CURSOR_LINE, Repertoire, shown_by
from trackio_view.terminal.style import Style
from trackio_view.view.keys.input_events import KeyPressed, Resized
from trackio_view.view.responses import respond

pytestmark = pytest.mark.usefixtures("utc")
EXPERIMENT = ProjectId("", "my-experiment")

NOW = 1_700_000_000.0
KEYS = [RunKey(EXPERIMENT, f"id{number}") for number in range(3)]


def test_golden_ascii(compared, show, golden) -> None:
    frame = show(80, 24, unicode=False)
    assert "".join(frame.lines()).isascii()
    golden("compared-ascii-80x24", frame)


def test_the_pinned_run_lies_in_front_and_r_brings_the_next_one(compared, show) -> None:
    assert compared.compared[-1].key == KEYS[2]
    show(80, 24, "r")
    assert compared.compared[-1].key == KEYS[0]
    show(80, 24, "f")
    assert compared.view.marks.pinned == KEYS[0]
    show(80, 24, "r")
    assert compared.view.marks.pinned == KEYS[1] == compared.compared[-1].key


def test_the_header_names_a_run_that_is_drawn(compared, show) -> None:
    compared.view.marks.clear()
    # Two runs are marked, and the charts of a third one are opened.
    header, *charts = show(120, 40, "t", "space", "down", "space", "home", "down", "v").lines()
    names = [compared.known.projects[key.project].runs[key.run_id].name for key in KEYS]
    drawn = [name for name in names if any(name[-6:] in line for line in charts)]
    assert len(compared.compared) == 2
    assert [name for name in names if name in header] == [compared.compared[-1].run.name]
    assert compared.compared[-1].run.name in drawn
    assert "2 runs" in header
    assert "in front" in header
    front = compared.compared[-1].key
    # Keys on the charts are about the third run, too.
    show(120, 40, "f")
    assert compared.view.marks.pinned == front
    assert len(compared.compared) == 2
    show(120, 40, "i")
    assert compared.view.page.key == front


def test_the_header_tells_of_several_projects_and_of_groups(compared, show, batch) -> None:
    other = ProjectId("", "elsewhere")
    compared.meet(other)
    compared.apply(RowsLoaded(other, 0, [batch({"train/loss": [1.0, 2.0]}, run_id="x")], 2))
    compared.view.marks.mark([RunKey(other, "x")])
    assert show(120, 40).lines()[0].startswith(" 2 projects ▸ 4 runs · ")
    assert show(120, 40, "m").lines()[0].rstrip() == " 2 projects ▸ 4 runs in groups"


def many(dashboard, batch, count):
    """Add runs whose losses end at 1, 2, 3, and so on, though they do not count, and mark them
    all.
    """
    rows = [
        batch(
            {"train/loss": [9.0, 5.0001, float(n + 1)], "lr": [0.1] * 3},
            run_id=f"s{n}-of-sweep",
        )
        for n in range(count)
    ]
    dashboard.apply(RowsLoaded(EXPERIMENT, 0, rows, 6000 + 3 * count))
    dashboard.view.marks.clear()
    dashboard.view.marks.mark(RunKey(EXPERIMENT, f"s{n}-of-sweep") for n in range(count))
    dashboard.view.marks.pin(RunKey(EXPERIMENT, "s4-of-sweep"))
    return dashboard


@pytest.mark.parametrize(("count", "dim"), [(6, 0), (7, 5), (12, 10)])
def test_from_seven_runs_on_the_front_one_and_the_best_are_bright(
    dashboard, batch, count, dim, monkeypatch
) -> None:
    drawn = []
    monkeypatch.setattr(
        "trackio_view.charts.compared_lines.comparison_chart",
        lambda overlay, *args, **more: (
            drawn.append(overlay.lines),
            comparison_chart(overlay, *args, **more),
        )[1],
    )
    many(dashboard, batch, count)
    respond(dashboard, Resized(120, 40))
    Composer().compose(dashboard, NOW)
    looks = {key.run_id: look for key, look in dashboard.view.marks.appearances.items()}
    lines = drawn[0]
    assert [line.dim for line in lines] == [True] * dim + [False] * (count - dim)
    assert lines[-1].look == looks["s4-of-sweep"], "the one in front lies in front"
    if dim:
        assert lines[-2].look == looks["s0-of-sweep"], "then the best one"
    # Neither direction is better for a learning rate, so only the run in front is told.
    assert sum(not line.dim for line in drawn[1]) == (1 if dim else count)


def test_the_legend_is_sorted_by_the_value_at_the_cursor(dashboard, batch, show, golden) -> None:
    many(dashboard, batch, 12)

    def told(*keys):
        """Return the legend's text for each run, from the top."""
        return re.findall(r" (s\d+) +(\S.*?) │", "\n".join(show(120, 40, *keys).lines()))

    assert [name for name, _ in told()] == [f"s{n}" for n in range(12)]
    assert [value for _, value in told()][:2] == ["★ 1.0000", "2.0000"]
    golden("compared-many-120x40", show(120, 40))
    golden("compared-many-one-80x24", show(80, 24, "enter"))
    rows = batch({"train/loss": [0.5]}, run_id="s11-of-sweep", steps=[3], first_id=99)
    dashboard.apply(RowsLoaded(EXPERIMENT, 0, [rows], 7000))
    # The cursor begins at step 2, where the run in front ended.
    assert told("escape", "v")[:2] == [("s0", "★ 1.0000"), ("s1", "2.0000")]
    assert told("3", "enter")[:2] == [("s11", "★ 0.5000"), ("s0", "1.0000")]


@pytest.mark.parametrize(("width", "height"), [(80, 24), (44, 24), (40, 24)])
def test_the_legend_below_an_enlarged_chart_has_a_line_for_each_of_three_runs(
    compared, show, width: int, height: int
) -> None:
    lines = show(width, height, "enter").lines()
    assert sum(bool(re.match(r"│ \S +forest-[012] ", line)) for line in lines) == 3
    assert not any(" more" in line for line in lines)


def test_runs_without_room_in_a_border_are_counted(dashboard, batch, show) -> None:
    many(dashboard, batch, 12)
    border = next(line for line in show(120, 40).lines() if line.startswith("╰"))[:91]
    shown = border.count(".")
    assert f"+{12 - shown}" in border


def test_runs_with_other_metrics_and_lengths_share_the_screen(compared, show, batch) -> None:
    rows = batch({"only/here": [1.0, 2.0]}, run_id="odd", first_id=9000)
    compared.apply(RowsLoaded(EXPERIMENT, 0, [rows], 6002))
    compared.view.marks.mark([RunKey(EXPERIMENT, "odd")])
    assert "only/here" in compared.metrics
    text = "\n".join(show(120, 40, "end").lines())
    assert "only/here" in text


def test_a_run_without_the_metric_of_the_x_axis_does_not_set_the_y_axis(
    dashboard, batch, show
) -> None:
    values = [2.0 - step / 100 for step in range(100)]
    tokens = [1000.0 * step for step in range(100)]
    far = [value + 5 for value in values]
    batches = [
        batch({"loss": values, "tokens": tokens}, run_id="with-tokens"),
        batch({"loss": far}, run_id="without"),
    ]
    dashboard.apply(RowsLoaded(EXPERIMENT, 0, batches, 7000))
    dashboard.view.marks.clear()
    dashboard.view.marks.mark(RunKey(EXPERIMENT, batch.run_id) for batch in batches)
    lines = show(120, 40, "X", "end", "enter").lines()
    assert "x: tokens" in lines[-2]
    labels = [line.split("┤")[0].strip("│ ") for line in lines[1:20] if "┤" in line]
    assert max(map(float, labels)) <= 2.5, labels
    said = "\n".join(lines)
    assert "100 without an x not drawn" in said
    assert "▴" not in said


def test_a_marked_run_that_is_deleted_is_no_more_drawn(compared, show) -> None:
    del compared.project.runs["id1"]
    compared.known.revision += 1
    assert [one.key for one in compared.compared] == [KEYS[0], KEYS[2]]
    assert "brave-forest-1" not in "\n".join(show(120, 40).lines()[1:])


def test_a_hurried_frame_draws_the_focused_chart_and_the_next_ones_the_rest(
    compared, monkeypatch
) -> None:
    monkeypatch.setattr("trackio_view.screens.comparison.POINTS_A_FRAME", 1)
    respond(compared, Resized(120, 40))
    composer = Composer()
    frames = [composer.compose(compared, NOW, hurried=True)]
    assert not composer.whole
    drawn = [composer.memo.computed]
    while not composer.whole:
        frames.append(composer.compose(compared, NOW, hurried=True))
        drawn.append(composer.memo.computed)
    charts = len(compared.metrics[: compared.layout.page_size])
    assert len(frames) == charts
    assert len(set(drawn)) == len(drawn)
    assert frames[-1].lines() == Composer().compose(compared, NOW).lines()
    # A chart stays as it was until it is drawn anew.
    respond(compared, KeyPressed("+"))
    hurried = composer.compose(compared, NOW, hurried=True)
    assert hurried.lines()[30:36] == frames[-1].lines()[30:36]


def test_a_focus_move_draws_no_chart_anew(compared, monkeypatch) -> None:
    drawn = []
    monkeypatch.setattr(
        "trackio_view.charts.compared_lines.comparison_chart",
        lambda *args, **more: (drawn.append(args), comparison_chart(*args, **more))[1],
    )
    respond(compared, Resized(80, 24))
    composer = Composer()
    composer.compose(compared, NOW)
    assert len(drawn) == 4
    respond(compared, KeyPressed("right"))
    composer.compose(compared, NOW)
    assert len(drawn) == 4
    computed = composer.memo.computed
    respond(compared, KeyPressed("left"))
    composer.compose(compared, NOW)
    assert composer.memo.computed == computed, "nor anything else that was seen before"


def test_lines_are_looked_at_once_whichever_run_lies_in_front(
    dashboard, batch, monkeypatch
) -> None:
    looked_at: list[int] = []

    def count(curves, *args, **more):
        looked_at.append(len(curves))
        return columns_of(curves, *args, **more)

    many(dashboard, batch, 9)
    respond(dashboard, Resized(120, 40))
    composer = Composer()
    composer.compose(dashboard, NOW)
    monkeypatch.setattr("trackio_view.charts.kept_columns.columns_of", count)
    for key in ("f", "r", "f", "r", "m", "m"):
        respond(dashboard, KeyPressed(key))
        kept = composer.compose(dashboard, NOW)
        before = len(looked_at)
        fresh = Composer().compose(dashboard, NOW)
        del looked_at[before:]
        assert (kept.lines(), kept.styles) == (fresh.lines(), fresh.styles), key
    # Only means of groups differ from the values of the runs.
    assert looked_at == [9] * len(dashboard.metrics)
    rows = batch({"train/loss": [0.5]}, steps=[3], run_id="s2-of-sweep", first_id=9000)
    dashboard.apply(RowsLoaded(EXPERIMENT, 0, [rows], 7000))
    kept, fresh = composer.compose(dashboard, NOW), Composer().compose(dashboard, NOW)
    assert (kept.lines(), kept.styles) == (fresh.lines(), fresh.styles)


def test_alerts_that_arrive_are_a_notice_and_a_mark_and_can_be_dismissed(compared, show) -> None:
    before = show(80, 24).lines()
    alert = Alert(2, "id2", "brave-forest-2", "Diverged\x1b[2J", "", "error", 1500, NOW)
    compared.apply(AlertsLoaded(EXPERIMENT, 0, [alert], True))
    after = show(80, 24).lines()
    assert "brave-forest-2 at step 1500: Diverged␛[2J" in after[-2]
    assert sum("▲" in line for line in after[:-2]) >= sum("▲" in line for line in before[:-2])
    assert after[5:20] != before[5:20]
    assert "Diverged" not in show(80, 24, "escape").lines()[-2]


def test_alerts_of_runs_of_every_project_are_marked(compared, show, batch) -> None:
    other = ProjectId("", "elsewhere")
    compared.meet(other)
    rows = batch({"elsewhere/loss": [1.0] * 900}, run_id="x")
    compared.apply(RowsLoaded(other, 0, [rows], 900))
    compared.view.marks.mark([RunKey(other, "x")])
    compared.view.choice.set_filter("elsewhere")
    before = "\n".join(show(120, 40).lines()).count("▲")
    alert = Alert(1, "x", "x", "hot", "", "warn", 100, NOW)
    compared.apply(AlertsLoaded(other, 0, [alert], False))
    assert "\n".join(show(120, 40).lines()).count("▲") == before + 1


def test_alerts_that_know_their_run_by_its_name_are_marked_too(compared, show) -> None:
    before = show(80, 24).lines()
    name = "brave-forest-2"
    # Projects from before run ids have no other id.
    alert = Alert(2, name, name, "Diverged", "", "error", 1500, NOW)
    compared.apply(AlertsLoaded(EXPERIMENT, 0, [alert], False))
    assert show(80, 24).lines()[5:20] != before[5:20]


def test_history_makes_no_notice(compared) -> None:
    assert compared.known.notices == {}


def test_means_are_of_the_groups_that_the_table_has(compared, show) -> None:
    press_group = ["t", "G", *["down"] * 3, "enter", "t"]
    show(120, 40, *press_group)
    assert compared.view.runs.arrangement.group == "state"
    text = "\n".join(show(120, 40, "m").lines())
    assert " live (3)" in text
    assert "unknown" not in text


def test_runs_of_one_name_are_told_apart_wherever_they_stand_side_by_side(compared, show) -> None:
    details = [RunDetails(f"id{number}", "twin", {"seed": number}) for number in (0, 1)]
    compared.apply(DetailsLoaded(EXPERIMENT, 0, details))
    for keys in ((), ("enter",), ("escape", "d")):
        text = "\n".join(show(120, 40, *keys).lines()[1:])
        assert "twin (id0)" in text
        assert "twin (id1)" in text
    compared.view.marks.clear()
    text = "\n".join(show(120, 40, "escape").lines())
    assert "twin (id0)" in text
    assert "twin (id1)" in text


def test_a_run_that_looks_live_has_no_mark_of_an_end(compared, batch) -> None:
    rows = [
        batch(
            {"train/loss": [1.0] * 50},
            run_id=f"id{number}",
            steps=[3000 + 100 * number + row for row in range(50)],
            times=[NOW + row for row in range(50)],
            first_id=9000,
        )
        for number in range(3)
    ]
    compared.apply(RowsLoaded(EXPERIMENT, 0, rows, 9000))
    composer = Composer()

    def marks(now: float) -> int:
        return sum(line.count("┊") for line in composer.compose(compared, now).lines())

    assert marks(NOW + 50) == 0
    assert marks(NOW + 86_400) > 0


def test_the_number_of_runs_leaves_a_title_before_its_name_is_cut(compared, show, batch) -> None:
    rows = [
        batch({"train/tokens_of_a_day": [0.5]}, run_id=f"id{number}", first_id=9000)
        for number in range(3)
    ]
    compared.apply(RowsLoaded(EXPERIMENT, 0, rows, 9000))
    compared.view.choice.set_filter("tokens_of")
    wide, narrow = show(80, 24).lines()[1], show(40, 12).lines()[1]
    assert "train/tokens_of_a_day" in wide
    assert " 3 runs " in wide
    assert "train/tokens_of_a_day" in narrow
    assert "runs" not in narrow


def test_counts_have_no_decimals_in_a_title_and_at_the_cursor(compared, show, batch) -> None:
    rows = [
        batch({"epoch": [1.0, 2.0 + number]}, run_id=f"id{number}", steps=[9, 10], first_id=9000)
        for number in range(3)
    ]
    compared.apply(RowsLoaded(EXPERIMENT, 0, rows, 9000))
    compared.view.choice.set_filter("epoch")
    title = next(line for line in show(80, 24).lines() if " epoch " in line)
    assert re.search(r" [234]  3 runs ", title)
    border = next(line for line in show(80, 24, "v").lines() if line.startswith("╰"))
    assert re.search(r" 4 @10 ", border)
    assert "." not in border


def shown_marker(look: LineLook) -> str:
    return shown_by(Repertoire.BRAILLE)[marker_of(look)]


def cells_at_cursor(frame: Frame) -> list[tuple[str, Style]]:
    """Return the cells of the column in which the cursor's line is, from above."""
    rows = [list(zip(*row, strict=True)) for row in zip(frame.glyphs, frame.styles, strict=True)]
    (x,) = {x for row in rows for x, cell in enumerate(row) if cell == (CURSOR_LINE, CURSOR)}
    return [row[x] for row in rows]


def test_the_cursor_crosses_each_line_at_its_runs_marker(dashboard, batch, show) -> None:
    many(dashboard, batch, 12)
    crossed = dict(cells_at_cursor(show(200, 50, "enter")))
    *others, front = [one.look for one in dashboard.compared]
    assert crossed[shown_marker(front)] == style_of(front, bold=True)
    dim = [look for look in others if crossed[shown_marker(look)] == style_of(look, dim=True)]
    assert len(dim) == len(others) - 1, "the best run is bright, too"


def test_of_lines_that_the_cursor_crosses_at_one_place_the_one_in_front_is_marked(
    compared, show, batch
) -> None:
    rows = [
        batch({"same": [1.0, 1.0]}, run_id=f"id{number}", steps=[9, 10], first_id=9000)
        for number in range(3)
    ]
    compared.apply(RowsLoaded(EXPERIMENT, 0, rows, 9000))
    compared.view.choice.set_filter("same")
    show(80, 24, "v")
    for _ in range(3):
        crossed = dict(cells_at_cursor(show(80, 24, "r")))
        markers = [shown_marker(one.look) for one in compared.compared]
        assert [marker for marker in markers if marker in crossed] == markers[-1:]


@pytest.mark.parametrize("keys", [("s",), ("s", "L")], ids=["smoothed", "logarithms"])
def test_the_cursor_crosses_a_smoothed_line_where_that_runs(compared, show, batch, keys) -> None:
    steps, values = list(range(0, 2000, 200)), [1.0] * 9
    rows = [
        batch({"jump": [*values, 40.0]}, run_id=f"id{number}", steps=steps, first_id=9000)
        for number in range(3)
    ]
    compared.apply(RowsLoaded(EXPERIMENT, 0, rows, 9000))
    compared.view.choice.set_filter("jump")
    # Where a line ends, it has its marker anyhow.
    plain, asked = show(80, 24, *keys), show(80, 24, "v")
    columns = [list(column) for column in zip(*plain.glyphs, strict=True)]
    marker = shown_marker(compared.compared[-1].look)
    at_cursor = [glyph for glyph, _ in cells_at_cursor(asked)]
    assert marker in at_cursor
    assert any(
        [y for y, glyph in enumerate(column) if glyph == marker] == [at_cursor.index(marker)]
        for column in columns
    )
