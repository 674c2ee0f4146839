"""Fakes for the window tests: an engine, a small catalogue, and small messages."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import msgspec
import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QMenu, QMessageBox, QPushButton, QToolButton, QWidget

from sslviz.core.entries import Catalogue, DatasetEntry, DeviceEntry, FigureEntry, LabelEntry, ObjectiveEntry
from sslviz.core.exact_map import ExactMap
from sslviz.core.messages import PROTOCOL, Command, Control, Hello, Mark, Message, Prepared, Scalars, State
from sslviz.core.panel_data import (
    EarlierMaps,
    LatentMap,
    Probe,
    Similarity,
    StepsAhead,
    Strips,
    TokenPredictions,
    Views,
)
from sslviz.core.setting_changes import SettingChange
from sslviz.core.settings import Setting, Value
from sslviz.core.wire import Array
from sslviz.window.plotting.plots import Plot
from sslviz.window.runs.session import Session
from sslviz.window.shell.main_window import MainWindow

C = TypeVar("C")


def furnish(window: MainWindow) -> None:
    """Fill all docks at once."""
    for _ in window.furnish():
        pass


class FakeEngine:
    """An engine without a process, as far as a session needs it. ``sent`` lists all commands that it received."""

    def __init__(self) -> None:
        self.sent: list[Command] = []
        self.code, self.last_words = 0, ""
        self.memory_bytes = 0
        self.hung_up = self.keeps_saving = False
        self.farewell: Message | None = None
        self.process = self
        self._messages: queue.SimpleQueue[Message | None] = queue.SimpleQueue()
        self._condition = threading.Condition()
        self._told = self._asked = 0

    def tell(self, *messages: Message) -> None:
        """Send messages; returns when the window's thread has put them all into its mailbox."""
        for message in messages:
            self._messages.put(message)
        with self._condition:
            self._told += len(messages)
            assert self._condition.wait_for(lambda: self._asked > self._told, 10), "nobody reads"

    def commands(self, kind: type[C]) -> list[C]:
        """Return the received commands of one type."""
        return [command for command in self.sent if isinstance(command, kind)]

    def send(self, command: Command) -> None:
        if not self.hung_up:
            self.sent.append(command)

    def messages(self, on_bad: object) -> Iterator[Message]:
        while True:
            with self._condition:
                self._asked += 1
                self._condition.notify_all()
            message = self._messages.get()
            if message is None:
                return
            yield message

    def wait_for_end_of_stream(self, on_data: object) -> None:
        self.hang_up()
        while self._messages.get() is not None:
            pass

    def hang_up(self) -> None:
        """Say farewell and end, as an engine does once it has saved its run; with ``keeps_saving``, do so later."""
        self.hung_up = True
        if not self.keeps_saving:
            self.end()

    def end(self) -> None:
        for message in (self.farewell, None):
            self._messages.put(message)

    def kill(self) -> None:
        self._messages.put(None)

    def finish(self, timeout: float = 5.0) -> tuple[int, str]:
        return self.code, self.last_words


class Stage:
    """A session and the fake engines that it has started, the newest last."""

    def __init__(self, runs: Path, preset: str = "shapes") -> None:
        self.engines = [FakeEngine()]
        self.session = Session(self.engine, preset, runs, self.another)

    @property
    def engine(self) -> FakeEngine:
        """The newest engine."""
        return self.engines[-1]

    def another(self) -> FakeEngine:
        """Start another engine."""
        self.engines.append(FakeEngine())
        return self.engine

    def tell(self, *messages: Message) -> None:
        """Send messages of the newest engine, and pull once."""
        self.engine.tell(*messages)
        self.session.pull()

    def introduce(self, catalogue: Catalogue | None = None) -> None:
        """Let the newest engine say Hello and become ready."""
        self.tell(hello(catalogue), State(state="ready"))

    def begin(self) -> None:
        """Press Train, and let the engine report that the run trains."""
        self.session.train()
        self.session.pull()
        self.engine.farewell = State(state="stopped", text="Stopped.", saved=True)
        self.tell(State(state="preparing"), prepared(), State(state="training"))


# --------------------------------------------------------------------------- a catalogue


def number(key: str, default: float, low: float, high: float, *, live: bool = True, **more: object) -> Setting:
    """Return a setting of type float."""
    facts = {"value_type": "float", "label": key.capitalize(), "help": f"What {key} does.", "group": "Loss", **more}
    return Setting(key=key, default=default, low=low, high=high, live=live, **facts)


def choice(key: str, *names: str) -> Setting:
    """Return a fixed setting of type choice; its first option is the default."""
    label = key.capitalize()
    return Setting(key=key, value_type="choice", default=names[0], label=label, help=label, group="Run", choices=names)


TEMPERATURE = number("temperature", 0.2, 0.02, 2.0, log=True, symbol="τ")
COLOUR = number("colour", 1.0, 0.0, 1.0, group="Augmentation")
ROTATION = number("rotation", 0.0, 0.0, 180.0, group="Augmentation", unit="°")
SEED = number("seed", 0, 0, 1000, value_type="int", group="Run", live=False)
BATCH = number("batch_size", 256, 2, 4096, value_type="int", log=True, group="Run", live=False)
SWITCH = Setting(
    key="symmetric", value_type="bool", default=True, label="Symmetric", help="Both ways.", group="Loss", live=True
)
COMMON = (
    choice("data", "shapes", "digits", "words", "clips"),
    choice("objective", "contrastive", "masked", "predictive"),
    SEED,
    BATCH,
)


def objective(name: str, family: str, kind: str, *settings: Setting, **more: object) -> ObjectiveEntry:
    """Return an objective that learns from one modality."""
    facts = {"title": family.capitalize(), "help": f"About {name}.", "settings": settings, **more}
    return ObjectiveEntry(name=name, family=family, modalities=(kind,), **facts)


OBJECTIVES = (
    objective(
        "simclr",
        "contrastive",
        "image",
        TEMPERATURE,
        SWITCH,
        COLOUR,
        ROTATION,
        panel_data=("Views", "Similarity", "Invariance", "Spectrum"),
        loss_depends_on=("temperature", "batch_size"),
    ),
    objective("patches", "masked", "image", number("hidden", 0.75, 0.1, 0.9), panel_data=("Views", "Strips")),
    objective(
        "frames",
        "predictive",
        "video",
        number("context", 10, 1, 20),
        defaults={"batch_size": 64},
        panel_data=("Strips", "StepsAhead"),
    ),
    objective("features", "predictive", "video", number("momentum", 0.99, 0.0, 1.0), panel_data=("TokenPredictions",)),
)


def catalogue(version: str = "1") -> Catalogue:
    """Return a catalogue of four data sets, of which one fits no objective."""
    samples = number("samples", 1000, 100, 5000, value_type="int", group="Shapes", live=False)
    return Catalogue(
        version=version,
        common=COMMON,
        objectives=OBJECTIVES,
        datasets=(
            DatasetEntry(name="shapes", modality="image", title="Shapes", help="", settings=(samples,)),
            DatasetEntry(
                name="digits", modality="image", title="Digits", help="", settings=(), defaults={"rotation": 15.0}
            ),
            DatasetEntry(name="words", modality="text", title="Words", help="", settings=()),
            DatasetEntry(name="clips", modality="video", title="Clips", help="", settings=()),
        ),
        devices=(DeviceEntry(name="cpu", title="CPU", available=True),),
    )


# --------------------------------------------------------------------------- messages


def hello(what: Catalogue | None = None) -> Hello:
    return Hello(protocol=PROTOCOL, version="0", catalogue=what or catalogue())


SHAPE = LabelEntry(name="shape", names=("disc", "square", "bar"))
FIGURES = (
    FigureEntry(key="knn", title="k-NN", help="How often.", form="share"),
    FigureEntry(key="alignment", title="Alignment", help="How far.", form="small"),
    FigureEntry(key="uniformity", title="Uniformity", help="How evenly."),
    FigureEntry(key="grad_norm", title="Gradient norm", help="How steep.", per_step=True),
)


def prepared(**values: object) -> Prepared:
    return Prepared(
        values={"data": "shapes", "temperature": 0.2, "colour": 1.0, **values},
        folder="somewhere",
        device="CPU",
        samples=1000,
        steps_per_epoch=4,
        parameters=10,
        labels=(SHAPE,),
        figures=FIGURES,
        panel_data=("Views", "Similarity", "Invariance", "Spectrum"),
    )


def untrained(generation: int, note: str = "", **values: object) -> Prepared:
    """Return the answer to a request for the data and the untrained network; ``note`` says why there are none."""
    samples = 0 if note else 1000
    return msgspec.structs.replace(prepared(**values), folder="", generation=generation, note=note, samples=samples)


def scalars(steps: object, **columns: object) -> Scalars:
    """Return a Scalars message; each column has one number per step."""
    at = np.asarray(steps, np.int64)
    return Scalars(
        steps=Array.of(at), columns={name: Array.of(np.asarray(each, float)) for name, each in columns.items()}
    )


def views(generation: int = 0, step: int = 0, shade: int = 0) -> Views:
    images = Array.of(np.full((3, 8, 4, 4, 3), shade, np.uint8))
    return Views(step=step, generation=generation, rows=("original", "view a", "view b"), images=images)


def probe(
    labels: object,
    names: tuple[str, ...] = ("disc", "square", "bar"),
    side: int = 4,
    frames: int = 1,
    texts: tuple[str, ...] = (),
    numbers: dict[str, object] | None = None,
    files: tuple[str, ...] = (),
) -> Probe:
    """Return a Probe whose segment ``i`` is of the sample with the number 100 + i.

    All pixels of its image are i, those of its frame f are i + f. ``numbers`` are further labels, without names, in
    pixels.
    """
    marks = np.asarray(labels, np.int32)
    shades = np.arange(len(marks), dtype=np.uint8)[:, None] + np.arange(frames, dtype=np.uint8)
    further = {name: np.asarray(values, np.float32) for name, values in (numbers or {}).items()}
    return Probe(
        images=Array.of(np.broadcast_to(shades[:, :, None, None, None], (*shades.shape, side, side, 3))),
        texts=texts,
        labels={name: Array.of(values) for name, values in ({"shape": marks} | further).items()},
        label_entries=(LabelEntry(name="shape", names=names), *(LabelEntry(name=name, unit="px") for name in further)),
        ids=Array.of(np.arange(len(marks)) + 100),
        split_size=5000,
        files=files,
    )


def latent_map(xy: object, step: int = 1, method: str = "umap", space: str = "latent") -> LatentMap:
    return LatentMap(step=step, xy=Array.of(np.asarray(xy, np.float32)), method=method, age_s=0.1, space=space)


def earlier_maps(xy: object, steps: object, method: str = "umap") -> EarlierMaps:
    """Return maps of these steps; ``xy`` is float[m, n, 2]."""
    numbers = np.asarray(steps, np.int64)
    methods = (method,) * len(numbers)
    return EarlierMaps(steps=Array.of(numbers), xy=Array.of(np.asarray(xy, np.float32)), methods=methods)


def exact_map(xy: object, step: int = 1) -> ExactMap:
    """Return a map by umap-learn, as the engine sends it on request."""
    library = {"method": "umap-learn", "library": "umap-learn 0.5.12"}
    return ExactMap(latent_map=msgspec.structs.replace(latent_map(xy, step), **library))


def similarity(matrix: object, labels: object, source: str = "batch", **more: object) -> Similarity:
    """Return the Similarity of N samples, with a 2N × 2N matrix for ``what="views"``; all pixels of image i are i."""
    cells = np.asarray(matrix, np.float16)
    shades = np.arange(len(cells), dtype=np.uint8)[:, None, None, None]
    facts = {
        "what": "views",
        "limit": 1.0,
        "shift": len(cells) // 2,
        "column_images": None,
        "images": Array.of(np.broadcast_to(shades, (len(cells), 4, 4, 3))),
        "positive_counts": Array.of(np.eye(64, dtype=np.int64)[60]),
        "negative_counts": Array.of(np.eye(64, dtype=np.int64)[30]),
        "positive_mean": 0.9,
        "negative_mean": -0.03,
        **more,
    }
    marks = np.asarray(labels, np.int32)
    return Similarity(
        step=1, source=source, matrix=Array.of(cells), labels=Array.of(marks), samples=len(marks), **facts
    )


def strips(
    count: int = 3, context: int = 2, ahead: int = 3, size: tuple[int, int] = (4, 4), step: int = 1, **more: object
) -> Strips:
    """Return Strips of context, actual and predicted; all pixels of a cell are 60 · strip + 20 · row + column.

    Errors are 10 · strip + column, those of the reference a hundred more; none of what came before.
    """
    columns = context + ahead
    strip, row, column = np.ogrid[:count, :3, :columns]
    shades = (60 * strip + 20 * row + column).astype(np.uint8)
    filled = np.ones((3, columns), np.uint8)
    filled[0, context:], filled[1:, :context] = 0, 0
    if not context:
        filled[0] = 1
    errors = (10.0 * np.arange(count)[:, None] + np.arange(columns)).astype(np.float32)
    errors[:, :context] = np.nan
    facts = {
        "rows": ("context", "actual", "predicted"),
        "columns": tuple(f"t{at - context + 1:+}" for at in range(columns)),
        "images": Array.of(np.broadcast_to(shades[..., None, None, None], (*shades.shape, *size, 3))),
        "filled": Array.of(filled),
        "errors": Array.of(errors),
        "reference_errors": Array.of(errors + 100),
        "error_name": "MSE",
        "reference_name": "copy last",
        **more,
    }
    return Strips(step=step, **facts)


def tokens(texts: object, top: object, probabilities: object, asked: object = None, **more: object) -> TokenPredictions:
    """Return predictions over a vocabulary of seven characters; all tokens but the first are predicted."""
    ids = np.asarray(texts, np.int32)
    if asked is None:
        asked = np.broadcast_to(np.arange(ids.shape[1]) > 0, ids.shape)
    facts = {
        "vocabulary": ("a", "b", "c", " ", "\n", "\t", "\x07"),
        "tokens": Array.of(ids),
        "is_target": Array.of(np.asarray(asked, np.uint8)),
        "top": Array.of(np.asarray(top, np.int32)),
        "probabilities": Array.of(np.asarray(probabilities, np.float32)),
        **more,
    }
    return TokenPredictions(step=1, **facts)


def steps_ahead(accuracy: object, loss: object = None, first: int = 1, step: int = 1, **more: object) -> StepsAhead:
    """Return accuracies for the steps ahead from ``first`` on, with a chance level of 1/4."""
    shares = np.asarray(accuracy, np.float64)
    facts = {
        "ahead": Array.of(np.arange(len(shares)) + first),
        "accuracy": Array.of(shares),
        "loss": Array.of(2 - shares if loss is None else np.asarray(loss, np.float64)),
        "chance": 0.25,
        "chance_loss": 1.386,
        **more,
    }
    return StepsAhead(step=step, **facts)


def mark(key: str, before: Value, after: Value, step: int = 1, warning: str = "") -> Mark:
    """One setting was changed."""
    return Mark(step=step, wall_time_s=step / 10, changes=(change(key, before, after),), warning=warning)


def change(key: str, before: Value, after: Value) -> SettingChange:
    """A change of one setting, labelled by its key."""
    return SettingChange(key=key, label=key.capitalize(), before=before, after=after)


def actions(engine: FakeEngine) -> list[str]:
    """Return the actions of the Control commands that an engine received, in order."""
    return [command.action for command in engine.commands(Control)]


# --------------------------------------------------------------------------- the mouse


def point_at(plot: Plot, x: float, y: float) -> None:
    """Move the mouse to a point in data coordinates."""
    move_mouse(plot.viewport(), plot.mapFromScene(plot.getViewBox().mapViewToScene(pg.Point(x, y))))


def move_mouse(widget: QWidget, place: QPoint) -> None:
    """Move the mouse away and then to ``place``: Qt ignores a move to where the mouse is already."""
    QTest.mouseMove(widget, QPoint(1, 1))
    QTest.mouseMove(widget, place)


def leave(widget: QWidget) -> None:
    """Let the mouse leave a widget."""
    QApplication.sendEvent(widget, QEvent(QEvent.Type.Leave))


def turn_wheel(widget: QWidget, delta: int = 240) -> None:
    """Turn the mouse wheel over the centre of a widget."""
    window = widget.window()
    QTest.wheelEvent(window.windowHandle(), QPointF(widget.mapTo(window, widget.rect().center())), QPoint(0, delta))


def choose(button: QToolButton, text: str) -> list[str]:
    """Open the menu of a button by a click and click an entry; returns the entries that are enabled."""
    enabled = []

    def click() -> None:
        menu = QApplication.activePopupWidget()
        assert isinstance(menu, QMenu)
        enabled.extend(each.text() for each in menu.actions() if each.isEnabled())
        (action,) = [each for each in menu.actions() if each.text().replace("&", "") == text]
        QTest.mouseClick(menu, Qt.MouseButton.LeftButton, pos=menu.actionGeometry(action).center())
        if menu.isVisible():  # the entry is disabled
            menu.close()

    QTimer.singleShot(50, click)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    return enabled


# --------------------------------------------------------------------------- what can be read


def texts(widget: QWidget) -> list[str]:
    """The texts of all labels in a widget that are not hidden."""
    return [label.text() for label in widget.findChildren(QLabel) if label.isVisibleTo(widget)]


def is_switched_off(panel: QWidget) -> bool:
    """Whether a panel has failed and offers to try again."""
    return any(button.text() == "Try again" for button in panel.findChildren(QPushButton) if button.isVisibleTo(panel))


# --------------------------------------------------------------------------- dialogs


def answer(text: str, questions: list[str]) -> None:
    """Press a button of the dialog that is about to open, and append what it asks to ``questions``."""

    def press() -> None:
        box = QApplication.activeModalWidget()
        assert isinstance(box, QMessageBox)
        questions.append(f"{box.text()} {box.informativeText()}")
        next(button for button in box.buttons() if button.text().replace("&", "") == text).click()

    QTimer.singleShot(50, press)
