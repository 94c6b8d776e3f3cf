"""A damaged file is asked question by question, and only as long as it is the same file."""

from __future__ import annotations

import os
import shutil
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from trackio_view.sources.trackio.faults import DatabaseFault
from trackio_view.sources.trackio.files.damaged_file import DamagedFile

COUNT = "SELECT count(*) FROM metrics"


@pytest.mark.parametrize("is_in_use", [True, False])
def test_a_file_that_takes_its_place_is_not_read_for_it(
    project: Any, tmp_path: Path, is_in_use: bool
) -> None:
    project.log([{"loss": 1.0}] * 3)
    other = tmp_path / "other.db"
    shutil.copy(project.path, other)
    with closing(project.connect()) as writer:
        if is_in_use:
            writer.execute("SELECT 1 FROM metrics").fetchall()
        file = DamagedFile(str(project.path), lambda: False)
        with closing(file):
            assert file.fetch(COUNT) == [(3,)]
            assert file.fetch(COUNT) == [(3,)]
            file.close()
            assert file.fetch(COUNT) == [(3,)], "it is opened anew"
            file.close()
            os.replace(other, project.path)
            for _ in range(2):
                with pytest.raises(DatabaseFault):
                    file.fetch(COUNT)
