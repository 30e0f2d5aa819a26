"""The file of a workspace: what is written is read again, what is wrong is named, older versions open."""

import contextlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.state.versioned_file import StateError
from desktop.workspaces import templates
from desktop.workspaces.reading import read_workspace, workspace_data
from desktop.workspaces.store import free_name, read_file, slug_of, workspace_file


def data_of_six() -> dict[str, Any]:
    return workspace_data(templates.SIX.workspace("Six"))


@pytest.mark.parametrize("template", templates.ALL, ids=lambda template: template.name)
def test_every_template_is_read_as_it_was_written(template: templates.Template) -> None:
    workspace = template.workspace("Mine")
    assert read_workspace(workspace_data(workspace)) == workspace
    assert {panel.name for window in workspace.windows for panel in window.panels}


def wrong(change: Any) -> str:
    data = data_of_six()
    change(data)
    with pytest.raises(StateError) as caught:
        read_workspace(data)
    return str(caught.value)


def test_what_is_wrong_is_named_with_its_place() -> None:
    assert wrong(lambda data: data.update(name=" ")).startswith("the name must have 1 to 40")
    assert wrong(lambda data: data["windows"][1].pop("panels")) == "windows[1].panels must be a list"
    assert "windows[0].session" in wrong(lambda data: data["windows"][0].update(session="a b"))
    said = wrong(lambda data: data["windows"][0]["layout"].update(sizes=[1]))
    assert said == "windows[0].layout has 2 parts and 1 sizes"
    said = wrong(lambda data: data["windows"][2]["places"]["template"].update(width=0))
    assert said == "windows[2].places.template: 0 x 490 is no size"
    assert wrong(lambda data: data["windows"][1].update(id="w1")) == "windows: the id “w1” is there twice"


json_values: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(st.sampled_from(["id", "session", "places", "panels", "layout", "zoomed", "focus"]), json_values)
def test_anything_else_in_a_key_is_refused_in_words_or_read(key: str, value: Any) -> None:
    data = data_of_six()
    data["windows"][0][key] = value
    with contextlib.suppress(StateError):  # and nothing else
        read_workspace(data)


def test_names_and_files_of_the_same_name_get_a_number() -> None:
    assert free_name("Main", ["Main", "main 2"]) == "Main 3"
    assert len(free_name("x" * 40, ["x" * 40])) == 40
    assert (slug_of("Größe & co", ()), slug_of("???", ())) == ("gr-e-co", "workspace")
    assert slug_of("Main", ["main", "main-2"]) == "main-3"


def test_a_file_of_a_newer_desk_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "new.json"
    path.write_text('{"version": 99}')
    with pytest.raises(StateError, match=r"new\.json is no workspace: it is of version 99"):
        read_file(path)
    assert path.exists(), "a file of somebody else is never moved"


def test_a_file_of_version_1_has_its_places_on_one_screen_as_large_as_they_reach(tmp_path: Path) -> None:
    window = {"id": "w1", "session": None, "geometry": {"x": 100, "y": 50, "width": 800, "height": 600},
              "maximised": True, "panels": [], "layout": None, "zoomed": "", "focus": ""}  # fmt: skip
    read = workspace_file(tmp_path / "x.json").parse({"version": 1, "name": "Old", "windows": [window]})
    assert read.migrated_from == 1
    assert read.data is not None
    workspace = read_workspace(read.data)
    assert (workspace.screens[""][0].width, workspace.screens[""][0].height) == (900, 650)
    assert workspace.windows[0].places[""].state == "maximised"
