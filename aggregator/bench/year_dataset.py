"""A dataset of minutes without an import: one equity on weekdays from nine thirty to four in New York.

For benches. The same arguments give the same bytes; a year is 252 sessions, 98,280 bars.
"""

from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from core.backtest.columns import BARS, QUOTES, write_parquet
from core.backtest.dataset import COMPLETE, MANIFEST, DatasetInstrument, DatasetManifest
from core.backtest.home import ResearchHome
from core.clock import NS_PER_S

MINUTES: Final = 390
MINUTE_NS: Final = 60 * NS_PER_S
FIRST_DAY: Final = date(2023, 1, 3)
ZONE: Final = ZoneInfo("America/New_York")
SEED: Final = 7


def year_dataset(home: ResearchHome, sessions: int = 252) -> DatasetManifest:
    """Made in `home`: a walk of some 4 bp a minute, spreads of one to four cents. Raises `OSError`."""
    rng = np.random.default_rng(SEED)
    days = [FIRST_DAY + timedelta(days=each) for each in range(sessions * 7 // 5 + 7)]
    days = [day for day in days if day.weekday() < 5][:sessions]
    opens = [int(datetime.combine(day, time(9, 30), ZONE).timestamp()) * NS_PER_S for day in days]
    open_ns = (np.array(opens, np.int64)[:, None] + np.arange(MINUTES) * MINUTE_NS).ravel()
    count = len(open_ns)
    close = np.round(15_000 * np.exp(np.cumsum(rng.normal(0, 4e-4, count)))).astype(np.int64)
    opened = np.concatenate([[15_000], close[:-1]])
    spread = rng.integers(1, 5, count) / 100
    bars = {
        "open_ns": open_ns,
        "close_ns": open_ns + MINUTE_NS,
        "session": np.repeat([(day - date(1970, 1, 1)).days for day in days], MINUTES).astype(np.int32),
        "open": opened,
        "high": np.maximum(opened, close) + 2,
        "low": np.minimum(opened, close) - 2,
        "close": close,
        "volume": rng.integers(1_000, 100_000, count),
        "trades": rng.integers(1, 500, count).astype(np.int32),
    }
    quotes = {
        "open_ns": open_ns,
        "bid_mean": close / 100 - spread / 2,
        "ask_mean": close / 100 + spread / 2,
        "spread_mean": spread,
        "quotes": bars["trades"] * 3,
    }
    described = DatasetInstrument(
        "XNAS", "YEAR", 2, 0, 1, "USD", count, count, int(open_ns[0]), int(bars["close_ns"][-1])
    )
    directory = home.datasets / f"bench-{sessions}"
    outputs = {}
    for folder, columns, schema in (("bars", bars, BARS), ("quotes", quotes, QUOTES)):
        (directory / folder).mkdir(parents=True, exist_ok=True)
        file = f"{folder}/{described.file_name}"
        outputs[file] = write_parquet(directory / file, columns, schema)
    manifest = DatasetManifest(
        id=directory.name, name="bench", state=COMPLETE, interval="1m", calendar="XNYS",
        instruments=(described,), inputs=(), parameters={"seed": SEED, "sessions": sessions}, versions={},
        corporate_actions="none", outputs=outputs,
    )  # fmt: skip
    (directory / MANIFEST).write_text(manifest.as_json(), encoding="utf-8")
    return manifest
