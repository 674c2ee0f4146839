"""sslviz: watch and steer self-supervised learning while it happens.

The window shows runs, the engine trains them or reads them from disk, and the reducer lays out maps. Each of the three
is a process of its own. Words with a fixed meaning in all modules:

- run: one training. It is kept in a run folder. A recorded run is one that is read from its folder, whether sslviz
  trained it or the script of a user recorded it with :class:`Recorder`.
- step: one optimiser step, counted from 1; step 0 is the untrained network. A timestep is a position in a sample: the
  index of a video frame or of an audio sample.
- setting: a value that the user can choose, such as the temperature. It is addressed by its key. A live setting can be
  changed during the training; a mark on the plots shows where. A preset is a named choice of settings.
- sample: one image, clip, sound or text. A segment is a part of a sample that is embedded, labelled and scored alone:
  one timestep of a clip or a sound, and the whole of an image or a text. The probe is the fixed set of samples whose
  segments are the points of the map.
- h, z: the output of the encoder; the output of the projection head, from which the loss is computed.
- figure: a number that is measured at some steps and plotted as a curve, such as the loss, k-NN accuracy or effective
  rank. A health figure is one that shows whether the latent space is useful. A reference line is a value that a figure
  is compared with, such as that of the untrained network.
- map: two-dimensional positions of the probe's segments, laid out so that neighbours in the latent space stay
  neighbours.
- panel: one of the window's docks, such as "loss". Panel data are what the engine computes for a panel, sent as one
  message and only while the panel is visible. An observer computes them between two steps.
- snapshot: the embeddings of the probe at one step, as kept in the run folder.
- verdict: what the diagnosis says about a run, such as "learning" or "collapsed".
- notice: a message in words to the user.
- facts: what is known about the machine and the installation, such as versions of packages.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sslviz.recorder import Recorder

__all__ = ["Recorder"]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:  # noqa: ANN401 - modules say so
    """Return the class ``Recorder`` if ``name`` is "Recorder"; raise AttributeError for any other name.

    The class is imported here, when a program uses ``sslviz.Recorder``, so that ``import sslviz`` alone does not import
    numpy.
    """
    if name == "Recorder":
        from sslviz.recorder import Recorder

        return Recorder
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
