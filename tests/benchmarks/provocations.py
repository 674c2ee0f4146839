"""The trainings that ``python tests/benchmarks verdicts`` judges, and what it is right to say of each: data alone.

All this is written down before any rule is tuned to it. A training is healthy, or something is wrong with its settings
from its first step on, or a live setting is *turned* to something wrong after step :data:`TURNED_AFTER` of a training
that was healthy until then. What is right to say of a training with something wrong is decided by *withheld figures*,
which the rules never see: see :data:`LINES`.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from sslviz.core.messages import Verdict
from sslviz.core.settings import Values

EVERY = 25
"""Steps between two readings, which are therefore those of the same steps on every machine."""
TURNED_AFTER = 150
PATIENCE = 200
"""Steps from the onset of what is wrong to the end of the training, within which the right word has to come."""
STEPS = 300
"""Length of a training in which nothing goes wrong."""
SETTLED = 50
"""First step at which withheld figures say something: until then the learning rate warms up."""
SEEN_SEEDS = frozenset({0, 1})
"""Seeds of which the rules may have seen the trainings marked as ``seen``; all others they have never seen."""


class Line(NamedTuple):
    """Is crossed by a reading from step ``since`` on at which a withheld figure is ``below`` or ``above`` a value.

    Withheld figures, all of the network in evaluation mode:

    - ``knn``, ``probe``: k-NN and linear probe of h on held-out labels, of the first label of the data set.
      ``knn_gain``, ``probe_gain``: by how much they are above those of the untrained network.
      ``knn_lost``: how much below its highest value so far, that of the untrained network included, k-NN is.
    - ``std_z``: standard deviation of z/‖z‖ over that of isotropic z. ``std_z_plain``: that of z as it is, over the
      scale that the method asks for. ``rank_z``, ``rank_h``: effective ranks over those of the untrained network
      (with settled statistics of batch norm).
    - ``advantage``: share of the held-out error of a guess without learning (counting bytes, copying the last frame,
      the mean patch, the last feature; of CPC, chance) that the network does without.
    - ``entropy``: of a method with prototypes, the entropy of what the teacher says of a view over its highest value;
      ``prototypes``: how many of them are in use.
    - ``step``: the number of the step; for what is wrong by definition from the first one on.
    """

    figure: str
    below: float = -math.inf
    above: float = math.inf
    since: int = SETTLED


LINES: dict[Verdict, tuple[Line, ...]] = {
    "complete_collapse": (
        Line("std_z", below=0.2),
        Line("std_z_plain", below=0.1),
        Line("entropy", above=0.99),
        Line("prototypes", below=3),
    ),
    "dimensional_collapse": (Line("rank_h", below=0.25), Line("rank_z", below=0.12)),
    "shortcut": (Line("knn_gain", below=-0.03), Line("knn_lost", above=0.1)),
    "views_unrelated": (Line("knn_gain", below=0.05, since=100), Line("knn_lost", above=0.1)),
    "not_learning": (Line("knn_gain", below=0.05, since=100),),
    "learning_rate_high": (
        Line("knn_gain", below=-0.03),
        Line("knn_lost", above=0.1),
        Line("rank_h", below=0.25),
        Line("std_z", below=0.2),
        Line("advantage", below=0.02, since=75),
    ),
    "temperature_low": (Line("std_z", below=0.5),),
    "temperature_high": (Line("step", above=0),),
}
"""The lines of each word. The words of a provocation are right once one of all their lines is crossed."""
GAINED: tuple[Line, ...] = (
    Line("knn_gain", above=0.05),
    Line("probe_gain", above=0.05),
    Line("advantage", above=0.1),
)
"""A training that crosses one of these has learned. If nothing is wrong with it, "learning" is the right word then;
"not learning yet" or no word are right of one that has not."""


class Provocation(NamedTuple):
    """A training with one seed is one run. Without ``words``, or where none of their lines is crossed, it is healthy.

    Attributes:
        name: unique, and a file name.
        preset: whose settings it has, apart from :data:`SMALL` and ``settings``.
        words: those that are right where what is provoked comes true, the first by name.
        settings: from the first step on.
        turned: live settings that are changed after step :data:`TURNED_AFTER`.
        seen: whether the rules were made with the trainings of :data:`SEEN_SEEDS`.
    """

    name: str
    preset: str
    words: tuple[Verdict, ...] = ()
    settings: Values = {}
    turned: Values = {}
    seen: bool = True


SMALL: dict[str, Values] = {
    "shapes": {"samples": 3000, "probe_samples": 1000},
    "textures": {"textures": 3000, "probe_samples": 1000},
    "digits": {"probe_samples": 1000},
    "moving_digits": {"clips": 600, "probe_samples": 1000},
    "vowels": {"sequences": 600, "probe_samples": 1000},
    "python_docs": {"probe_samples": 200, "window": 64, "model_width": 64, "layers": 2},
}
"""Of each data set, the settings that let a training take some twenty seconds on two cores."""
BATCH: Values = {"simclr": 128, "vicreg": 128, "simsiam": 128}
"""Batch sizes of methods that learn as well from smaller batches than their presets have."""

COLLAPSE: tuple[Verdict, ...] = ("complete_collapse", "dimensional_collapse")
"""Of what is on its way from the one to the other, and has the same remedy."""
COMPLETE: tuple[Verdict, ...] = ("complete_collapse",)
UNIFORM: tuple[Verdict, ...] = ("complete_collapse", "views_unrelated")
UNLEARNED: tuple[Verdict, ...] = ("not_learning", "views_unrelated")
"""Of what learns nothing, whether z spreads meanwhile or not; the withheld figures are the same."""
NO_TARGET: Values = {"stop_gradient": False, "ema_momentum": 0.0}
HEAVY: Values = {"variance_weight": 100.0, "covariance_weight": 100.0}
STRONG: Values = {"noise": 0.5, "blur": 4.0, "crop": 0.95, "mixing": 1.0, "inversion": 0.5}
TEXTURES: Values = {"data": "textures"}
GREY: Values = {"data": "shapes", "inversion": 0.0, "mixing": 0.2, "grey": 0.6, "hue": 90.0}
"""Views of shapes under which a fresh network sees that two of them have something in common."""

HEALTHY = (
    Provocation("simclr", "shapes"),
    Provocation("moco", "moco"),
    Provocation("byol", "byol"),
    Provocation("simsiam", "simsiam"),
    Provocation("barlow", "barlow-twins", settings=GREY),
    Provocation("vicreg", "vicreg"),
    Provocation("lejepa", "lejepa"),
    Provocation("dino", "dino"),
    Provocation("ijepa", "ijepa"),
    Provocation("masked_patches", "shapes-masked"),
    Provocation("cpc", "vowels-cpc"),
    Provocation("next_token", "docs-next-token"),
    Provocation("masked_tokens", "docs-masked"),
    Provocation("next_frame", "moving-digits"),
    Provocation("features", "moving-digits-features"),
    Provocation("digits_temperature_1", "digits", settings={"temperature": 1.0}),
)
FROM_THE_START = (
    Provocation("byol_no_predictor", "byol", COLLAPSE, settings={"predictor": False}),
    Provocation("simsiam_no_stop_gradient", "simsiam", COLLAPSE, settings={"stop_gradient": False}),
    Provocation("vicreg_no_variance", "vicreg", COMPLETE, settings={"variance_weight": 0.0}),
    Provocation("vicreg_no_covariance", "vicreg", ("dimensional_collapse",), settings={"covariance_weight": 0.0}),
    Provocation("vicreg_both_100", "vicreg", UNLEARNED, settings=HEAVY),
    Provocation(
        "barlow_no_redundancy", "barlow-twins", ("dimensional_collapse",), settings={**GREY, "barlow_lambda": 0.0}
    ),
    Provocation("lejepa_lambda_high", "lejepa", ("views_unrelated",), settings={"lejepa_lambda": 0.2}),
    Provocation("lejepa_lambda_low", "lejepa", COMPLETE, settings={"lejepa_lambda": 1e-6}),
    Provocation("dino_no_centring", "dino", COLLAPSE, settings={"centring": False}),
    Provocation("dino_default_views", "dino", UNIFORM, settings={"data": "shapes"}),
    Provocation("moco_no_momentum", "moco", ("not_learning",), settings={"ema_momentum": 0.0}),
    Provocation("simclr_no_colour", "shapes", ("shortcut",), settings={"colour": 0.0}),
    Provocation("simclr_temperature_002", "shapes", ("temperature_low",), settings={"temperature": 0.02}),
    Provocation("simclr_temperature_2", "shapes", ("temperature_high",), settings={"temperature": 2.0}),
    Provocation("simclr_strong_views", "shapes", UNLEARNED, settings=STRONG),
    Provocation("cpc_rate_100", "vowels-cpc", ("learning_rate_high",), settings={"learning_rate": 0.3}),
    Provocation("next_token_rate_100", "docs-next-token", ("learning_rate_high",), settings={"learning_rate": 0.4}),
    Provocation(
        "textures_lejepa_lambda_high", "lejepa", ("views_unrelated",), settings={"lejepa_lambda": 0.2, **TEXTURES}
    ),
    Provocation("features_no_stop_gradient", "moving-digits-features", COLLAPSE, settings={"stop_gradient": False}),
)
TURNED = (
    Provocation("simclr_colour_off", "shapes", ("shortcut",), turned={"colour": 0.0}),
    Provocation("simclr_to_temperature_002", "shapes", ("temperature_low",), turned={"temperature": 0.02}),
    Provocation("simclr_to_temperature_2", "shapes", ("temperature_high",), turned={"temperature": 2.0}),
    Provocation("simclr_to_rate_100", "shapes", ("learning_rate_high",), turned={"learning_rate": 0.3}),
    Provocation("moco_to_rate_100", "moco", ("learning_rate_high",), turned={"learning_rate": 0.3}),
    Provocation("byol_predictor_off", "byol", COLLAPSE, turned={"predictor": False}),
    Provocation("byol_target_off", "byol", COLLAPSE, turned=NO_TARGET),
    Provocation("simsiam_stop_gradient_off", "simsiam", COLLAPSE, turned={"stop_gradient": False}),
    Provocation("vicreg_variance_off", "vicreg", COMPLETE, turned={"variance_weight": 0.0}),
    Provocation("vicreg_to_both_100", "vicreg", UNLEARNED, turned=HEAVY),
    Provocation(
        "barlow_redundancy_off", "barlow-twins", ("dimensional_collapse",), settings=GREY, turned={"barlow_lambda": 0.0}
    ),
    Provocation(
        "lejepa_to_lambda_high",
        "lejepa",
        ("views_unrelated",),
        turned={"lejepa_lambda": 0.2},
    ),
    Provocation("lejepa_to_lambda_low", "lejepa", COMPLETE, turned={"lejepa_lambda": 1e-6}),
    Provocation("dino_centring_off", "dino", COLLAPSE, turned={"centring": False}),
    Provocation("dino_teacher_hot", "dino", ("complete_collapse",), turned={"teacher_temperature": 0.2}),
    Provocation("features_stop_gradient_off", "moving-digits-features", COLLAPSE, turned={"stop_gradient": False}),
    Provocation("cpc_to_rate_100", "vowels-cpc", ("learning_rate_high",), turned={"learning_rate": 0.3}),
    Provocation("masked_tokens_to_rate_100", "docs-masked", ("learning_rate_high",), turned={"learning_rate": 0.4}),
    Provocation("next_frame_to_rate_100", "moving-digits", ("learning_rate_high",), turned={"learning_rate": 0.3}),
    Provocation("masked_patches_to_rate_100", "shapes-masked", ("learning_rate_high",), turned={"learning_rate": 0.15}),
    Provocation("ijepa_to_rate_100", "ijepa", ("learning_rate_high",), turned={"learning_rate": 0.15}),
    Provocation("textures_byol_predictor_off", "byol", COLLAPSE, settings=TEXTURES, turned={"predictor": False}),
    Provocation("simclr_no_views", "shapes", ("shortcut",), turned={"crop": 0.0, "flip": 0.0, "colour": 0.0}),
)
NEVER_SEEN = (
    Provocation("textures_simclr", "shapes", seen=False, settings=TEXTURES),
    Provocation("textures_vicreg", "vicreg", seen=False, settings=TEXTURES),
    Provocation("vicreg_wide", "vicreg", seen=False, settings={"head_dim": 256, "batch_size": 96}),
    Provocation("simclr_batch_64", "shapes", seen=False, settings={"batch_size": 64, "temperature": 0.15}),
    Provocation("vowels_same_sequence", "vowels-cpc-same-sequence", seen=False),
    Provocation(
        "textures_vicreg_variance_off",
        "vicreg",
        COMPLETE,
        seen=False,
        settings=TEXTURES,
        turned={"variance_weight": 0.0},
    ),
    Provocation("shapes_simsiam_off", "simsiam", COLLAPSE, seen=False, settings=GREY, turned={"stop_gradient": False}),
    Provocation(
        "textures_temperature_002",
        "shapes",
        ("temperature_low",),
        seen=False,
        settings=TEXTURES,
        turned={"temperature": 0.02},
    ),
    Provocation("byol_to_rate_100", "byol", ("learning_rate_high",), seen=False, turned={"learning_rate": 0.3}),
    Provocation(
        "video_cpc_rate_100",
        "moving-digits-cpc",
        ("learning_rate_high",),
        seen=False,
        settings={"learning_rate": 0.3, "batch_size": 32},
    ),
    Provocation(
        "features_rate_100",
        "moving-digits-features",
        ("learning_rate_high",),
        seen=False,
        settings={"learning_rate": 0.3},
    ),
    Provocation(
        "textures_barlow_no_redundancy",
        "barlow-twins",
        ("dimensional_collapse",),
        seen=False,
        settings={"barlow_lambda": 0.0, **TEXTURES},
    ),
    Provocation("digits_simclr", "digits", seen=False),
    Provocation("textures_moco", "moco", seen=False, settings=TEXTURES),
    Provocation("lejepa_lambda_05", "lejepa", ("views_unrelated",), seen=False, settings={"lejepa_lambda": 0.05}),
    Provocation(
        "textures_lejepa_lambda_low",
        "lejepa",
        COMPLETE,
        seen=False,
        settings=TEXTURES,
        turned={"lejepa_lambda": 1e-6},
    ),
    Provocation("moco_temperature_002", "moco", ("temperature_low",), seen=False, turned={"temperature": 0.02}),
    Provocation("shapes_dino_centring_off", "dino", COLLAPSE, seen=False, settings=GREY, turned={"centring": False}),
    Provocation(
        "barlow_to_rate_100",
        "barlow-twins",
        ("learning_rate_high",),
        seen=False,
        settings=GREY,
        turned={"learning_rate": 0.3},
    ),
)
PROVOCATIONS = {each.name: each for each in (*HEALTHY, *FROM_THE_START, *TURNED, *NEVER_SEEN)}
