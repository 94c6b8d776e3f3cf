"""A table leaves out columns by priority, cuts no number, and shows the selected row."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from trackio_view.charts.palette import GOOD, SELECTED
from trackio_view.charts.text_table import (
    ColumnCursor,
    TableCell,
    TableColumn,
    table,
    visible_offset,
    wanted_width,
)
from trackio_view.terminal.glyphs import Repertoire
from trackio_view.terminal.look import Look, resolved

ASCII = Look(repertoire=Repertoire.ASCII)
COLUMNS = (
    TableColumn("run", grows=True, minimum_width=6),
    TableColumn("state", priority=2),
    TableColumn("loss", align_right=True, priority=1),
)
ROWS: list[list[str | TableCell]] = [
    [f"brave-forest-{number}", TableCell("live", GOOD), f"{number}.5"] for number in range(9)
]


def test_wide() -> None:
    assert table(COLUMNS, ROWS, 40, 3).lines() == [
        "run                          state  loss",
        "brave-forest-0               live    0.5",
        "brave-forest-1               live    1.5",
    ]


def test_without_a_header_all_lines_are_rows() -> None:
    assert table([TableColumn("run")], [["a"], ["b"]], 5, 2, header=False).lines() == ["a", "b"]


def test_a_drawing_is_made_narrower_and_not_cut() -> None:
    columns = [TableColumn("run"), TableColumn("trend", minimum_width=3, priority=1)]
    drawing = TableCell("abcdefghi", narrower=lambda width: "~" * width)
    rows: list[list[str | TableCell]] = [["long-name", drawing]]
    assert table(columns, rows, 20, 2).lines()[1] == "long-name  abcdefghi"
    assert table(columns, rows, 16, 2).lines()[1] == "long-name  ~~~~~"


def test_columns_give_way_by_priority_and_texts_before_numbers() -> None:
    assert table(COLUMNS, ROWS, 20, 2).lines() == ["run      state  loss", "bra…t-0  live    0.5"]
    assert table(COLUMNS, ROWS, 18, 2).lines() == ["run           loss", "bra…forest-0   0.5"]
    assert table(COLUMNS, ROWS, 9, 2).lines() == ["run", "…forest-0"]


def test_ascii_where_texts_are_cut() -> None:
    assert resolved(table(COLUMNS, ROWS, 20, 2), ASCII).lines()[1] == "bra~t-0  live    0.5"


def test_selected_row_is_seen_and_marked_over_its_whole_width() -> None:
    frame = table(COLUMNS, ROWS, 40, 4, selected=7)
    assert [row for row, styles in enumerate(frame.styles) if set(styles) == {SELECTED}] == [3]
    assert "brave-forest-7" in frame.lines()[3]
    assert GOOD in frame.styles[2]


def test_more_rows_are_hinted_at() -> None:
    columns = [TableColumn("run")]
    rows = [[f"run {number}"] for number in range(9)]
    assert table(columns, rows, 12, 4, offset=3).lines() == [
        "run",
        "run 3      ▴",
        "run 4",
        "run 5      ▾",
    ]


def test_empty() -> None:
    assert table(COLUMNS, [], 30, 3, empty="no runs yet").lines()[1] == "no runs yet"
    assert table([], [["a"]], 10, 2).lines() == ["", ""]


def test_only_rows_that_are_seen_are_measured() -> None:
    class Rows(list[list[str]]):
        taken = 0

        def __getitem__(self, place):
            found = super().__getitem__(place)
            Rows.taken += len(found)
            return found

    table([TableColumn("run")], Rows([["run"]] * 10_000), 20, 5, selected=5_000)
    assert Rows.taken == 4


def test_visible_offset() -> None:
    assert visible_offset(100, 10, None, 5) == 5
    assert visible_offset(100, 10, 3, 5) == 3
    assert visible_offset(100, 10, 20, 5) == 11
    assert visible_offset(5, 10, 4, 3) == 0
    assert visible_offset(100, 10, 99, 0) == 90


@given(
    width=st.integers(-1, 40),
    height=st.integers(-1, 8),
    selected=st.none() | st.integers(0, 5),
    offset=st.integers(-2, 9),
    texts=st.lists(st.lists(st.text(max_size=12), max_size=4), max_size=6),
)
def test_any_size_and_any_text(
    width: int, height: int, selected: int | None, offset: int, texts: list[list[str]]
) -> None:
    frame = table(COLUMNS, texts, width, height, selected=selected, offset=offset)
    assert (frame.width, frame.height) == (max(width, 0), max(height, 0))
    assert all(len(row) == max(width, 0) for row in frame.glyphs)
    assert all(len(row) == max(width, 0) for row in frame.styles)


def test_a_column_is_as_wide_as_its_texts_up_to_its_most() -> None:
    columns = [TableColumn("run", maximum_width=6), TableColumn("state", maximum_width=9)]
    assert table(columns, [["brave-forest", "live"]], 40, 2).lines() == [
        "run     state",
        "bra…st  live",
    ]


def test_a_column_has_room_for_the_widest_of_its_texts() -> None:
    rows = [["a", "1"], ["brave-forest", "22"], ["calm", "3"]]
    assert table([TableColumn("run"), TableColumn("n", align_right=True)], rows, 40, 4).lines() == [
        "run            n",
        "a              1",
        "brave-forest  22",
        "calm           3",
    ]


def test_prose_is_cut_at_its_end_and_names_in_their_middle() -> None:
    columns = [TableColumn("a", maximum_width=9), TableColumn("b", maximum_width=9)]
    row = [TableCell("train/learning_rate"), TableCell("how it looks: stale", is_prose=True)]
    assert table(columns, [row], 40, 2).lines()[1] == "trai…rate  how it l…"


def test_columns_that_a_table_was_not_given_are_counted_too() -> None:
    columns = [TableColumn("", minimum_width=1), *(TableColumn(f"c{place}") for place in range(4))]
    rows = [["key", *["123456"] * 4]]

    def header(cursor: ColumnCursor) -> str:
        return table(columns, rows, 60, 2, cursor=cursor).lines()[0]

    assert [ColumnCursor(1, *beside).has_more for beside in ((0, 0), (7, 0), (0, 12))] == [
        *(False, True, True)
    ]
    assert "‹" not in header(ColumnCursor(1))
    assert "›" not in header(ColumnCursor(1))
    assert header(ColumnCursor(1, 7, 0)).startswith("‹+7 ")
    assert "›" not in header(ColumnCursor(1, 7, 0))
    assert header(ColumnCursor(1, 0, 12)).endswith(" +12›")


def test_columns_left_out_are_counted_on_either_side_of_the_cursor() -> None:
    columns = [
        TableColumn("", minimum_width=1, maximum_width=1),
        *(TableColumn(f"c{place}", priority=1 + abs(place - 5)) for place in range(9)),
    ]
    rows = [["*", *["123456"] * 9]]

    def header(width: int, place: int | None = 6) -> str:
        cursor = None if place is None else ColumnCursor(place)
        return table(columns, rows, width, 2, cursor=cursor).lines()[0]

    assert header(49) == "‹+3 c3      c4      c5      c6      c7        +1›"
    assert "+" not in header(49, None)
    assert header(80).endswith("c8")
    assert header(80).startswith("   c0")
    # At either end the cells stay below the titles of their columns.
    assert header(49, 1) == "   c3      c4      c5      c6      c7         +4›"
    for place, begins in ((1, "*  123456  1"), (6, "*   123456  1")):
        line = table(columns, rows, 49, 2, cursor=ColumnCursor(place)).lines()[1]
        assert line.startswith(begins)
    # Where few columns are shown, one more is worth more than the count of those left out.
    assert header(24) == "‹+4 c4      c5       +3›"
    assert header(18) == "‹  c4      c5    ›"


def test_few_columns_give_way_at_their_end_only_to_the_mark_of_further_ones() -> None:
    columns = [
        TableColumn("", minimum_width=1, maximum_width=1),
        *(TableColumn("of", minimum_width=4, maximum_width=9) for _ in range(2)),
    ]
    rows = [["*", "first-word", "other-word"]]
    for after, header, line in (
        (0, "‹  of      of", "*  f…word  ot…d"),
        (3, "‹  of    of   ›", "*  fi…d  ot…d"),
    ):
        cursor = ColumnCursor(2, 123, after)
        assert table(columns, rows, 15, 2, cursor=cursor).lines() == [header, line]


def test_many_columns_left_out_have_room_for_their_number() -> None:
    columns = [
        TableColumn("", minimum_width=1, maximum_width=1),
        *(TableColumn(f"c{place}", priority=1 + abs(place - 50)) for place in range(99)),
    ]
    rows = [["*", *["123456"] * 99]]
    for width in range(1, 200):
        header, line = table(columns, rows, width, 2, cursor=ColumnCursor(51)).lines()
        told = re.fullmatch(r"(?:‹(?:\+(\d+))?)? *((?:c\d+ *)*)(?:(?:\+(\d+))?›)?", header)
        assert told is not None, header
        if told[1] and told[3]:
            assert int(told[1]) + int(told[3]) + header.count("c") == 99
        assert line.startswith("*")


def test_a_column_may_be_cut_less_than_it_is_wide_for_short_texts() -> None:
    columns = [TableColumn("run", minimum_width=8, usual_width=5), TableColumn("x")]
    short, long = [("a", "1")], [("abcdefghijkl", "1")]
    assert table(columns, short, 20, 2).lines()[0].index("x") == 7
    assert table(columns, long, 20, 2).lines()[0].index("x") == 14
    assert table(columns, long, 11, 2).lines()[0].index("x") == 10
    assert [wanted_width(columns, rows) for rows in (short, long)] == [8, 15]
