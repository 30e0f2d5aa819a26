"""What another process does to a catalog: `python catalog_child.py DIRECTORY run|write ...`.

`run ID` takes a queued run and says so, then waits to be killed or told to go on. `write ID N` adds N tags
and a note each, as fast as it can.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from core.backtest.catalog import Catalog
from core.backtest.home import ResearchHome


def main(directory: str, what: str, run_id: str, count: str = "0") -> None:
    catalog = Catalog(ResearchHome(Path(directory)))
    if what == "run":
        catalog.started(run_id)
        sys.stdout.write("started\n")
        sys.stdout.flush()
        sys.stdin.readline()
        return
    for number in range(int(count)):
        catalog.set_note(run_id, f"note {number}")


if __name__ == "__main__":
    main(*sys.argv[1:])
