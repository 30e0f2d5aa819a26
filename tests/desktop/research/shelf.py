"""A research home with runs in every state, entered in its catalog as the engine enters them."""

from collections.abc import Sequence
from dataclasses import replace

from core.backtest.catalog import Catalog
from core.backtest.home import ResearchHome
from core.backtest.run_files import RunFiles
from core.backtest.spec import RunSpec
from core.profile import Profile
from tests.core.backtest.made import made_dataset, made_run

PAIRS = ((20, 80), (10, 40), (30, 120), (60, 240))


def figures_of(run: RunFiles) -> dict[str, float | int | None]:
    """Few and plain: what the list shows."""
    equity, positions = run.read("equity")["equity"], run.read("positions")
    begin = run.spec.venue.starting_cash
    lowest = min(float(equity.min()) / begin - 1, 0.0)
    return {
        "total_return": float(equity[-1]) / begin - 1,
        "sharpe": float(equity[-1] - begin) / 1_000,
        "max_drawdown": lowest,
        "trades": int((positions["closed_ns"] > 0).sum()),
    }


def enter(catalog: Catalog, run: RunFiles) -> None:
    """As a child that made it would."""
    catalog.queue(run.spec)
    catalog.started(run.spec.run_id)
    catalog.finished(run.spec.run_id, figures_of(run))


def made_shelf(
    home: ResearchHome | None = None, pairs: Sequence[tuple[int, int]] = PAIRS, sessions: int = 5
) -> tuple[ResearchHome, list[RunFiles]]:
    """Done runs of these pairs in the profile of the test (or in `home`), the last one entered last."""
    home = home or ResearchHome.of(Profile.open())
    dataset = made_dataset(home, sessions=sessions)
    catalog = Catalog(home)
    catalog.add_dataset(dataset.manifest)
    runs = [made_run(home, dataset, fast=fast, slow=slow) for fast, slow in pairs]
    for run in runs:
        enter(catalog, run)
    return home, runs


def failed_run(home: ResearchHome, like: RunSpec) -> str:
    """One whose strategy divided by zero in its line 31."""
    spec = replace(like, strategy="file:mean.py", parameters={"window": 20})
    catalog = Catalog(home)
    catalog.queue(spec)
    catalog.started(spec.run_id)
    traceback = 'Traceback (most recent call last):\n  File "/s/mean.py", line 31, in on_bar\n'
    traceback += "    z = self.move / self.spread\nZeroDivisionError: division by zero"
    catalog.failed(spec.run_id, "ZeroDivisionError: division by zero", "/s/mean.py", 31, traceback)
    return spec.run_id
