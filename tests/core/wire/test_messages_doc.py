"""docs/messages.md names every message, field and market data field there is."""

import re
from pathlib import Path

import pytest

from core.market.fields import Field
from core.wire.generated import control_pb2


def named(repo_root: Path) -> set[str]:
    """Everything in backticks, and the message names."""
    text = (repo_root / "docs" / "messages.md").read_text(encoding="utf-8")
    return set(re.findall(r"`([^`]+)`", text)) | set(re.findall(r"\b[A-Z][A-Za-z]+\b", text))


@pytest.mark.parametrize("schema", ["raw", "delta", "snapshot", "bars"])
def test_every_field_of_the_flatbuffers_is_documented(repo_root: Path, schema: str) -> None:
    text = (repo_root / "core" / "wire" / "schema" / f"{schema}.fbs").read_text()
    code = "\n".join(line.split("//")[0] for line in text.splitlines())
    found = re.findall(r"^table (\w+)|^\s+(\w+):", code, re.MULTILINE)
    names = {table or field for table, field in found}
    assert len(names) > 5
    assert names - named(repo_root) == set()


def test_every_field_of_the_control_messages_is_documented(repo_root: Path) -> None:
    names = set()
    for message in control_pb2.DESCRIPTOR.message_types_by_name.values():
        names |= {message.name, *(field.name for field in message.fields)}
        for enum in message.enum_types:
            names |= {value.name for value in enum.values}
    assert names - named(repo_root) == set()


def test_every_market_data_field_is_documented_with_its_number(repo_root: Path) -> None:
    text = (repo_root / "docs" / "messages.md").read_text(encoding="utf-8")
    for field in Field:
        assert f"{int(field)} `{field.name.lower()}`" in text.replace("\n", " ")
