"""What can be done about the desk's own health."""

from desktop.actions import Action, ActionContext
from desktop.tr import tr


def actions() -> tuple[Action, ...]:
    group = tr("Health")
    return (
        Action(
            "health.open",
            tr("Show the health of the desk"),
            group,
            lambda at: at.window.open_health(),
            ("Ctrl+Shift+H",),
            "activity",
            words="frames latency cpu memory subscriptions plots performance",
        ),
        Action(
            "diagnostics.copy",
            tr("Copy diagnostics"),
            group,
            lambda at: at.window.host.support.copy(),
            (),
            "copy",
            words="support versions log help",
        ),
        Action(
            "diagnostics.save",
            tr("Save diagnostics"),
            group,
            lambda at: at.window.host.support.save(),
            (),
            "download",
            words="support versions log help",
        ),
        Action(
            "crash.report",
            tr("Show the last failure report"),
            group,
            lambda at: at.window.host.crash.show_newest(),
            (),
            "circle-alert",
            _needs_report,
            words="crash error exception",
        ),
        Action(
            "crash.folder",
            tr("Open the folder of reports"),
            group,
            lambda at: at.window.host.support.open_folder(),
            (),
            "external-link",
            words="crash diagnostics",
        ),
    )


def _needs_report(at: ActionContext) -> str:
    return "" if at.window.host.crash.has_report else tr("Nothing has failed")
