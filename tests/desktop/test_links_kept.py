"""Links and charts of a workspace come back with it, and never reach another workspace."""

from core.market.instruments import InstrumentKey
from core.market.intervals import parse_interval
from desktop.links_terms import Carried, LinkRole
from desktop.workspaces import templates
from tests.desktop.conftest import Play, Stage
from tests.desktop.market import crypto
from tests.desktop.test_links_on_screen import begin, chip_of, click_row


def test_groups_roles_and_charts_stand_after_a_restart_as_they_stood(play: Play) -> None:
    shown: list[InstrumentKey] = []

    async def arrange(stage: Stage) -> None:
        await begin(stage)
        window = stage.app.windows[0]
        rows, first = window.contents.watchlists[0], window.contents.charts[0]
        second = window.add_chart()
        chip_of(window, second).link.set_group(2)
        second.choose(window.contents.instruments[6].key)
        second.choose_interval(parse_interval("5m"))
        second.add_indicator("ema 34")
        chip_of(window, rows).link.set_role(LinkRole.SOURCE)
        stage.app.links.set_carried(1, Carried.INTERVAL, True, by=first.link)
        shown.extend((click_row(rows, 2), window.contents.instruments[6].key))

    async def look(stage: Stage) -> None:
        await begin(stage)
        window = stage.app.windows[0]
        first, second = window.contents.charts
        await stage.until(lambda: [first.key, second.key] == shown, "the symbols that were shown")
        assert [chip_of(window, panel).mark for panel in window.panels] == ["1›", "1", "2"]
        assert str(second.interval) == "5m"
        assert [str(study.spec) for study in second.studies.all] == ["ema 34"]
        group = stage.app.links.group(1)
        assert group is not None
        assert Carried.INTERVAL in group.carried
        assert click_row(window.contents.watchlists[0], 4) == first.key, "and they are linked again"
        assert second.key == shown[1]

    play(arrange, keeps=True, layout="desk")
    play(look, keeps=True, layout="desk")


def test_another_workspace_has_groups_and_symbols_of_its_own(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        await stage.market(crypto(8, ("BINF",)))
        app = stage.app
        await stage.until(lambda: stage.words()[0] == "live")
        main = click_row(app.windows[0].contents.watchlists[0], 3)
        app.workspaces.open_template(templates.CHART_AND_LIST, "Other")
        await stage.until(lambda: stage.words()[0] == "live", "the other one")
        window = app.windows[0]
        chart = window.contents.charts[0]
        await stage.until(lambda: chart.key is not None)
        other = click_row(window.contents.watchlists[0], 5)
        assert chart.key == other != main
        app.workspaces.switch_to(0)
        await stage.until(lambda: app.windows[0].contents.charts[0].key == main, "as it was left")
        app.workspaces.step(1)
        await stage.until(lambda: app.windows[0].contents.charts[0].key == other, "as it was left")

    play(scenario, keeps=True, layout="desk")
