"""Subjects: any name travels as one token and comes back unchanged; sessions stay under their prefix."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import subjects
from core.market.instruments import InstrumentKey
from core.scope import LIVE, Scope, ScopeError

NAMES = st.text(min_size=1, max_size=40).filter(lambda s: s.isprintable() or s.isascii())


@given(NAMES)
def test_any_name_is_one_token_and_comes_back(name: str) -> None:
    token = subjects.escape(name)
    assert token.isascii()
    assert not set(token) & set(".*> \t\r\n")
    assert subjects.unescape(token) == name


def test_a_share_class_is_spelled_as_documented() -> None:
    assert subjects.raw(LIVE, InstrumentKey("XNYS", "BRK.B")) == "md.raw.XNYS.BRK%2EB"


def test_an_instrument_named_like_the_mix_is_not_taken_for_it() -> None:
    own = subjects.raw(LIVE, InstrumentKey("X", subjects.MIX))
    assert own != subjects.raw_mix(LIVE, "X")
    assert subjects.unescape(own.rsplit(".", 1)[1]) == subjects.MIX


@given(NAMES, NAMES)
def test_the_exchange_of_a_raw_subject_is_read_back(exchange: str, symbol: str) -> None:
    for scope in (LIVE, Scope("es-0701")):
        subject = subjects.raw(scope, InstrumentKey(exchange, symbol))
        assert subjects.raw_exchange(scope, subject) == exchange


def test_nothing_of_a_session_is_a_live_subject() -> None:
    session = Scope("es-0701")
    key = InstrumentKey("GLBX", "ESU4")
    for subject in (
        subjects.raw(session, key),
        subjects.raw_mix(session, "GLBX"),
        subjects.definitions(session, "GLBX"),
        subjects.delta(session, "00ff"),
        subjects.snapshot(session, "00ff"),
        subjects.snapshot_get(session, "00ff"),
        subjects.directory(session),
        subjects.interest(session, "ann", "left"),
        subjects.session_clock("es-0701"),
    ):
        assert subject.startswith("rp.es-0701.")


@pytest.mark.parametrize("session", ["", "Ä", "a.b", "a b", "*", "x" * 33, "-a"])
def test_a_session_name_that_cannot_be_a_token_is_refused_with_the_rule(session: str) -> None:
    with pytest.raises(ScopeError, match="use 1 to 32 of a-z"):
        Scope(session)


def test_bad_subjects_are_refused() -> None:
    with pytest.raises(subjects.SubjectError):
        subjects.escape("")
    with pytest.raises(subjects.SubjectError):
        subjects.unescape("%FF")
    with pytest.raises(subjects.SubjectError):
        subjects.raw_exchange(LIVE, "md.agg.33ms.x")
