"""sslviz: watch and steer self-supervised learning while it happens.

The window shows runs, the engine trains them or reads them from disk, and the reducer lays out maps. Each of the three
is a process of its own. Words with a fixed meaning in all modules:

Training:

- run: one training. It is kept in a run folder. A recorded run is one that is read from its folder, whether sslviz
  trained it or the script of a user recorded it with :class:`Recorder`. A rehearsal shows the data and the untrained
  network of a run that has not been started.
- step: one optimiser step, counted from 1; step 0 is the untrained network. A timestep is a position in a clip or in a
  sound: the index of a video frame, or of a value of the waveform. "k steps ahead" means the k-th of the frames that
  are predicted.
- setting: a value that the user can choose, such as the temperature. It is addressed by its key. A live setting can be
  changed during the training; a mark on the plots then shows the step of the change. All other settings are fixed:
  the form locks them while a run trains. A preset is a named choice of settings.
- sweep: runs that differ in the values of some settings and in the seed, in one folder, so that they can be compared.
- objective, or method: what a network is trained for, such as SimCLR: views or targets, networks and loss. Methods of
  one family, such as "contrastive", follow one idea; the name of a family stands for its first. An objective is a
  plug-in, one class in a file of its own, as are data sets, encoders and panels. The catalogue lists the objectives,
  data sets and encoders with their settings.
- h, z: the output of the encoder; the output of the projection head, from which the loss is computed.
- view: an image made from a sample by random augmentations. A target is what a prediction from one view is compared
  with; if a slower copy of the network computes it, this copy follows the network by a moving average (EMA). A queue
  holds the embeddings of earlier views. A prototype is a learned direction, and views are put on the nearest ones.

Data:

- sample: one image, clip, sound or text. A segment is a part of a sample that is embedded, labelled and scored alone:
  one timestep of a clip or a sound, and the whole of an image or a text.
- label: a property of the segments, such as "shape" or "size". A data set may have several labels. The values of a
  label are either classes or numbers: every segment has a class or a number for each label, unless it is unknown.
  A scored label is one that the scores, such as k-NN accuracy, are about; any other only colours the map.
- probe: the fixed set of samples whose segments are the points of the map. The user selects samples on the map, or
  pins one of them, which the panels about single samples then show.
- query: a held-out segment whose label is predicted by k-NN from the other segments.
- shape of a tensor: written after the dtype, as in float32[n, C, H, W]; "float" alone is any floating-point dtype. If a
  docstring does not say otherwise, n is the number of samples, embeddings or other rows; C, H and W are the channels,
  height and width of an image or a frame; D is the number of dimensions of an embedding, and H_DIM that of h.

What is shown:

- figure: a number that is measured at some steps and plotted as a curve, such as the loss, k-NN accuracy or effective
  rank. A health figure is one that shows whether the latent space is useful. A reference line is a value that a figure
  is compared with, such as that of the untrained network.
- map: two-dimensional positions of the probe's segments, laid out so that neighbours in the latent space stay
  neighbours.
- time cursor: the step at which the user looks back. The map of that step is shown, and curves mark it; what is not
  kept of earlier steps stays at now and says so. Without a time cursor, all panels follow the run.
- storyboard: what a film of the map is made of: the maps of a run, the colours of the points, and texts.
- panel: one of the window's docks, such as "loss". It is offered if the objective computes what it shows. Panel data
  are what the engine computes for a panel, sent as one message, and most of them only while the panel is visible. An
  observer computes them between two steps. A request holds the options of one type of panel data, such as the method
  of the map.
- strip: the images of one sample in a grid, for example predicted frames below the actual ones.
- snapshot: the embeddings of the probe at one step, as kept in the run folder.
- verdict: what the diagnosis says about a run, such as "learning" or "collapsed".
- notice: a message in words to the user.
- lesson: a tour of a few steps through the window. Each step has a text, and is done when a condition on the run holds
  or a question was answered.
- facts: what is known about the machine and the installation, such as versions of packages.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sslviz.integrations.module_watch import watch_module
    from sslviz.recorder import Recorder

__all__ = ["Recorder", "watch_module"]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:  # noqa: ANN401 - modules say so
    """Return the class ``Recorder`` or the function ``watch_module``; raise AttributeError for any other name.

    They are imported here, when a program uses them, so that ``import sslviz`` alone does not import numpy, and
    ``sslviz.Recorder`` does not import torch.
    """
    if name == "Recorder":
        from sslviz.recorder import Recorder

        return Recorder
    if name == "watch_module":
        from sslviz.integrations.module_watch import watch_module

        return watch_module
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
