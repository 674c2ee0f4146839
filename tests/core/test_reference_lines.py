"""Reference lines read back from the records of this version and of earlier ones."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from sslviz.core.reference_lines import ROLES, ROLES_BY_LABEL, ReferenceLine, read_reference_line


@pytest.mark.parametrize("role", ROLES)
def test_a_line_is_read_back_as_it_was_written(role: Any) -> None:
    line = ReferenceLine(curve="loss", label="whatever it is called", value=1.5, help="Why.", role=role)
    assert read_reference_line(msgspec.to_builtins(line)) == line


@pytest.mark.parametrize(("label", "role"), [*ROLES_BY_LABEL.items(), ("copy last frame", "baseline")])
def test_a_record_of_version_0_1_0_has_the_role_of_its_label(label: str, role: str) -> None:
    line = read_reference_line({"curve": "knn", "label": label, "value": 0.5, "help": ""})
    assert line == ReferenceLine(curve="knn", label=label, value=0.5, role=role)  # type: ignore[arg-type]


def test_so_has_one_of_a_later_version_whose_role_is_unknown_here() -> None:
    record = {"curve": "loss", "label": "chance", "value": 2.0, "role": ["oracle"]}
    assert read_reference_line(record).role == "chance"


def test_so_has_one_written_before_the_role_was_renamed() -> None:
    record = {"curve": "loss", "label": "aligned and uniform", "value": 1.6, "role": "best"}
    assert read_reference_line(record).role == "aligned_uniform"


def test_a_label_decides_nothing_where_there_is_a_role() -> None:
    record = {"curve": "loss", "label": "chance", "value": 2.0, "role": "unrelated"}
    assert read_reference_line(record).role == "unrelated"


@pytest.mark.parametrize("record", [{}, {"curve": "loss", "label": "chance"}, {"curve": 1, "label": "a", "value": 1}])
def test_an_invalid_line_is_refused(record: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        read_reference_line(record)
