"""Counters by name, for health messages and reports.

A counter only grows. Hot paths hold the `Counter` itself, so that counting is one attribute addition; names
are looked up once. No clock, no I/O, no global registry: whoever counts is handed its `Counters`.
"""


class Counter:
    """A total that only grows."""

    __slots__ = ("name", "value")

    def __init__(self, name: str) -> None:
        self.name = name
        self.value = 0

    def add(self, count: int = 1) -> None:
        self.value += count

    def __repr__(self) -> str:
        return f"Counter({self.name}={self.value})"


class Counters:
    """The counters of one process or part, by name."""

    def __init__(self) -> None:
        self._counters: dict[str, Counter] = {}

    def counter(self, name: str) -> Counter:
        """The counter called `name`, made at the first call."""
        found = self._counters.get(name)
        if found is None:
            found = self._counters[name] = Counter(name)
        return found

    def totals(self) -> dict[str, int]:
        """Every counter's value by name, sorted."""
        return {name: self._counters[name].value for name in sorted(self._counters)}
