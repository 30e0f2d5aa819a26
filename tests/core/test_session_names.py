"""Any file name gives a name that a session can have."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.scope import Scope
from core.session_names import session_name


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("crypto_multi_dev.parquet", "crypto_multi_dev"),
        ("ES trades 2024-07-01.dbn.zst", "es-trades-2024-07-01"),
        ("DAT_ASCII_EURUSD_M1_201701.csv.gz", "dat_ascii_eurusd_m1_201701"),
        ("Ünsal.dbn", "nsal"), ("___", "replay"),
        ("futures_mbp-1_2024-07-01T23-58_2024-07-02T00-02.dbn.zst", "futures_mbp-1_2024-07-01t23-58_2"),
    ],
)  # fmt: skip
def test_names(file: str, name: str) -> None:
    assert session_name([Path("some/where", file)]) == name


@given(st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1))
def test_always_a_name(text: str) -> None:
    assert Scope(session_name([Path("x") / f"a{text}"])).session
