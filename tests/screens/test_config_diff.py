"""The configs of the marked runs side by side: the differences, and the runs that have no room."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from trackio_view.charts.line_looks import color_of, marker_of
from trackio_view.model.events import DetailsLoaded, RowsLoaded
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import RunDetails, RunKey
from trackio_view.terminal.glyphs import Repertoire, shown_by
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.shown_configs import explained_metric, has_row_a_run, shown_lines

EXPERIMENT = ProjectId("", "my-experiment")
KEYS = [RunKey(EXPERIMENT, f"id{number}") for number in range(3)]
CONFIGS: list[dict[str, Any]] = [
    {"lr": 1e-3, "optimizer": {"name": "adam", "eps": 1e-8}, "seed": 1},
    {"lr": 3e-3, "optimizer": {"name": "adam", "eps": 1e-8}, "seed": 1},
    {"lr": 3e-3, "optimizer": {"name": "sgd"}, "seed": 1, "momentum": 0.9},
]


@pytest.fixture
def compared(dashboard: Dashboard) -> Dashboard:
    """The three runs marked, with configs."""
    details = [
        RunDetails(f"id{number}", f"brave-forest-{number}", config)
        for number, config in enumerate(CONFIGS)
    ]
    dashboard.apply(DetailsLoaded(EXPERIMENT, 0, details))
    dashboard.view.marks.mark(KEYS)
    return dashboard


def rows_of(lines: Sequence[str]) -> list[list[str]]:
    """Return the cells of the table's lines, split where two blanks are."""
    cells = [
        [cell.strip() for cell in line.strip("│ ").split("  ") if cell.strip()]
        for line in box_of(lines)
    ]
    return [row for row in cells[3:-1] if row]


def box_of(lines: Sequence[str]) -> Sequence[str]:
    """Return the header and the lines of the table's box, without the page around it."""
    last = next(place for place, line in enumerate(lines) if line.startswith("╰"))
    width = lines[1].index("╮") + 1
    return [lines[0], *(line[:width] for line in lines[1 : last + 1])]


def test_a_line_a_key_that_differs_and_a_column_a_run(compared: Dashboard, show: Any) -> None:
    lines = show(120, 24, "d").lines()
    assert "config: what differs" in lines[1]
    assert " 4 keys " in lines[1]
    assert rows_of(lines) == [
        ["lr", "0.001", "0.003", "0.003"],
        ["optimizer.name", "adam", "adam", "sgd"],
        ["optimizer.eps", "1e-08", "1e-08", "–"],
        ["momentum", "–", "–", "0.9"],
    ]
    everything = show(120, 24, "a").lines()
    assert "config: all keys" in everything[1]
    assert ["seed", "1", "1", "1"] in rows_of(everything)


def test_a_run_has_its_marker_and_colour_and_what_does_not_differ_has_none(
    compared: Dashboard, show: Any
) -> None:
    frame = show(120, 24, "d", "a")
    lines = frame.lines()
    seed = next(y for y, line in enumerate(lines) if "│ seed " in line)
    rate = next(y for y, line in enumerate(lines) if "│ lr " in line)
    for one in compared.compared:
        marker = shown_by(Repertoire.BRAILLE)[marker_of(one.look)]
        x = lines[2].index(f"{marker} {one.run.name.removeprefix('brave-')}")
        assert frame.styles[2][x].foreground == color_of(one.look)
        assert frame.styles[rate][x].foreground == color_of(one.look)
        assert frame.styles[seed][x].foreground is None


def test_without_marks_the_run_on_screen_is_shown_without_a_marker(
    compared: Dashboard, show: Any
) -> None:
    look = compared.compared[0].look
    compared.view.marks.clear()
    lines = show(120, 24, "d", "a").lines()
    assert marker_of(look) not in lines[2]
    assert " forest-2 " in lines[2]


def test_the_box_is_as_high_as_its_table_and_no_higher_than_the_page(
    compared: Dashboard, show: Any
) -> None:
    assert [len(box_of(show(120, 24, "d").lines())), len(shown_lines(compared))] == [8, 4]
    assert len(box_of(show(40, 6 + 6, "a").lines())) == 9
    assert len(box_of(show(40, 12, "/", *"no such key").lines())) == 5


def test_the_box_is_as_wide_as_its_table_and_what_is_told_above_it(
    compared: Dashboard, show: Any
) -> None:
    box = box_of(show(200, 50, "d").lines())
    assert [line[-1] for line in box[1:]] == ["╮", *"│" * (len(box) - 3), "╯"]
    assert max(len(line.strip("│ ")) for line in box[2:-1]) > len(box[1]) - 12
    assert len(box[1]) < 100
    # Where rows are still to come, nothing is there, or only a strip of the page had room, the
    # width stays that of the page.
    assert len(box_of(show(len(box[1]) * 2, 50).lines())[1]) == len(box[1])
    assert len(box_of(show(len(box[1]) * 2 - 1, 50).lines())[1]) == len(box[1]) * 2 - 1
    assert len(box_of(show(200, 50, "/", *"no such key").lines())[1]) == 200
    config = {f"key{number}": "a" for number in range(40)}
    runs = [RunDetails(f"id{at}", f"run-{at}", {**config, "at": at}) for at in range(3)]
    compared.apply(DetailsLoaded(EXPERIMENT, 0, runs))
    assert len(box_of(show(200, 50, "escape", "a").lines())[1]) < 100
    assert len(box_of(show(200, 24).lines())[1]) == 200


def test_where_nothing_differs_it_says_what_to_press(compared: Dashboard, show: Any) -> None:
    same = [RunDetails(f"id{number}", f"run-{number}", {"lr": 1}) for number in range(3)]
    compared.apply(DetailsLoaded(EXPERIMENT, 0, same))
    assert "nothing differs; a shows all keys" in "\n".join(show(120, 24, "d").lines())
    assert "no key or value holds this text" in "\n".join(show(120, 24, "/", "x").lines())


def test_the_search_and_a_single_key_are_told_in_the_border(compared: Dashboard, show: Any) -> None:
    border = show(120, 24, "d", "/", *"momen", "enter").lines()[1]
    assert " 1 key " in border
    assert "/momen" in border


def test_the_table_scrolls_until_its_last_key_is_on_screen(compared: Dashboard, show: Any) -> None:
    many = [
        RunDetails(f"id{number}", f"run-{number}", {f"key{at:02}": number for at in range(40)})
        for number in range(3)
    ]
    compared.apply(DetailsLoaded(EXPERIMENT, 0, many))

    def keys_on(*keys: str) -> list[str]:
        return [row[0] for row in rows_of(show(120, 24, *keys).lines()) if row[0][:3] == "key"]

    first = keys_on("d")
    assert first[0] == "key00"
    assert keys_on("down")[0] == "key01"
    last = keys_on("end")
    assert last[-1] == "key39"
    assert len(last) == len(first)
    assert keys_on(*["down"] * 9) == last
    assert keys_on("up")[-1] == "key38", "one key leads back, however often the end was passed"


def test_config_search_is_dropped_by_escape_and_kept_by_enter(compared, show) -> None:
    show(80, 24, "d", "/", "s", "g", "d", "enter")
    assert [line.key for line in shown_lines(compared)] == ["optimizer.name"]
    show(80, 24, "/", "escape")
    assert compared.view.diff.search == ""
    assert len(shown_lines(compared)) == 4


def test_runs_without_config_say_so(dashboard, show) -> None:
    assert "none of these runs has a config" in "\n".join(show(80, 24, "d").lines())


def test_a_single_run_differs_from_none(compared, show) -> None:
    compared.view.marks.only(KEYS[0])
    assert "a single run differs from none" in "\n".join(show(120, 24, "d").lines())


def test_the_config_diff_scrolls_to_runs_that_do_not_fit(compared, show) -> None:
    text = "\n".join(box_of(show(40, 12, "d").lines())[1:])
    assert " ♠ " in text
    assert " ■ " not in text
    scrolled = show(40, 12, "right", "right").lines()[1:]
    assert any("■ forest-2" in line for line in scrolled)
    assert any(line.split()[1:3] == ["momentum", "0.9"] for line in scrolled)
    assert any(line.split()[1:3] == ["lr", "0.003"] for line in scrolled)


def test_a_run_that_was_scrolled_to_keeps_its_colour(compared: Dashboard, show: Any) -> None:
    frame = show(40, 12, "d", "right", "right")
    y, line = next((y, line) for y, line in enumerate(frame.lines()) if "momentum" in line)
    last = compared.compared[-1]
    assert last.run.run_id == "id2"
    assert frame.styles[y][line.index("0.9")].foreground == color_of(last.look)


@pytest.mark.parametrize("size", [(40, 12), (80, 24), (120, 40), (200, 50)])
def test_the_edges_tell_of_runs_that_have_no_room(compared, show, size) -> None:
    """A page has a row for each key, and tells how many runs are left out on either side."""
    configs = [{f"key{number}": at for number in range(40)} for at in range(3)]
    runs = [RunDetails(f"id{at}", f"run-{at}", config) for at, config in enumerate(configs)]
    compared.apply(DetailsLoaded(EXPERIMENT, 0, runs))
    for moved in range(3):
        lines = show(*size, *(["d"] if not moved else ["right"])).lines()
        heading = box_of(lines)[2].strip("│ ")
        on_screen = sum(heading.count(f"run-{at}") for at in range(3))
        if size[0] >= 80:
            assert on_screen == 3 - moved
        assert heading.startswith("‹") == (moved > 0)
        assert heading.endswith("›") == (moved + heading.count("-") < 3)


@pytest.fixture
def sweep(dashboard: Dashboard, batch: Any) -> Dashboard:
    """Nine marked runs. Two keys of their configs differ, and one of these decides the loss."""
    names = [f"lr{rate}-seed{seed}" for rate in (1, 2, 3) for seed in (0, 1, 2)]
    rows = [
        batch(
            {"loss": [9.0, float(name[2]) + 0.01 * int(name[-1])]},
            run_id=name,
            first_id=6001 + 2 * place,
        )
        for place, name in enumerate(names)
    ]
    dashboard.apply(RowsLoaded(EXPERIMENT, 0, rows, 6018))
    details = [
        RunDetails(name, name, {"lr": int(name[2]), "seed": int(name[-1]), "model": "m"})
        for name in names
    ]
    dashboard.apply(DetailsLoaded(EXPERIMENT, 0, details))
    dashboard.view.marks.mark(RunKey(EXPERIMENT, name) for name in names)
    return dashboard


def test_where_keys_are_fewer_than_runs_each_run_has_a_row(
    sweep: Dashboard, show: Any, golden: Any
) -> None:
    frame = show(120, 24, "d")
    assert has_row_a_run(sweep)
    assert " 2 keys " in frame.lines()[1]
    rows = [row[1:] if len(row[0]) == 1 else row for row in rows_of(frame.lines())]
    assert ["lr1-seed0", "1.0000", "1", "0"] in rows
    assert ["lr3-seed2", "3.0200", "3", "2"] in rows
    golden("config-turned-120x24", frame)
    golden("config-turned-80x24", show(80, 24))
    # Also with all keys, there are fewer keys than runs. A search keeps the layout.
    assert "model" in show(120, 24, "a").lines()[3]
    heading = show(120, 24, "/", *"see", "enter").lines()[3]
    assert "seed" in heading
    assert "model" not in heading


def test_the_edges_tell_of_keys_that_have_no_room(sweep: Dashboard, show: Any) -> None:
    details = [
        RunDetails(key.run_id, key.run_id, {f"key{number}": place for number in range(6)})
        for place, key in enumerate(sweep.view.marks.runs)
    ]
    sweep.apply(DetailsLoaded(EXPERIMENT, 0, details))
    assert has_row_a_run(sweep)
    heading = show(40, 12, "d").lines()[3]
    assert "key0" in heading
    assert heading.endswith("› │")
    assert "‹" not in heading
    moved = show(40, 12, "right").lines()[3]
    assert moved.startswith("│ ‹")
    assert "key0" not in moved
    assert show(80, 24).lines()[3].startswith("│ ‹+1 run")
    assert not show(200, 50, "left").lines()[3].endswith("› │")


def test_the_share_that_each_key_explains_stands_above(sweep: Dashboard, show: Any) -> None:
    line = show(120, 24, "d").lines()[2]
    assert "variance of best loss explained by lr 100%, seed 0%" in line
    # With three runs, nothing is said about it.
    for name in ("lr1-seed0", "lr1-seed1", "lr1-seed2", "lr2-seed0"):
        sweep.view.marks.unmark([RunKey(EXPERIMENT, name)])
    assert "variance" not in show(120, 24).lines()[2]


def test_of_a_thousand_runs_only_rows_on_screen_are_made(
    dashboard: Dashboard, batch: Any, show: Any
) -> None:
    names = [f"s{number:03}" for number in range(1_000)]
    dashboard.apply(
        RowsLoaded(EXPERIMENT, 0, [batch({"loss": [1.0]}, run_id=name) for name in names], 7000)
    )
    details = [RunDetails(name, name, {"seed": name}) for name in names]
    dashboard.apply(DetailsLoaded(EXPERIMENT, 0, details))
    asked: list[object] = []
    lines = show(80, 24, "d").lines()
    assert "1 key" in lines[1]
    column, _ = explained_metric(dashboard)
    assert column is not None
    derived = dashboard.derived_configs
    counted = column._replace(
        value=lambda entry, now: (asked.append(entry), column.value(entry, now))[1]
    )
    derived.explained = (counted, derived.explained[1])
    show(80, 24)
    assert 0 < len(asked) <= 2 * 24
    assert show(80, 24, "end").lines() != lines


def test_a_long_key_takes_thirty_columns_and_its_values_24(compared: Dashboard, show: Any) -> None:
    configs = [{"k" * 50: f"{number}" * 50, **dict.fromkeys("abcd", number)} for number in range(3)]
    details = [
        RunDetails(f"id{number}", f"run-{number}", config) for number, config in enumerate(configs)
    ]
    compared.apply(DetailsLoaded(EXPERIMENT, 0, details))
    row = next(row for row in rows_of(show(140, 24, "d").lines()) if row[0].startswith("k"))
    assert [len(cell) for cell in row] == [30, 24, 24, 24]
