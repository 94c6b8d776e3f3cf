"""A few cases of every kind of random input; `scripts/fuzz` goes on for as long as one likes."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from random import Random

from scripts.fuzzing.command_lines import command_line

FUZZING = Path(__file__).parents[1] / "scripts/fuzzing"
KINDS = ("database", "screen", "traces", "recording", "log", "settings", "sysroot", "command")
SEED, ROUNDS = 1, 5


def fuzz(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(FUZZING / "run.py"), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)


def test_random_input_of_every_kind_ends_nothing() -> None:
    done = fuzz("--seed", SEED, "--cases", ROUNDS * len(KINDS))
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith(f"{ROUNDS * len(KINDS)} cases from seed {SEED} on")


def test_every_kind_is_in_the_table() -> None:
    listed = re.search(r"--only KIND +of ([\w,\s]+)\n  --", fuzz("--help").stdout)
    assert listed is not None
    assert tuple(re.split(r",\s+", listed[1])) == KINDS


def test_a_kind_and_a_seed_are_one_case() -> None:
    assert fuzz("--only", "settings", "--seed", 3).stdout.startswith("1 case from seed 3 on")
    assert fuzz("--only", "nothing").returncode == 2


def test_a_command_line_is_one_that_a_shell_can_hand_over(tmp_path: Path) -> None:
    for seed in range(3_000):
        for argument in command_line(Random(seed), tmp_path):
            handed_over = os.fsencode(argument)
            assert b"\0" not in handed_over
            assert len(handed_over) < 1 << 17, "the longest that Linux passes on"


def fuzz_odd_kind(check: str) -> subprocess.CompletedProcess[str]:
    """Fuzz a kind of input whose check has these lines and fails, because the program should not
    fail."""
    script = (
        "import sys\n"
        f"sys.path.insert(0, {str(FUZZING)!r})\n"
        "import run\n"
        "def check(random, folder):\n"
        f"{check}"
        "run.KINDS = (run.Kind('odd', check),)\n"
        "sys.argv[1:] = ['--seed', '1', '--cases', '40']\n"
        "sys.exit(run.main())\n"
    )
    command = [sys.executable, "-c", script]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def test_a_warning_goes_wrong() -> None:
    done = fuzz_odd_kind("    import numpy\n    numpy.float64(1e308) * 10\n")
    assert done.returncode == 1, done.stderr
    assert "RuntimeWarning: overflow" in done.stdout


def test_a_finding_is_told_with_how_to_repeat_it() -> None:
    done = fuzz_odd_kind("    if random.random() < 0.5:\n        raise ValueError('as it must')\n")
    assert done.returncode == 1, done.stderr
    again = re.findall(r"repeat it with: scripts/fuzz --only odd --seed \d+", done.stdout)
    assert len(again) == 1, "of one place, one is told"
    assert "ValueError: as it must" in done.stdout
    assert re.search(r"1 findings, met \d+ times", done.stdout)
