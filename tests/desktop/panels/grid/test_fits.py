"""Every text of the grid fits its cell, at every scale and density; apart, for a scale is of a process."""

import os
import subprocess
import sys

import pytest

SCALES = ("1", "1.25", "1.5", "2", "3")


@pytest.mark.parametrize("scale", SCALES)
def test_every_text_fits_its_cell(scale: str) -> None:
    environment = os.environ | {"QT_SCALE_FACTOR": scale, "QT_SCALE_FACTOR_ROUNDING_POLICY": "PassThrough"}
    done = subprocess.run(
        [sys.executable, "-m", "tests.desktop.panels.grid.fitting"],
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert f"ratio {float(scale)}" in done.stdout
