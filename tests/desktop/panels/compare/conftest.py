"""A research home of this test alone."""

import shutil
from collections.abc import Iterator

import pytest

from core.backtest.home import ResearchHome
from core.profile import Profile


@pytest.fixture
def research_home() -> Iterator[ResearchHome]:
    """Empty, in the profile that the desk of the test uses; gone after it."""
    home = ResearchHome.of(Profile.open())
    yield home
    shutil.rmtree(home.directory)
