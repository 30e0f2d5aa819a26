"""What can be done with runs as films: play one by its id."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QInputDialog

from core.scope import ScopeError
from desktop.actions import Action, ActionContext
from desktop.messages import Level
from desktop.tr import tr


def actions() -> tuple[Action, ...]:
    return (
        Action(
            "film.open",
            tr("Play a run"),
            tr("Player"),
            _ask,
            (),
            "play",
            words="backtest playback film run id",
        ),
    )


def _ask(at: ActionContext) -> None:
    """For its id. Not modal to the loop: prices go on."""
    dialog = QInputDialog(at.window)
    dialog.setWindowTitle(tr("Play a run"))
    dialog.setLabelText(tr("Id of the run, as the list of runs shows it"))
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.textValueSelected.connect(lambda text: _open(at, text.strip().lower()))
    dialog.open()


def _open(at: ActionContext, run_id: str) -> None:
    host = at.window.host
    try:
        host.open_run(run_id, at.window)
    except ScopeError as error:
        host.messages.add(Level.WARNING, str(error), host.now_ms())
