"""Carries out the command Rehearse: shows the data and the untrained network before a run is started."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Hashable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait

import msgspec

from sslviz.core.catalogue import dataset_entry, resolve_values, settings_for, trains
from sslviz.core.entries import Catalogue
from sslviz.core.log import logger
from sslviz.core.messages import Message, Open, Prepared, Rehearse, Start
from sslviz.core.plain_text import named_error
from sslviz.core.settings import SettingError, Values
from sslviz.engine.serving.outbox import Outbox
from sslviz.engine.serving.untrained import DataOnMap, UntrainedNetwork
from sslviz.engine.training.catalogue import objective_class
from sslviz.engine.training.data_cache import DataCache, data_key, needs_download
from sslviz.engine.training.failures import Stopped
from sslviz.engine.training.inbox import Inbox
from sslviz.engine.training.setup import set_up
from sslviz.learning.dataset import DataError
from sslviz.reduction.reducer import Reducer

WAKE_S = 0.05
"""Maximum time in seconds until a command is noticed while data are loaded."""
LARGE = "This network is large for a CPU: its panels fill when {}."
"""The note on a large network; completed by what the user has to do."""


class Rehearsal:
    """Shows what a run with some settings begins with. The run itself uses nothing of this but the loaded data.

    Args:
        catalogue: all available settings, objectives and data sets.
        data_cache: loads the data.
        inbox: says which panel data the window shows.
        outbox: receives the messages.
        reducer: lays out the map of the raw inputs.
        interrupted: returns whether a command waits. It is called again and again during computations, between the
            layers of the network too; if it returns True, what is being computed is given up.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        data_cache: DataCache,
        inbox: Inbox,
        outbox: Outbox,
        reducer: Reducer,
        interrupted: Callable[[], bool],
    ) -> None:
        self._catalogue, self._data_cache, self._inbox, self._outbox = catalogue, data_cache, inbox, outbox
        self._reducer, self._interrupted = reducer, interrupted
        self._data: DataOnMap | None = None
        self._network: UntrainedNetwork | None = None
        self._command = Rehearse(values={}, generation=0)
        """The last command."""
        self._wanted: Hashable = None
        """Identifies the data that are wanted; the loading of other data is given up."""

    def show(self, command: Rehearse) -> None:
        """Set up data and network for ``command`` and answer it. If interrupted, do not answer.

        If only live settings have changed since the last answer, data and network are kept, unless all is to be sent
        anew. If the settings or the data do not allow a run, the answer says why.
        """
        self._command = command
        if command.anew:
            self._clear()
        with self._guarded():
            self._show(command)

    def answer(self) -> None:
        """Compute what the window shows and has not received yet. Return early if interrupted."""
        watch = self._inbox.watch
        with self._guarded():
            if self._data is not None:
                self._data.answer(watch)
            if self._network is not None:
                self._network.answer(watch)

    def end(self, command: Start | Open | None = None) -> None:
        """Free the memory, and send nothing more. Data that ``command`` does not need are not loaded any further."""
        self._wanted = None
        if isinstance(command, Start):
            with contextlib.suppress(SettingError):  # the run tells of it
                self._wanted = data_key(resolve_values(self._catalogue, command.values))
        self._clear()

    def _clear(self) -> None:
        self._free_network()
        if self._data is not None:
            self._data.close()
        self._data = None
        self._outbox.forget_panel_data()

    def _free_network(self) -> None:
        if self._network is not None:
            self._network.drop_observers()
        self._network = None

    @contextlib.contextmanager
    def _guarded(self) -> Iterator[None]:
        """Context manager in which an interruption ends the work, and an error is told as the reason for its end."""
        try:
            yield
        except Stopped:
            pass
        except (SettingError, DataError) as error:
            self._refuse(str(error))
        except Exception as error:
            logger("engine").debug("nothing can be shown before the training", exc_info=error)
            self._refuse(f"Nothing can be shown before the training ({named_error(error)}).")

    def _show(self, command: Rehearse) -> None:
        values = resolve_values(self._catalogue, command.values)
        fixed = {each.key: values[each.key] for each in settings_for(self._catalogue, values) if not each.live}
        if self._network is not None and self._network.fixed == fixed:
            network = self._network
            network.configure(values)
        elif missing := self._missing(values):
            press = "Train" if trains(self._catalogue, values) else "Look"
            self._refuse(f"{missing} when you press {press}, and shows here from then on.")
            return
        else:
            network = self._set_up(values, fixed)
        first = network.first_messages()
        probe = self._exchange(network) if network is not self._network else []
        begin = "the training begins" if trains(self._catalogue, values) else "you press Look"
        note = LARGE.format(begin) if network.large else ""
        answer = msgspec.structs.replace(network.setup.message(), generation=command.generation, note=note)
        for message in (answer, *probe, *first):
            self._outbox.send(message)
        if self._data is not None and not probe:
            self._data.send_again()  # the window may have dropped it as older than the answer

    def _missing(self, values: Values) -> str:
        """Return what has to be downloaded first, as the beginning of a sentence; empty if nothing has to."""
        if needs_download(values) and not self._data_cache.holds(values):
            return f"{dataset_entry(self._catalogue, str(values['data'])).title} is downloaded"
        if objective_class(self._catalogue, values).needs_download(values):
            return "The pretrained network is downloaded"
        return ""

    def _set_up(self, values: Values, fixed: Values) -> UntrainedNetwork:
        self._free_network()  # before the next one is built
        self._load(values)
        setup = set_up(self._catalogue, values, self._data_cache, lambda text, fraction: self._check())
        return UntrainedNetwork(setup, fixed, self._outbox, self._check)

    def _load(self, values: Values) -> None:
        """Load the data in a thread of its own, and wait for them.

        When a command interrupts the waiting, the thread goes on, since a run probably needs the data too; it ends
        early when other data are wanted.
        """
        self._wanted = key = data_key(values)

        def cancel_if_replaced(text: str, fraction: float | None) -> None:
            if self._wanted != key:
                raise Stopped

        loader = ThreadPoolExecutor(1, "data")
        loading = loader.submit(self._data_cache.load, values, cancel_if_replaced)
        loader.shutdown(wait=False)
        while not wait([loading], WAKE_S).done:
            self._check()
        loading.result()

    def _exchange(self, network: UntrainedNetwork) -> list[Message]:
        """Show ``network`` from now on. Return the message with the samples of the map if they are not those shown."""
        probe, raw_inputs = network.data_on_map()
        new: list[Message] = []
        if self._data is None or self._data.probe != probe:
            new = [probe]
            if self._data is not None:
                self._data.close()
            self._data = DataOnMap(probe, raw_inputs, self._reducer, self._outbox)
        self._outbox.forget_panel_data()  # of the network shown before
        self._network = network
        return new

    def _check(self) -> None:
        if self._interrupted():
            raise Stopped

    def _refuse(self, note: str) -> None:
        """Answer the last command that there is nothing to show, for the reason ``note``."""
        self._clear()
        command = self._command
        self._outbox.send(
            Prepared(
                values=command.values,
                device="",
                samples=0,
                steps_per_epoch=1,
                parameters=0,
                labels=(),
                figures=(),
                panel_data=(),
                generation=command.generation,
                note=note,
                trains=trains(self._catalogue, command.values),
            )
        )
