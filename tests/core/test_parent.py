"""A process hears that its parent is gone, and ends even when it is too stuck to hear it."""

import subprocess
import sys
from pathlib import Path

import pytest

CHILD = """
import asyncio, sys, time
from core.parent import on_parent_gone
async def main():
    gone = asyncio.Event()
    on_parent_gone(asyncio.get_running_loop(), gone.set)
    print("ready", flush=True)
    if sys.argv[1] == "stuck":
        time.sleep(60)
    await gone.wait()
    sys.exit(7)
asyncio.run(main())
"""


@pytest.mark.slow
@pytest.mark.parametrize(("state", "code"), [("listening", 7), ("stuck", 1)])
def test_a_child_ends_when_its_parents_end_of_the_pipe_closes(state: str, code: int, repo_root: Path) -> None:
    command = [sys.executable, "-c", CHILD, state]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=repo_root) as child:
        assert child.stdout is not None
        assert child.stdin is not None
        assert child.stdout.readline() == b"ready\n"
        child.stdin.write(b"words it ignores")
        child.stdin.close()
        assert child.wait(10) == code
