"""One import, or one reading by a peer, in a process of its own; prints events a second and peak memory.

`python -m aggregator.bench.import_child ours|databento|floor HOME FILE...`. Loading this module is not timed,
loading the calendars is: an import cannot do without them.
"""

import importlib
import json
import sys
from pathlib import Path
from typing import Final

import databento_dbn
import psutil

from core.backtest.home import ResearchHome
from core.backtest.importing.dbn_stream import DbnStream
from core.backtest.importing.steady_file import Unpacked
from core.clock import NS_PER_S, monotonic_ns

MINUTE_NS: Final = 60 * NS_PER_S
STEP_BYTES: Final = 1 << 20


def ours(home: Path, files: list[Path]) -> int:
    """A whole import, from hashing to the renamed directory; the records read."""
    from core.backtest.importing.importer import ImportOptions, import_dataset

    made = import_dataset(_home(home), files, ImportOptions("bench", calendar="24/7", outside="keep"))
    assert not made.existed
    return sum(int(each["rows"]) for each in made.manifest.inputs)


def databento(_: Path, files: list[Path]) -> int:
    """What one writes without us: databento_dbn's records in a plain loop into bars. Files of trades only."""
    bars: dict[int, list[int]] = {}
    records = 0
    for path in files:
        decoder = databento_dbn.DBNDecoder()
        with Unpacked(path) as file:
            while data := file.read(STEP_BYTES):
                decoder.write(data)
                for record in decoder.decode():
                    if not isinstance(record, databento_dbn.TradeMsg):
                        continue  # the metadata
                    records += 1
                    price, key = record.price, record.ts_event // MINUTE_NS
                    bar = bars.get(key)
                    if bar is None:
                        bars[key] = [price, price, price, price, record.size]
                    else:
                        bar[1], bar[2] = max(bar[1], price), min(bar[2], price)
                        bar[3] = price
                        bar[4] += record.size
    return records


def floor(_: Path, files: list[Path]) -> int:
    """Unpacking and finding the records, nothing else."""
    records = 0
    for path in files:
        stream = DbnStream(path)
        records += sum(len(run.number) for run in stream.runs())
        stream.close()
    return records


def _home(directory: Path) -> ResearchHome:
    home = ResearchHome(directory)
    home.make()
    return home


def main() -> None:
    work = {"ours": ours, "databento": databento, "floor": floor}[sys.argv[1]]
    if work is ours:  # the others start without it
        importlib.import_module("core.backtest.importing.importer")
    begin_ns = monotonic_ns()
    records = work(Path(sys.argv[2]), [Path(each) for each in sys.argv[3:]])
    took_s = (monotonic_ns() - begin_ns) / NS_PER_S
    memory = psutil.Process().memory_info()
    peak = getattr(memory, "peak_wset", 0)  # Windows
    if not peak:
        import resource

        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1_024)
    sys.stdout.write(
        json.dumps({"events_per_s": records / took_s, "rss_mb": peak / 2**20, "events": records})
    )


if __name__ == "__main__":
    main()
