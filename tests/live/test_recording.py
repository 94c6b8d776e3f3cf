"""What the live screen was fed is recorded, and shown again with all keys."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from trackio_view.recording.files import read_header

TABLE = (
    "CREATE TABLE system_metrics (id INTEGER PRIMARY KEY AUTOINCREMENT, run_id TEXT NOT NULL,"
    " timestamp TEXT NOT NULL, run_name TEXT NOT NULL, metrics TEXT NOT NULL)"
)


def log_system(folder: Any, *values: float) -> None:
    folder.execute(
        "INSERT INTO system_metrics (run_id, timestamp, run_name, metrics) VALUES (?, ?, ?, ?)",
        [
            ("id-run", "2026-03-01T10:00:01+00:00", "run", json.dumps({"gpu/0/utilization": value}))
            for value in values
        ],
    )


def test_a_recording_is_shown_again_with_all_keys(folder: Any, start: Any, tmp_path: Path) -> None:
    folder.train(100)
    folder.execute(TABLE)
    log_system(folder, 41.0, 42.0)
    recording = tmp_path / "session.jsonl"
    console = start("-p", "project", "--record", recording)
    console.wait_for("loss", "step 99")
    folder.train(20, first_step=100)
    console.wait_for("step 119")
    console.press("y", "GPU utilization", "42")
    console.type("q")
    assert console.exit_code() == 0
    assert read_header(recording).project == "project"

    folder.file().unlink()
    replay = start("--replay", recording, "--speed", "100")
    replay.wait_for("step 119", "The recording ends here.")
    replay.press("y", "GPU utilization", "42")
    replay.press("+", "Last 500")
    replay.press("y", "loss 3.8810", "follows")
    replay.type("q")
    assert replay.exit_code() == 0
    replay.assert_left_tidy()


def test_a_project_that_is_named_is_found_in_a_recording_of_any_origin(
    folder: Any, start: Any, tmp_path: Path
) -> None:
    folder.train(3)
    recording = tmp_path / "session.jsonl"
    console = start("-p", "project", "--record", recording)
    console.wait_for("step 2")
    console.type("q")
    assert console.exit_code() == 0
    for name, said in (("project", "The recording ends here."), ("no", "tells nothing of no")):
        replay = start("--replay", recording, "-p", name)
        replay.wait_for(said)
        assert ("step 2" in replay.text) == (name == "project")
        # The sentence about a missing project tells where it was looked for.
        assert ("session.jsonl" in replay.text) == (name == "no")
        replay.type("q")
        assert replay.exit_code() == 0


def test_a_replay_is_as_slow_as_what_it_shows(start: Any, tmp_path: Path) -> None:
    recording = tmp_path / "slow.jsonl"
    lines = [
        {"trackio_view_recording": 1, "started": 1_700_000_000.0, "project": "p", "screen": "gpus"},
        {
            "at": 1000.0,
            "kind": "Notice",
            "event": {
                "source": "s",
                "text": "It comes late.",
                "severity": {"$enum": "Severity.INFO"},
                "subject": "",
            },
        },
    ]
    recording.write_text("".join(json.dumps(line) + "\n" for line in lines))
    console = start("--replay", recording)
    console.wait_for("GPU monitor")
    console.settle()
    assert "It comes late." not in console.text
    console.press("?", "this help")
    console.type("q")
    assert console.exit_code() == 0
    console = start("--replay", recording, "--speed", "10000")
    console.wait_for("no GPU was sampled while this was recorded")
    console.type("q")
    assert console.exit_code() == 0


def test_files_that_cannot_be_used_are_said_before_the_screen_is_taken(
    folder: Any, start: Any, tmp_path: Path
) -> None:
    folder.train(3)
    notes = tmp_path / "notes.txt"
    notes.write_text("worth something")
    for arguments, code, said in (
        (("--record", notes), 6, "left as it is"),
        (("--record", tmp_path / "no" / "folder"), 6, "no such file or directory"),
        (("--record", "/dev/full"), 6, "no space left on device"),
        (("--replay", notes), 1, "is no recording of trackio-view"),
        (("--replay", tmp_path / "none"), 1, "no such file or directory"),
    ):
        console = start(*arguments, size=(200, 30))
        assert console.exit_code() == code
        assert said in " ".join(console.text.split())
        assert b"\x1b[?1049h" not in console.received
    assert notes.read_text() == "worth something"


def test_system_metrics_come_first_where_they_were_asked_for(folder: Any, start: Any) -> None:
    folder.train(3)
    console = start("--gpu-db", "-p", "project")
    console.wait_for("No system metrics of run run.", "trackio.init(..., auto_log_gpu=True)")
    folder.execute(TABLE)
    log_system(folder, 77.0)
    console.wait_for("GPU utilization", "77")
    console.press("\x1b", "loss")
    console.type("q")
    assert console.exit_code() == 0
