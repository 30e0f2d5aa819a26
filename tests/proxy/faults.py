"""What happens to a message on its way through the proxy: rules, and the seeded dice that apply them.

Pure: it is asked about one message at a time and says what to do; sockets and timers are the proxy's.
The same seed and the same messages give the same faults. Everything done is counted.
"""

import random
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from tests.proxy.nats_frames import Frame


class Direction(StrEnum):
    TO_SERVER = "to_server"
    TO_CLIENT = "to_client"


class Fault(StrEnum):
    DROP = "drop"
    DOUBLE = "double"
    DELAY = "delay"  # others overtake it
    SWAP = "swap"  # held until the next message of this rule has passed, or `delay_ms` are over
    LAST = "last"  # this one is lost and nothing of the rule follows, until the rule is lifted
    CUT = "cut"  # the message is lost and the connection with it


@dataclass(frozen=True, slots=True)
class Rule:
    """Applies `fault` to messages whose subject fits `pattern` (NATS wildcards).

    `probability` 0..1; `delay_ms` for DELAY, and the longest hold of SWAP; `count_max` messages at most
    (0: no limit); `bytes_min` leaves shorter payloads alone, such as idle headers (LAST takes those too once
    it has struck); `client` restricts the rule to connections whose name holds that text.
    """

    fault: Fault
    pattern: str
    direction: Direction = Direction.TO_CLIENT
    probability: float = 1.0
    delay_ms: int = 50
    count_max: int = 0
    bytes_min: int = 0
    client: str = ""

    @classmethod
    def from_json(cls, said: dict[str, Any]) -> "Rule":
        return cls(**{**said, "fault": Fault(said["fault"]), "direction": Direction(said["direction"])})


def subject_fits(pattern: str, subject: str) -> bool:
    """NATS matching: `*` is one token, `>` is one or more at the end."""
    wanted, tokens = pattern.split("."), subject.split(".")
    for place, token in enumerate(wanted):
        if token == ">":
            return len(tokens) > place
        if place >= len(tokens) or token not in ("*", tokens[place]):
            return False
    return len(tokens) == len(wanted)


class Dice:
    """Decides for each message which rule strikes. The first rule that fits and strikes wins."""

    def __init__(self, seed: int = 0, rules: Iterable[Rule] = ()) -> None:
        self.seed = seed
        self.counts: Counter[str] = Counter()  # "passed", and faults by name
        self._rules: tuple[Rule, ...] = ()
        self._random: list[random.Random] = []
        self._struck: list[int] = []
        self.replace(rules)

    @property
    def rules(self) -> tuple[Rule, ...]:
        return self._rules

    def replace(self, rules: Iterable[Rule]) -> None:
        """New rules, each with its own dice; counts go on."""
        self._rules = tuple(rules)
        self._random = [
            random.Random(f"{self.seed}:{place}:{rule}") for place, rule in enumerate(self._rules)
        ]
        self._struck = [0] * len(self._rules)

    def roll(self, frame: Frame, direction: Direction, client: str = "") -> Rule | None:
        """The rule that strikes this message, or None to let it pass."""
        for place, rule in enumerate(self._rules):
            silenced = rule.fault is Fault.LAST and self._struck[place] > 0
            if not self.fits(rule, frame, direction, client, any_length=silenced):
                continue
            if rule.count_max and self._struck[place] >= rule.count_max:
                continue
            if self._random[place].random() < rule.probability:
                self._struck[place] += 1
                self.counts[rule.fault] += 1
                return rule
        self.counts["passed"] += 1
        return None

    @staticmethod
    def fits(
        rule: Rule, frame: Frame, direction: Direction, client: str, *, any_length: bool = False
    ) -> bool:
        """Whether the rule is about this message at all."""
        return (
            rule.direction is direction
            and (any_length or len(frame.payload) >= rule.bytes_min)
            and rule.client in client
            and subject_fits(rule.pattern, frame.subject)
        )
