"""Every way a run may go, in any order: the catalog agrees with a dictionary that knows the allowed moves."""

from typing import ClassVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from core.backtest.catalog import Catalog, CatalogError
from core.backtest.home import ResearchHome
from core.backtest.run_files import RunState
from core.backtest.spec import RunSpec


def spec(number: int) -> RunSpec:
    return RunSpec("d0", "h", ("XNAS:AAPL",), "sma_crossover", "s", {"fast": number, "slow": 30})


class Runs(RuleBasedStateMachine):
    """A catalog against a dictionary that knows the allowed moves."""

    MOVES: ClassVar = {
        "started": ({"QUEUED"}, "RUNNING"),
        "finished": ({"RUNNING", "ERROR"}, "DONE"),
        "failed": ({"QUEUED", "RUNNING"}, "ERROR"),
        "cancelled": ({"QUEUED", "RUNNING"}, "CANCELLED"),
    }
    directories: pytest.TempPathFactory

    @initialize()
    def begin(self) -> None:
        home = ResearchHome(self.directories.mktemp("research"))
        home.make()
        self.catalog = Catalog(home)
        self.model: dict[str, str] = {}
        self.stars: set[str] = set()

    @rule(number=st.integers(0, 3), again=st.booleans())
    def queue(self, number: int, again: bool) -> None:
        run_id = spec(number).run_id
        repeated = {"ERROR", "CANCELLED", *(["DONE"] if again else [])}
        expected = self.model.get(run_id, "ERROR") in repeated
        assert self.catalog.queue(spec(number), again=again)[1] is expected
        if expected:
            self.model[run_id] = "QUEUED"

    @rule(number=st.integers(0, 3), move=st.sampled_from(sorted(MOVES)))
    def move(self, number: int, move: str) -> None:
        run_id = spec(number).run_id
        before, after = self.MOVES[move]
        arguments = {"finished": [{"sharpe": 1.0}], "failed": ["because"]}.get(move, [])
        call = getattr(self.catalog, move)
        if self.model.get(run_id) in before:
            call(run_id, *arguments)
            self.model[run_id] = after
        else:
            with pytest.raises(CatalogError):
                call(run_id, *arguments)

    @rule(number=st.integers(0, 3), starred=st.booleans())
    def star(self, number: int, starred: bool) -> None:
        run_id = spec(number).run_id
        if run_id in self.model:
            self.catalog.set_star(run_id, starred)
            (self.stars.add if starred else self.stars.discard)(run_id)

    @rule(keep=st.integers(0, 2))
    def prune(self, keep: int) -> None:
        over = [
            run_id
            for run_id, state in self.model.items()
            if state in ("DONE", "ERROR", "CANCELLED") and run_id not in self.stars
        ]
        pruned = self.catalog.prune(keep)
        assert set(pruned.runs) <= set(over)
        assert len(pruned.runs) == max(0, len(over) - keep)
        for run_id in pruned.runs:
            del self.model[run_id]

    @invariant()
    def shows_what_happened(self) -> None:
        rows = self.catalog.runs()
        assert {row.id: str(row.state) for row in rows} == self.model
        assert {row.id for row in rows if row.starred} == self.stars
        assert all(bool(row.metrics) == (row.state is RunState.DONE) for row in rows)
        assert all(bool(row.pid) == (row.state is RunState.RUNNING) for row in rows)


def test_runs_move_only_along_the_allowed_ways(tmp_path_factory: pytest.TempPathFactory) -> None:
    Runs.directories = tmp_path_factory
    run_state_machine_as_test(Runs, settings=settings(max_examples=12, stateful_step_count=15, deadline=None))
