"""Reference lines: values that a curve is compared with, such as the loss of a network that guesses.

The role of a line says what its value means. Code that needs a certain line, such as the diagnosis of a run, finds the
line by its role.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, get_args

import msgspec

ReferenceRole = Literal[
    "chance",
    "aligned_uniform",
    "best",
    "unrelated",
    "raw_input",
    "untrained",
    "pretrained",
    "isotropic",
    "low_rank",
    "collapsed",
    "baseline",
]
"""What the value of a reference line means.

* ``chance``: the value for a network that cannot tell samples apart.
* ``aligned_uniform``: the value where positive pairs coincide and all other embeddings are spread evenly on the unit
  sphere, or with independent dimensions.
* ``best``: the lowest value of the loss; a collapsed network may have it too.
* ``unrelated``: the value where two embeddings, or a prediction and its target, are independent of each other.
* ``raw_input``: the figure of the curve, computed from the raw inputs instead of embeddings.
* ``untrained``: the figure of the curve, computed from the network before its first optimiser step.
* ``pretrained``: the figure of the curve, computed from a network that was trained on other data.
* ``isotropic``: the value for embeddings spread evenly on the unit sphere, or with independent dimensions.
* ``low_rank``: the value for embeddings of which most dimensions depend on the others.
* ``collapsed``: the value for embeddings that are all equal.
* ``baseline``: the value that some other method without learning reaches, for example copying the last frame.
"""
ROLES: tuple[ReferenceRole, ...] = get_args(ReferenceRole)


class ReferenceLine(msgspec.Struct, frozen=True, kw_only=True):
    """A value that a curve is compared with.

    ``curve`` is the key of the figure that the curve shows, ``label`` the text beside the line, and ``help`` a sentence
    that explains the value. ``role`` says what the value means, see :data:`ReferenceRole`.
    """

    curve: str
    label: str
    value: float
    help: str = ""
    role: ReferenceRole = "baseline"


def reference_line(curve: str, role: ReferenceRole, value: float, text: str, label: str = "") -> ReferenceLine:
    """Return a line whose label is its role in words, unless a ``label`` is given; ``text`` explains the value."""
    return ReferenceLine(curve=curve, label=label or role.replace("_", " "), value=value, help=text, role=role)


ROLES_BY_LABEL: dict[str, ReferenceRole] = {
    "chance": "chance",
    "aligned and uniform": "aligned_uniform",
    "unrelated": "unrelated",
    "raw input": "raw_input",
    "untrained": "untrained",
    "isotropic": "isotropic",
    "uniform": "isotropic",
    "collapsed": "collapsed",
}
"""Roles of the labels that earlier versions wrote into events.jsonl without roles; all other labels were baselines."""


def read_reference_line(record: Mapping[str, Any]) -> ReferenceLine:
    """Return the reference line that ``record`` describes: one item of the list "lines" in a record of events.jsonl.

    If the item has no role, or an unknown role, the role is derived from the line's label, by :data:`ROLES_BY_LABEL`;
    a line with any other label is a "baseline". So it is for the role "best" of a line with the label "aligned and
    uniform", which had this role before the roles were told apart. No other function derives a role from a label.

    Raises:
        msgspec.ValidationError: the item is no reference line.
    """
    role, label = record.get("role"), str(record.get("label"))
    told = role in ROLES and (role, label) != ("best", "aligned and uniform")
    known = role if told else ROLES_BY_LABEL.get(label, "baseline")
    return msgspec.convert({**record, "role": known}, ReferenceLine)
