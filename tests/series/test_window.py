from trackio_view.series.window import ZOOM_LEVELS, clamp_zoom


def test_levels_are_those_of_the_command_line() -> None:
    assert [level.distinct_steps for level in ZOOM_LEVELS] == [None, 500, 200, 100, 50]


def test_zoom_stops_at_both_ends() -> None:
    assert [clamp_zoom(level) for level in (-1, 0, 3, 4, 9)] == [0, 0, 3, 4, 4]
