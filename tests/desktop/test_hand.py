"""No scenario turns the event loop inside of a task: see hand.py for what that does."""

import ast
from pathlib import Path

TURNS_THE_LOOP = {
    "mouseMove", "qWait", "qWaitFor", "qWaitForWindowActive", "qWaitForWindowExposed", "processEvents",
    "exec", "waitUntil", "waitSignal", "waitSignals", "waitExposed", "waitActive",
}  # fmt: skip


def test_no_scenario_turns_the_event_loop_within_a_task(repo_root: Path) -> None:
    found = []
    for path in sorted((repo_root / "tests" / "desktop").rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        scenarios = (node for node in ast.walk(tree) if isinstance(node, ast.AsyncFunctionDef))
        for call in (node for scenario in scenarios for node in ast.walk(scenario)):
            if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
                continue
            if call.func.attr in TURNS_THE_LOOP:
                found.append(f"{path.relative_to(repo_root)}:{call.lineno} {call.func.attr}")
    assert not found, "\n".join(sorted(set(found)))


def test_no_dialog_of_the_desk_holds_up_the_loop(repo_root: Path) -> None:
    """A dialog that waits for its answer stops every task that is in a step, and prices stand still."""
    waits = {"getOpenFileName", "getSaveFileName", "getExistingDirectory", "getText", "getItem", "question"}
    found = []
    for path in sorted((repo_root / "desktop").rglob("*.py")):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute):
                is_exec = call.func.attr == "exec" and not ast.unparse(call.func.value).endswith("drag")
                if call.func.attr in waits or is_exec:
                    found.append(f"{path.relative_to(repo_root)}:{call.lineno} {call.func.attr}")
    assert not found, "\n".join(found)
