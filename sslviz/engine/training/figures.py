"""Declarations (title, tooltip, number format) of the figures that are shown as small curves, such as k-NN accuracy."""

from __future__ import annotations

from sslviz.core.entries import FigureEntry, LabelEntry
from sslviz.learning.objective import Objective

KNN = "knn"
"""Key of the k-NN score of the first label."""
ON_THE_SPHERE = (
    FigureEntry(
        key="alignment",
        title="Alignment",
        form="small",
        help="Mean squared distance of the two views of a sample on the sphere; 0 is perfect (Wang & Isola 2020).",
    ),
    FigureEntry(
        key="uniformity",
        title="Uniformity",
        help="Log of the mean Gaussian potential of pairs on the sphere; lower is more evenly spread "
        "(Wang & Isola 2020).",
    ),
    FigureEntry(
        key="std_of_l2_normalized",
        title="Std of z / ‖z‖",
        form="small",
        help="Mean standard deviation of the normalised embedding's coordinates: 0 is collapsed, 1/√D is isotropic "
        "(Chen & He 2021).",
    ),
    FigureEntry(
        key="effective_rank",
        title="Rank of z",
        form="large",
        help="How many directions z uses: exponential of the singular values' entropy (Garrido 2023). Judge it against "
        "the untrained network.",
    ),
)
PLAIN_STD = FigureEntry(
    key="std_of_z",
    title="Std of z",
    form="small",
    help="Standard deviation of z as it is, averaged over its dimensions; z is not normalised. Of a loss that does not "
    "normalise z either, embeddings may shrink to one point while their directions stay spread out.",
)
RANK_OF_H = FigureEntry(
    key="effective_rank_h",
    title="Rank of h",
    form="large",
    help="How many directions h, the output of the encoder, uses. Batch norm in the head can keep z spread out where "
    "h has collapsed. Judge it against the untrained network.",
)
OF_EMBEDDINGS = (*ON_THE_SPHERE, PLAIN_STD, RANK_OF_H)
"""The figures that are computed from h or z alone."""
GRADIENT = FigureEntry(
    key="grad_norm",
    title="Gradient norm",
    help="Euclidean norm of the whole gradient, averaged over about 15 steps. Sudden growth announces trouble.",
    per_step=True,
)


def knn_entries(labels: tuple[LabelEntry, ...]) -> tuple[FigureEntry, ...]:
    """Return the declaration of one figure per label: the score of predicting the label from h by k-NN."""
    single = len(labels) == 1
    return tuple(
        FigureEntry(
            key=label_figure(index, label.name),
            title="k-NN" if single else f"k-NN, {label.name}",
            form="share" if label.names else "small",
            help=(_vote(label.name) if label.names else _mean(label.name))
            + " Labels are used for nothing else. Compare with the same on raw inputs and on the untrained network. "
            "During a run it is computed from at most 2,000 training and 500 held-out samples; sslviz train uses all "
            "of them at the end, which gives a higher value.",
        )
        for index, label in enumerate(labels)
    )


def _vote(name: str) -> str:
    return f"How often a weighted vote of the 20 nearest training samples gives the {name} of a held-out sample."


def _mean(name: str) -> str:
    return f"R² of the {name} of held-out samples, as the weighted mean of the 20 nearest training samples; 1 is exact."


def figure_entries(labels: tuple[LabelEntry, ...], objective: Objective) -> tuple[FigureEntry, ...]:
    """Return the declarations of all figures of a run but the loss, in the order of their curves in the window."""
    on_the_sphere = ON_THE_SPHERE if objective.overrides("pairs") else ()
    gradient = (GRADIENT,) if objective.trains else ()
    return (*knn_entries(labels), *objective.figures, *on_the_sphere, RANK_OF_H, *gradient)


def label_figure(index: int, name: str) -> str:
    """Return the key of the figure that shows the k-NN score of the label ``name``.

    ``index`` is the index of the label among the labels of the data. The key is "knn" for the first label, and "knn_"
    followed by the name for the others.
    """
    return f"{KNN}_{name}" if index else KNN


def is_health_figure(key: str) -> bool:
    """Return whether ``key`` is that of a label's k-NN score, or of one of :data:`OF_EMBEDDINGS`."""
    return key == KNN or key.startswith(f"{KNN}_") or key in {entry.key for entry in OF_EMBEDDINGS}
