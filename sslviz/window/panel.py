"""The base class of panels.

A panel is a dock that shows one aspect of a run. It is drawn only while it is visible, and only when what it shows has
changed.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, ClassVar, NamedTuple, Self

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QAbstractButton, QWidget

from sslviz.core.log import logger
from sslviz.core.messages import Prepared, State
from sslviz.core.registry import Registry
from sslviz.core.requests import Request
from sslviz.core.wire import Frozen
from sslviz.window.plotting.table import Table
from sslviz.window.runs.choices import TimeCursor
from sslviz.window.runs.run_model import RunModel
from sslviz.window.style.overlays import FailureNote, Hint
from sslviz.window.style.ownership import DeletedByQt
from sslviz.window.style.theme import theme

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from sslviz.window.film.storyboard import Storyboard


class Command(NamedTuple):
    """Something that the user can do, as the dialog Find a command offers it.

    ``words`` name it, ``detail`` is its key or the present value, ``tip`` a sentence about it; ``act`` does it, and is
    None if it cannot be done now.
    """

    words: str
    detail: str
    tip: str
    act: Callable[[], object] | None


class Variant(NamedTuple):
    """Something that a panel can show and export instead of its usual content, such as the map by umap-learn.

    It takes some time until the panel shows it, see ``show``.
    """

    name: str
    """Name in the dialog of the export."""
    in_view: bool
    """Whether the panel shows this content already."""
    show: Callable[[Callable[[], None]], None]
    """Makes the panel show the content, and calls the function that is passed as soon as the panel shows it."""


class Panel(DeletedByQt, QWidget):
    """Base class of a panel. Each panel is a class in a file of ``panels/``, registered with ``@panels.register``."""

    name: ClassVar[str]
    """Identifier of the panel in commands, in the window state and in file names."""
    title: ClassVar[str]
    """Title of the dock."""
    help: ClassVar[str]
    """Explanation of the content and of the actions by mouse and keys, in a few sentences."""
    message_types: ClassVar[tuple[type[Frozen], ...]]
    """Types of the messages after which the panel is drawn again. The engine computes the types that are panel data
    only while the panel can be seen, see :meth:`wanted_data`. The first type is what the panel is mainly about."""
    needs: ClassVar[tuple[type[Frozen], ...]] = ()
    """Types of panel data: the panel is offered for objectives that give at least one of them; if empty, for all."""
    of_training: ClassVar[bool] = False
    """Whether the panel is about a training: it is not offered where nothing is trained."""
    stories: ClassVar[tuple[str, ...]] = ("shapes",)
    """Names of the demo runs (:mod:`sslviz.window.demo.stories`) in which the panel is tested."""
    about_selection: ClassVar[bool] = False
    """Whether the panel is mainly about selecting samples; while such a panel is visible, selecting samples does not
    open the panel "selection"."""
    selects: ClassVar[bool] = False
    """Whether the menu of the panel offers what can be done with the files of the selected samples."""
    min_interval_s: float = 0.2
    """Minimum interval between two redraws by the frame clock, in seconds."""

    new_views_requested = Signal()
    """The user asks for other random views of the samples in the preview."""
    request_changed = Signal()
    """:meth:`wanted_data`, :meth:`request` or the visibility may have changed."""
    pinned = Signal(object)
    """int or None: the user pins a sample of the map, or unpins it."""
    selected = Signal(object)
    """Selected: the user selects samples of the map, or ends the selection."""
    heard = Signal()
    """The user wants to hear the pinned sample."""
    named = Signal(object)
    """Named: the user gives samples of the map a name."""
    revealed = Signal(int)
    """The user wants to see the file of this sample of the map in its folder."""
    left_out = Signal(tuple)
    """tuple[int, ...]: the user wants these samples of the map to be left out of the next run."""
    labels_saved = Signal()
    """The user wants to save the selected samples with a label of their own."""
    opened = Signal(str)
    """The user opens another panel, which has this name."""
    colour_requested = Signal(str)
    """The user wants the map to be coloured by this key, see :meth:`colour_by`."""
    map_requested = Signal(object)
    """MapRequest or None: the user requests a map by umap-learn, or cancels this request."""
    picture_requested = Signal()
    """The user wants to save a picture of the panel."""
    film_requested = Signal()
    """The user wants to save a film of what the panel shows, see :meth:`film`."""
    run_toggled = Signal(object)
    """RunModel: the user hides the curves of this run where they are drawn beside the current run, or shows them."""
    described = Signal(str, str)
    """What the panel shows at present, in a few words beside its title, such as "of z", see :meth:`description`; and of
    which step it is while the user looks back, such as "now, step 300"."""
    cursor_moved = Signal(object)
    """int or None: the user looks back at this step of the run, or follows the run again."""
    noticed = Signal(object)
    """Notice: a message that the user should read."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName(self.name)
        self.setAccessibleName(self.title)
        self.run = RunModel()
        self.others: tuple[RunModel, ...] = ()
        """Other runs with the task of ``run``, for panels that can compare runs."""
        self.failure = ""
        """Traceback of the error that disabled the panel; empty while it works."""
        self._dirty = True
        self._hidden: list[QWidget] = []
        self._hint = Hint(self)
        theme().changed.connect(self._on_theme)

    # ------------------------------------------------------------------ to be overridden by a panel

    def refresh(self, run: RunModel) -> None:
        """Bring the content of the panel up to date with the run; called by :meth:`draw`."""
        raise NotImplementedError

    def apply_theme(self) -> None:
        """Use the colours of the current :func:`theme`."""

    def empty_text(self, run: RunModel) -> str:
        """Return a sentence that says why the panel has no content; :meth:`draw` displays the sentence.

        The result is an empty string if the panel has content.
        """
        return ""

    def description(self, run: RunModel) -> str:
        """Return what the panel shows at present, in a few words for the title bar; by default nothing is said."""
        return ""

    def title_widgets(self) -> tuple[QWidget, ...]:
        """Return small controls for the right end of the panel's title bar; by default none."""
        return ()

    def switches(self) -> dict[str, QAbstractButton]:
        """Return by key the checkable buttons that stay as they are from one start to the next; by default none."""
        return {}

    def wanted_data(self) -> tuple[type[Frozen], ...]:
        """Return the types of panel data that the panel uses now; the engine sends them while the panel can be seen."""
        return self.message_types

    def request(self) -> Request | None:
        """Return the panel's request to the engine, for instance for another layout of the map; None if it has none.

        The window sends the request also while the panel is hidden. Two panels never make requests of the same type.
        """
        return None

    def colour_by(self, key: str) -> None:
        """Colour the points of the map by ``key``, a key of :func:`~sslviz.window.latent.colouring.colour_choices`.

        Only the panel that shows the map does so.
        """

    def table(self) -> Table | None:
        """Return the numbers that the panel displays, for an export as CSV; None if the panel displays no numbers."""
        return None

    def samples(self) -> npt.NDArray[np.uint8] | None:
        """Return images of samples for an export, uint8[n, h, w, 3].

        The images include those for which the panel has no room. Return None if there are no images, or if the panel
        does not offer this export.
        """
        return None

    def film(self) -> Callable[[], Storyboard] | None:
        """Return a function that makes the storyboard of a film of what the panel shows; None if there is no film.

        The function raises :class:`~sslviz.window.film.storyboard.FilmError` if no film can be made.
        """
        return None

    def commands(self) -> tuple[Command, ...]:
        """Return what the user can do in the panel, for the dialog Find a command; by default nothing is offered."""
        return ()

    def variants(self) -> tuple[Variant, ...]:
        """Return what the panel can export instead of its usual content, such as the map by umap-learn.

        By default, there is nothing else to export, and the tuple is empty.
        """
        return ()

    # ------------------------------------------------------------------ called by the window

    @property
    def selected_files(self) -> tuple[str, ...]:
        """The files of the selected samples of the map; empty if none is selected, or if samples are no files."""
        files = self.run.probe.files if self.run.probe is not None else ()
        return tuple(files[index] for index in self.run.selection.indices if index < len(files))

    @property
    def drawn_others(self) -> tuple[RunModel, ...]:
        """Those of :attr:`others` whose curves the user has not hidden."""
        return tuple(other for other in self.others if other.drawn)

    @property
    def hint(self) -> str:
        """The sentence that the panel displays at present in place of content; empty if it has content."""
        return "" if self._hint.isHidden() else self._hint.text()

    @classmethod
    def demo(cls, run: RunModel) -> Self:
        """Return a new panel that shows the simulated run ``run``, for screenshots and for tests."""
        panel = cls()
        panel.show_run(run)
        panel.draw()
        return panel

    def show_run(self, run: RunModel, others: tuple[RunModel, ...] = ()) -> None:
        """Show ``run`` from now on; ``others`` are shown beside it in panels that can compare runs."""
        self.run, self.others = run, others
        self._dirty = True

    def notify(self, message_types: Iterable[type]) -> None:
        """Tell the panel that messages of these types have arrived, so that it draws its content again if necessary.

        Drawing is necessary if one of the types is in :attr:`message_types`. It is also necessary after a
        :class:`State` message, which may say that a run folder has been read, and after a :class:`Prepared`, since
        results of another data set or objective are forgotten then, and when the user looks at another step.
        """
        needed = (*self.message_types, State, Prepared, TimeCursor)
        self._dirty = self._dirty or any(each in needed for each in message_types)

    def mark_dirty(self) -> None:
        """Let the frame clock, the timer that makes the panels draw, draw the panel again.

        It does so as soon as the panel can be seen and :attr:`min_interval_s` has passed since it last drew the panel.
        """
        self._dirty = True

    def can_be_seen(self) -> bool:
        """Return whether any part of the panel is visible: False for a panel in a tab behind another tab."""
        return self.isVisible() and not self.visibleRegion().isEmpty()

    def wants_drawing(self) -> bool:
        """Return whether the panel can be seen, is not disabled, and has changed since it was last drawn."""
        return self._dirty and not self.failure and self.can_be_seen()

    def draw(self) -> None:
        """Draw the content with :meth:`refresh`; if there is no content, show a sentence instead, see :attr:`hint`.

        An exception in the drawing is caught and disables this panel; all other panels go on.
        """
        if self.failure:
            return
        self._dirty = False
        try:
            self.refresh(self.run)
            self.described.emit(self.description(self.run), self._time(self.run))
            text = self.empty_text(self.run)
            self._hint.say(text and (self.run.why_empty or text))
        except Exception as error:
            self.disable(error)

    def _time(self, run: RunModel) -> str:
        """Return of which step the data in view are, while the user looks back; the map and the curves show it."""
        step = run.step_of(self.message_types[0]) if self.message_types else None
        if run.cursor_step is None or step is None:
            return ""
        return f"step {step:,}" if step == run.cursor_step else f"now, step {step:,}"

    def disable(self, error: BaseException) -> None:
        """Stop drawing, and show a note with the error in place of the content."""
        if self.failure:
            return
        self.failure = "".join(traceback.format_exception(error))
        logger("window").error("panel %s was disabled: %s", self.name, error)
        children = self.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly)
        self._hidden = [child for child in children if not child.isHidden()]
        for child in self._hidden:
            child.hide()
        note = FailureNote(self, self.title, str(error) or type(error).__name__, self.failure)
        note.retried.connect(self._enable)
        note.show()

    def _enable(self) -> None:
        self.failure = ""
        for child in self._hidden:
            child.show()
        self._dirty = True

    def _on_theme(self) -> None:
        self.apply_theme()
        self._dirty = True

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.request_changed.emit()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.request_changed.emit()


panels: Registry[Panel] = Registry("sslviz.window.panels")
REGISTRIES = {"sslviz.window.panel.panels": panels}
"""The registries of the window by their full names."""
