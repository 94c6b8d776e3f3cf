"""Which modules may import which, and which modules start-up may load."""

from __future__ import annotations

import ast
import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from trackio_view.view.screen_table import SCREENS

REPOSITORY = Path(__file__).parents[1]
PACKAGE = REPOSITORY / "trackio_view"

DRAWING = {"terminal.cells", "terminal.glyphs", "terminal.style", "terminal.text"}
"""The modules of `terminal` that only draw, and know cells but no device."""

FLOORS: tuple[set[str], ...] = (
    {"light_typing"},
    {"terminal", "series", "demo", "operating_system"},
    {"model"},
    {"view", "wording", "sources"},
    {"charts", "options", "recording"},
    {"screens", "origins"},
    {"headless"},
    {"pictures"},
    {"live"},
    {"cli"},
    {"__main__"},
)
"""The parts of the package by floor. A part imports from lower floors and from itself."""

MAY_IMPORT: dict[str, set[str]] = {
    "light_typing": set(),
    "terminal": set(),
    "series": set(),
    "demo": set(),
    "operating_system": set(),
    "model": {"series"},
    "view": {"model", "series", "terminal.glyphs", "terminal.style"},
    "wording": {"model", "series", "terminal.glyphs", "terminal.text"},
    "recording": {
        "model",
        "series",
        "operating_system",
        "sources.source",
        "sources.whole",
        "sources.newest_rows",
        "sources.media_unread",
    },
    "sources": {"model", "series"},
    "charts": {"series", "wording", "model.roles"} | DRAWING,
    "options": {
        *("view", "wording", "model", "series", "operating_system", "terminal.style"),
    },
    "screens": {"charts", "view", "wording", "model", "series"} | DRAWING,
    "origins": {"options", "sources", "recording", "demo", "model"},
    "headless": {
        *("origins", "charts", "options", "sources", "wording", "model", "series", "terminal"),
        "operating_system",
    },
    "live": {
        *("screens", "options", "view", "recording", "sources", "model", "series", "terminal"),
        *("origins", "operating_system", "wording", "headless.csv_lines", "pictures"),
    },
    "pictures": {
        *("headless", "screens", "origins", "options", "view", "wording", "sources", "terminal"),
        *("model", "operating_system"),
    },
    "cli": {
        *("headless", "live", "pictures", "options", "operating_system"),
        *("sources.gpu.search", "sources.gpu.driver_threads", "sources.gpu.nvidia.driver_start"),
    },
    "__main__": {"cli"},
}
"""Part of the package -> the other parts, or single modules, that it may import anywhere in its
code. All parts may import `light_typing`."""

SCREEN_TOOLS = {
    *(
        "screens.canvas",
        "screens.chart_content",
        "screens.chart_page",
        "screens.compared_page",
        "screens.markdown",
        "screens.memo",
    ),
    *("screens.page_parts", "screens.pieces", "screens.shared_limits"),
    *("screens.stretch", "screens.wrapping"),
}
"""Rooms with which screens and panels are drawn. All other rooms of the folder are screens."""

NEVER_AT_MODULE_LEVEL = {
    *("numpy", "trackio", "pynvml", "blessed", "wcwidth", "PIL", "rich", "re2"),
}

MODULES: dict[str, Path] = {
    ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted(PACKAGE.rglob("*.py"))
    if path != PACKAGE / "__init__.py"
}


@cache
def imports_of(module: str) -> tuple[tuple[str, bool], ...]:
    """Return the dotted names that a module imports, and whether importing the module loads
    them."""
    return tuple(_imports_of(module))


def _imports_of(module: str) -> Iterator[tuple[str, bool]]:
    tree = ast.parse(MODULES[module].read_text("utf-8"))
    deferred: set[ast.AST] = set()
    for node in ast.walk(tree):
        is_for_types = isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        if is_for_types or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            deferred.update(ast.walk(node))
    for node in ast.walk(tree):
        at_start = node not in deferred
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, at_start
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: imports are absolute"
            for alias in node.names:
                yield f"{node.module}.{alias.name}", at_start


@cache
def own_imports_of(module: str) -> frozenset[str]:
    """Return the modules of this package that a module imports."""
    found = set()
    for name, _ in imports_of(module):
        if name.startswith("trackio_view."):
            own = name.removeprefix("trackio_view.")
            # What is imported from a module may be a module itself, or a name in it.
            found.add(own if own in MODULES else own.rpartition(".")[0])
    return frozenset(found - {""})


def is_in(module: str, parts: Iterable[str]) -> bool:
    """Return whether a module is one of these, or lies in one of these folders."""
    return any(module == part or module.startswith(f"{part}.") for part in parts)


def strangers_on_the_map(module: str) -> set[str]:
    """Return the imports of a module that its part may not have."""
    part = module.partition(".")[0]
    allowed = MAY_IMPORT[part] | {part, "light_typing"}
    return {name for name in own_imports_of(module) if not is_in(name, allowed)}


def strangers_among_screens(module: str) -> set[str]:
    """Return which screens a screen imports. Only the shell may do so, because it is around
    them."""
    if not module.startswith("screens.") or module.startswith("screens.shell"):
        return set()
    allowed = SCREEN_TOOLS if module in SCREEN_TOOLS else {*SCREEN_TOOLS, "screens.panels"}
    imported = {name for name in own_imports_of(module) if name.startswith("screens.")}
    return {name for name in imported if not is_in(name, allowed)}


def strangers_among_sources(module: str) -> set[str]:
    """Return what a source imports from another origin, or from a room that builds on the source's
    own."""
    forbidden: set[str] = set()
    origins = {"sources.trackio", "sources.log", "sources.gpu", "sources.prometheus"}
    for origin in origins:
        if is_in(module, {origin}):
            forbidden = origins - {origin}
    shared = {
        *("sources.source", "sources.whole", "sources.newest_rows", "sources.http"),
        *("sources.keys_first", "sources.mounts", "sources.server_json", "sources.worker_thread"),
    }
    if is_in(module, shared):
        forbidden = origins
    if is_in(module, {"sources.trackio.files"}):
        forbidden |= {"sources.trackio.tables"}
    vendors = {f"sources.gpu.{vendor}" for vendor in ("amd", "intel", "jetson", "nvidia")}
    if is_in(module, {"sources.gpu"}):
        # The rooms that vendors share import no vendor, and no vendor imports another.
        forbidden |= {vendor for vendor in vendors if not is_in(module, {vendor})}
    return {name for name in own_imports_of(module) if is_in(name, forbidden)}


def strangers_of(module: str) -> set[str]:
    """Return every import of a module that breaks a rule."""
    return (
        strangers_on_the_map(module)
        | strangers_among_screens(module)
        | strangers_among_sources(module)
    )


@pytest.mark.parametrize("module", MODULES)
def test_a_room_imports_only_what_the_map_allows(module: str) -> None:
    assert strangers_of(module) == set()


def test_the_map_has_every_part_and_goes_downwards() -> None:
    parts = {module.partition(".")[0] for module in MODULES}
    heights = {part: height for height, floor in enumerate(FLOORS) for part in floor}
    assert set(heights) == set(MAY_IMPORT) == parts
    upwards = {
        (part, other)
        for part, others in MAY_IMPORT.items()
        for other in others
        if heights[other.partition(".")[0]] >= heights[part]
    }
    assert upwards == set()


def test_the_map_allows_nothing_that_no_room_imports() -> None:
    imported: dict[str, set[str]] = {part: set() for part in MAY_IMPORT}
    for module in MODULES:
        imported[module.partition(".")[0]] |= own_imports_of(module)
    unused = {
        (part, other)
        for part, others in MAY_IMPORT.items()
        for other in others
        if not any(is_in(name, {other}) for name in imported[part])
    }
    assert unused == set()


def test_the_map_for_contributors_has_every_room() -> None:
    told = (REPOSITORY / "CONTRIBUTING.md").read_text("utf-8")
    rooms = {path.name + "/" * path.is_dir() for path in PACKAGE.iterdir() if "__" not in path.name}
    assert {room for room in rooms - {"py.typed"} if f"`{room}`" not in told} == set()


def test_no_circles() -> None:
    graph = {module: own_imports_of(module) - {module} for module in MODULES}
    try:
        order = list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        pytest.fail(f"a circle of imports: {' -> '.join(error.args[1])}")
    assert set(order) >= set(MODULES)


@pytest.mark.parametrize("module", MODULES)
def test_heavy_libraries_are_loaded_where_they_are_used(module: str) -> None:
    at_start = {name.partition(".")[0] for name, at_start in imports_of(module) if at_start}
    assert at_start & NEVER_AT_MODULE_LEVEL == set()


MAY_BE_MISSING = {"numpy", "orjson", "PIL", "pynvml", "trackio", "rich", "shtab"}
"""Libraries without which the program starts: the README's light install lacks them."""


def test_every_room_loads_where_only_the_needed_libraries_are() -> None:
    # The training of the demo is a process of its own, which says that it needs numpy.
    rooms = [
        f"trackio_view.{room}" for room in MODULES if room not in ("__main__", "demo.training")
    ]
    statement = (
        f"import importlib\nsys.modules.update(dict.fromkeys({sorted(MAY_BE_MISSING)!r}))\n"
        f"for room in {rooms!r}: importlib.import_module(room)"
    )
    assert {"re2", "trackio_view"} <= modules_after(f"{statement}\nimport re2")


def test_only_the_demo_logs_with_trackio() -> None:
    users = {
        module
        for module in MODULES
        for name, _ in imports_of(module)
        if name.partition(".")[0] == "trackio"
    }
    assert {user.partition(".")[0] for user in users} <= {"demo"}


def modules_after(statement: str, *arguments: str) -> set[str]:
    """Return the top-level modules that a statement loads in a fresh Python."""
    return {name.partition(".")[0] for name in all_modules_after(statement, *arguments)}


def all_modules_after(statement: str, *arguments: str) -> set[str]:
    """Return the modules that a statement loads in a fresh Python.

    Modules that hooks of the environment load before do not count.
    """
    begin = "import sys; before = set(sys.modules)"
    told = "json.dumps(sorted(sys.modules.keys() - before)).encode()"
    report = f"import json, os, sys; os.write(2, {told})"
    done = subprocess.run(
        [sys.executable, "-c", f"{begin}\n{statement}\n{report}", *arguments],
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    loaded: list[str] = json.loads(done.stderr[done.stderr.rindex("[") :])
    return set(loaded)


@pytest.fixture
def small_project(tmp_path: Path) -> Path:
    """Return a directory with one small project, as TrackIO writes it today."""
    database = sqlite3.connect(tmp_path / "small.db")
    database.executescript(
        "CREATE TABLE metrics(id INTEGER PRIMARY KEY AUTOINCREMENT, run_id TEXT NOT NULL,"
        " timestamp TEXT NOT NULL, run_name TEXT NOT NULL, step INTEGER NOT NULL,"
        " metrics TEXT NOT NULL, log_id TEXT, space_id TEXT)"
    )
    database.executemany(
        "INSERT INTO metrics(run_id, timestamp, run_name, step, metrics) VALUES (?, ?, ?, ?, ?)",
        [
            ("r", "2026-01-01T10:00:00+00:00", "first", step, b'{"train/loss":%d.5}' % (9 - step))
            for step in range(9)
        ],
    )
    database.commit()
    database.close()
    return tmp_path


def test_the_command_alone_loads_next_to_nothing() -> None:
    loaded = modules_after("import trackio_view.cli")
    assert loaded & (NEVER_AT_MODULE_LEVEL | {"anyio", "asyncio", "aiosqlite", "sqlite3"}) == set()


SLOW_TO_START = NEVER_AT_MODULE_LEVEL | {
    *("anyio", "asyncio", "aiosqlite", "difflib", "tempfile"),
    *("dataclasses", "inspect", "pathlib", "threading", "tomllib", "typing", "urllib"),
}
"""Modules that no command which prints and ends may load, because each costs 2 ms or more."""


@pytest.mark.parametrize(
    "arguments",
    [
        ["--once"],
        ["--once", "--zoom", "3"],
        ["--once", "--project", "small"],
        ["--once", "--metric", "^train/"],
        ["--once", "--format", "json"],
        ["--once", "--format", "csv"],
        ["--list"],
    ],
    ids=" ".join,
)
def test_printing_a_small_project_loads_nothing_slow(
    small_project: Path, arguments: list[str]
) -> None:
    loaded = modules_after(
        "from trackio_view.cli import main\nassert main(sys.argv[1:]) == 0",
        *(*arguments, "--dir", str(small_project)),
    )
    assert loaded & SLOW_TO_START == set()
    assert "sqlite3" in loaded


def test_the_text_of_a_run_waits_for_nothing_that_it_does_not_tell(small_project: Path) -> None:
    """Nothing is missing here, no name is cut, and no alert was raised."""
    loaded = all_modules_after(
        "from trackio_view.cli import main\nassert main(sys.argv[1:]) == 0",
        *("--once", "--dir", str(small_project)),
    )
    later = ("headless.missing_metric", "model.alerts", "wording.missing", "wording.names")
    assert "trackio_view.headless.chosen_projects" in loaded
    assert loaded & {f"trackio_view.{room}" for room in later} == set()


def test_printing_a_small_project_compiles_no_type(small_project: Path) -> None:
    """Compiling the first type that is written as a string costs a start 3 ms."""
    audit = (
        "def audit(event, arguments):\n"
        "    if event == 'compile' and arguments[1] == '<string>':\n"
        "        assert b'lambda' in arguments[0], arguments\n"
        "sys.addaudithook(audit)\n"
    )
    modules_after(
        f"{audit}from trackio_view.cli import main\nassert main(sys.argv[1:]) == 0",
        *("--once", "--dir", str(small_project)),
    )


@pytest.mark.parametrize(
    ("argument", "told_by"),
    [("--version", set()), ("--help", {"dataclasses", "inspect", "pathlib", "typing", "urllib"})],
)
def test_saying_what_it_is_loads_nothing_slow(argument: str, told_by: set[str]) -> None:
    # The help also tells of the settings, and loads their table.
    loaded = modules_after(
        "import contextlib\nfrom trackio_view.cli import main\n"
        "with contextlib.suppress(SystemExit):\n    main(sys.argv[1:])",
        argument,
    )
    assert loaded & (SLOW_TO_START | {"orjson", "sqlite3"}) - told_by == set()


def test_the_live_screen_loads_no_library_before_it_is_needed() -> None:
    loaded = modules_after("import trackio_view.live.start")
    assert loaded & NEVER_AT_MODULE_LEVEL == set()


def test_the_first_readings_of_gpus_wait_for_nothing_that_they_do_not_show() -> None:
    """Each of these costs the first screen a few milliseconds, and the driver's start, too."""
    ahead = all_modules_after("import trackio_view.sources.gpu.nvidia.gpus")
    package = "trackio_view."
    assert f"{package}sources.gpu.nvidia.gpus" in ahead
    readers = {f"{package}sources.gpu.nvidia.{room}" for room in ("device", "fields", "processes")}
    assert ahead & (readers | NEVER_AT_MODULE_LEVEL) == set()
    drawn = all_modules_after(
        "import trackio_view.live.start, trackio_view.screens.gpus\n"
        "import trackio_view.sources.gpu.watch, trackio_view.sources.gpu.nvidia.nvidia_sampler\n"
        "from trackio_view.origins import chosen_source\n"
        "from trackio_view.options.command_line import Options\n"
        "with chosen_source(Options(gpu=True)):\n    pass"
    )
    later = {
        *(
            "sources.gpu.training_processes",
            "sources.trackio.inbox",
            "sources.trackio.project_list",
        ),
        *("screens.comparison", "screens.gpu_details", "screens.runs", "screens.help"),
    }
    assert drawn & ({f"{package}{room}" for room in later} | {"sqlite3", "numpy"}) == set()


def test_the_first_charts_wait_for_no_library_of_terminals() -> None:
    shown = (
        "import os\n"
        "from trackio_view.terminal.keyboard import key_name\n"
        "from trackio_view.terminal.terminal_session import TerminalSession\n"
        "from trackio_view.terminal.glyphs import DASH, SEPARATOR\n"
        "from trackio_view.terminal.text import signed, text_width\n"
        "os.environ['TERM'] = 'xterm-256color'\n"
        "_, near = os.openpty()\n"
        "with TerminalSession(input_descriptor=near, output_descriptor=near) as session:\n"
        "    assert session.size == (80, 24)\n"
        "    answers = '\\x1b[?2026;2$y', '\\x1b]11;rgb:0/0/0\\x07', '\\x1b[?62c', '\\x1b[O'\n"
        "    for answer in answers:\n"
        "        assert key_name(answer, session) is None\n"
        "        session.take_answer(answer)\n"
        "    assert key_name('\\x1b[A', session) == 'up'\n"
        "    assert text_width(signed(DASH, SEPARATOR, '▸ ● loss ▼ · 1 – 3 ⣿ ╭ µs')) == 27\n"
    )
    loaded = modules_after(shown)
    assert loaded & {"blessed", "wcwidth", "jinxed"} == set()


@pytest.mark.parametrize(
    ("room", "most"), [("trackio_view.live.start", 217), ("trackio_view.headless.once", 67)]
)
def test_a_start_loads_few_rooms(room: str, most: int) -> None:
    """Each room costs a start a quarter of a millisecond."""
    loaded = {name for name in all_modules_after(f"import {room}") if "trackio_view" in name}
    assert len(loaded) <= most


def test_nothing_is_made_at_a_start_to_compare_or_print_state() -> None:
    made = (
        "import trackio_view.live.start\n"
        "made = {one.__name__ for name, room in sys.modules.items() if 'trackio_view.' in name"
        " for one in vars(room).values() if isinstance(one, type) and one.__module__ == name"
        " for how in [vars(one).get('__dataclass_params__')]"
        " if how and not how.frozen and (how.eq or how.repr)}\n"
        "assert made == set(), made\n"
    )
    all_modules_after(made)


def screens_of(loaded: set[str]) -> set[str]:
    return {name for name in loaded if name.startswith("trackio_view.screens.")}


def test_a_start_loads_the_charts_of_one_run_and_no_other_screen() -> None:
    loaded = screens_of(all_modules_after("import trackio_view.live.start"))
    assert "trackio_view.screens.metrics" in loaded
    others = ("comparison", "fleet", "gpus", "help", "run_page", "runs", "system", "wall")
    assert loaded & {f"trackio_view.screens.{name}" for name in others} == set()


def test_every_screen_is_loaded_ahead() -> None:
    shell = {f"screens.shell.{room}" for room in ("drawings", "footer", "frame", "pointing")}
    loaded = all_modules_after(
        "import trackio_view.live.start\n"
        "from trackio_view.screens.shell.drawings import import_ahead; import_ahead()"
    )
    for room in (*shell, "screens.stretch", "view.responses"):
        assert {f"trackio_view.{name}" for name in own_imports_of(room)} <= loaded
    drawn_in = [screen.drawing.rpartition(".")[0] for screen in SCREENS.values()]
    assert {f"trackio_view.screens.{room}" for room in drawn_in if room} <= loaded
