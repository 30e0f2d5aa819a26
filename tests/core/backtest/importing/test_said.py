"""Files of several forms in one import: each is read by its own columns, or refused by its name."""

import json
from pathlib import Path

import pytest

from core.backtest.importing.refused import ImportRefused, OptionRefused
from core.backtest.importing.said import of_file, said_pair
from tests.core.backtest.importing import made_files


def plain(directory: Path, name: str = "plain.csv") -> Path:
    """Guessed whole."""
    path = directory / name
    path.write_text(
        "time,open,high,low,close,adj\n2024-03-11 14:00:00,1,4,1,2,3\n2024-03-11 14:01:00,1,4,1,2,3\n"
    )
    return path


def odd(directory: Path, name: str = "odd.csv") -> Path:
    """Of which only the names of four columns are known."""
    path = directory / name
    path.write_text("when;open;high;low;last_one\n11.03.2024 10:00:00;5;9;5;6\n11.03.2024 10:01:00;5;9;5;6\n")
    return path


def closes(home: Path, *files: Path, **said: str) -> dict[str, list[int]]:
    dataset = made_files.opened(made_files.home_in(home), *files, calendar="24/7", mapping=said)
    return {
        each.symbol: [row[6] for row in made_files.bar_rows(dataset, each)]
        for each in dataset.manifest.instruments
    }


def test_what_is_said_of_all_holds_where_a_file_has_the_column(tmp_path: Path) -> None:
    found = closes(tmp_path, plain(tmp_path), odd(tmp_path), time="when", close="last_one")
    assert found == {"PLAIN": [2, 2], "ODD": [6, 6]}, "the plain file keeps its own time and close"


def test_what_a_file_lacks_is_told(tmp_path: Path) -> None:
    files, said = (plain(tmp_path), odd(tmp_path)), {"time": "when", "close": "last_one", "volume": "adj"}
    dataset = made_files.opened(made_files.home_in(tmp_path), *files, calendar="24/7", mapping=said)
    told = [(each["file"], each["note"]) for each in dataset.manifest.findings if each["kind"] == "doubtful"]
    assert ("plain.csv", "no column 'when' for time: 'time' is taken") in told
    assert ("plain.csv", "no column 'last_one' for close: 'close' is taken") in told
    assert ("odd.csv", "no column 'adj' for volume: there is none") in told


def test_what_is_said_of_one_file_leaves_the_others_alone(tmp_path: Path) -> None:
    said = {"odd*.csv:time": "when", "odd*.csv:close": "last_one", "odd*.csv:zone": "America/New_York"}
    said |= {of_file(plain(tmp_path), "close"): "adj", "zone": "UTC"}
    dataset = made_files.opened(
        made_files.home_in(tmp_path), plain(tmp_path), odd(tmp_path), calendar="24/7", mapping=said
    )
    rows = {each.symbol: made_files.bar_rows(dataset, each)[0] for each in dataset.manifest.instruments}
    assert (rows["PLAIN"][6], rows["ODD"][6]) == (3, 6)
    assert rows["PLAIN"][0] == rows["ODD"][0], "ten in New York is 14:00 UTC"
    zones = [each["mapping"]["zone"] for each in dataset.manifest.parameters["files"]]
    assert zones == ["America/New_York", "UTC"], "the manifest says how each file was read"


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"close": "last_one"}, r"odd\.csv: no column for time: say which one it is"),
        ({"time": "whenn", "close": "last_one"}, r"odd\.csv: no column 'whenn' for time: it has when, open"),
        ({"odd.csv:time": "time"}, r"odd\.csv: no column for close"),
        ({"time": "when", "close": "last_one", "volume": "vol"}, r"odd\.csv: no column 'vol' for volume: "),
        ({"plain.csv:close": "last_one", "time": "when", "odd.csv:close": "last_one"},
         r"plain\.csv: .*no column 'last_one' for close: it has time, open"),
        ({"old*.csv:zone": "UTC"}, r"--map old\*\.csv:zone: no file is called so"),
    ],
)  # fmt: skip
def test_a_column_that_is_not_there_is_named_with_its_file(
    tmp_path: Path, said: dict[str, str], words: str
) -> None:
    home = made_files.home_in(tmp_path)
    with pytest.raises((ImportRefused, OptionRefused), match=words) as caught:
        made_files.imported(home, plain(tmp_path), odd(tmp_path), calendar="24/7", mapping=said)
    assert "\n" not in str(caught.value)
    assert made_files.state_of(home.datasets) == {}


def test_files_of_one_name_are_told_apart_by_their_folders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a person types them, from the folder that one stands in."""
    for name in ("one", "two [x]"):
        (tmp_path / name).mkdir()
        odd(tmp_path / name)
    (tmp_path / "two [x]" / "odd.csv").write_text(odd(tmp_path).read_text().replace(";6", ";7"))
    monkeypatch.chdir(tmp_path)
    said = {"time": "when", "close": "last_one", "./one/*.csv:symbol": "ONE", "tw*/odd.csv:symbol": "TWO"}
    found = closes(tmp_path, Path("one/odd.csv"), tmp_path / "two [x]" / "odd.csv", **said)
    assert found == {"ONE": [6, 6], "TWO": [7, 7]}


def test_a_name_is_taken_as_it_is_before_it_is_a_pattern(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As browsers call a second download; `plain1.csv` is what the pattern would mean."""
    (tmp_path / "new [2]").mkdir()
    monkeypatch.chdir(tmp_path / "new [2]")
    one, other = plain(Path.cwd(), "plain[1].csv"), plain(Path.cwd(), "plain1.csv")
    other.write_text(other.read_text().replace(",4,1,2,3", ",5,1,2,3"))
    for number, name in enumerate(("plain[1].csv", "./plain[1].csv", str(one))):
        said = {f"{name}:close": "adj", f"{name}:symbol": "ONE", "plain1.csv:symbol": "OTHER"}
        assert closes(tmp_path / str(number), one, other, **said) == {"ONE": [3, 3], "OTHER": [2, 2]}
    found = closes(tmp_path, other, **{"plain[1].csv:close": "adj"})
    assert found == {"PLAIN1": [3, 3]}, "where no file is called so, it is a pattern"


def test_the_order_in_which_files_are_given_does_not_matter(tmp_path: Path) -> None:
    said = {"time": "when", "close": "last_one"}
    one, two = plain(tmp_path), odd(tmp_path)
    made = [
        made_files.imported(made_files.home_in(tmp_path / str(number)), *files, calendar="24/7", mapping=said)
        for number, files in enumerate(((one, two), (two, one)))
    ]
    assert json.dumps(made[0].manifest.parameters) == json.dumps(made[1].manifest.parameters)
    assert made[0].manifest.id == made[1].manifest.id


def test_words_for_a_file_are_told_from_words_for_all() -> None:
    assert said_pair("time_format=%H:%M") == ("time_format", "%H:%M")
    assert said_pair("a b*.csv: zone=UTC") == ("a b*.csv:zone", "UTC")
    assert said_pair(r"C:\data\x=1.csv:symbol=column:Name") == (r"C:\data\x=1.csv:symbol", "column:Name")
    with pytest.raises(OptionRefused, match="--map zone: say what=which"):
        said_pair("zone")
