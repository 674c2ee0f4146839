"""DINO: its loss, what student and teacher see, the centre, and the collapse without it."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from toys import build, settings_of, steps, toy, values_of

from sslviz.core.settings import Values
from sslviz.engine.training.catalogue import panel_data_of
from sslviz.learning.objectives.dino import DINO, cross_entropies, prototype_matrix

DATA = toy("image", 12).data


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def made(given: Values | None = None, seed: int = 0) -> DINO:
    objective = build("dino", given=given, seed=seed)
    assert isinstance(objective, DINO)
    return objective


# ----------------------------------------------------------------- the loss


def slow_loss(targets: list[list[list[float]]], log_predictions: list[list[list[float]]], sample: int) -> float:
    """Equation 3 by loops: the mean over all pairs of different views."""
    found = [
        -sum(p * q for p, q in zip(targets[teacher][sample], log_predictions[student][sample], strict=True))
        for teacher in range(len(targets))
        for student in range(len(log_predictions))
        if teacher != student
    ]
    return sum(found) / len(found)


@given(st.integers(0, 10**6), st.integers(1, 4), st.integers(2, 6), st.integers(0, 3))
def test_the_loss_equals_a_slow_one(seed: int, samples: int, number: int, crops: int) -> None:
    teacher = (3 * torch.randn((2, samples, number), generator=seeded(seed))).softmax(2)
    student = (3 * torch.randn((2 + crops, samples, number), generator=seeded(seed + 1))).log_softmax(2)
    expected = [slow_loss(teacher.tolist(), student.tolist(), sample) for sample in range(samples)]
    assert cross_entropies(teacher, student).tolist() == pytest.approx(expected, rel=1e-4, abs=1e-5)


def test_closed_forms() -> None:
    uniform, one = torch.full((2, 3, 8), 1 / 8), torch.zeros(2, 3, 8)
    one[:, :, 5] = 1
    assert cross_entropies(uniform, uniform.log()).tolist() == pytest.approx([math.log(8)] * 3)
    assert cross_entropies(one, one.clamp(min=1e-30).log()).tolist() == pytest.approx([0.0] * 3, abs=1e-6)
    same = torch.rand((1, 3, 8), generator=seeded()).softmax(2).expand(2, -1, -1)
    entropy = torch.special.entr(same[0]).sum(1)
    torch.testing.assert_close(cross_entropies(same, same.log()), entropy)


def test_the_loss_is_computed_in_float32_under_autocast() -> None:
    views = torch.randn((2, 5, 256), generator=seeded())
    targets, log_predictions = (3 * views).softmax(2), (9 * views).log_softmax(2)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found = cross_entropies(targets, log_predictions)
    torch.testing.assert_close(found, cross_entropies(targets, log_predictions), rtol=0, atol=0)


@pytest.mark.parametrize("crops", [0, 3])
def test_the_loss_equals_lightlys(crops: int) -> None:
    loss = pytest.importorskip("lightly.loss").DINOLoss(
        output_dim=32, teacher_temp=0.04, student_temp=0.1, warmup_teacher_temp_epochs=0
    )
    objective = made({"local_crops": crops}).eval()
    with torch.no_grad():
        objective.centre += 0.1 * torch.randn(32, generator=seeded(1))
        loss.center = objective.centre.detach()[None, None].clone()
        generator = seeded(5)
        output, local = objective.step(DATA, generator), objective.crops(DATA, seeded(7))
        views = output.kept["views"]
        seen = [*objective.student(views).chunk(2), *(objective.student(local).chunk(crops) if crops else ())]
        expected = loss([*objective.teacher(views).chunk(2)], seen)
        found = objective.compare(views, generator, local).loss
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-5)


def test_a_constant_on_all_of_the_teachers_outputs_changes_no_target() -> None:
    objective, outputs = made(), torch.rand((6, 32), generator=seeded())
    torch.testing.assert_close(objective.targets(outputs), objective.targets(outputs + 3.0), rtol=1e-4, atol=1e-5)


def test_targets_are_sharper_than_predictions_and_off_centre_without_centring() -> None:
    objective, outputs = made({"teacher_temperature": 0.5}), torch.rand((6, 32), generator=seeded())
    with torch.no_grad():
        objective.centre += torch.rand(32, generator=seeded(1))
    torch.testing.assert_close(objective.targets(outputs), ((outputs - objective.centre) / 0.5).softmax(1))
    objective.configure(values_of("dino", {"teacher_temperature": 0.5, "centring": False}))
    torch.testing.assert_close(objective.targets(outputs), (outputs / 0.5).softmax(1))


# ----------------------------------------------------------------- student, teacher, centre


def test_the_gradient_reaches_the_student_only() -> None:
    objective = made()
    objective.step(DATA, seeded()).loss.backward()
    for name, parameter in objective.named_parameters():
        assert (parameter.grad is None) == name.startswith(("teacher.", "centre")), name


def test_teacher_and_centre_follow_by_the_momenta_in_force() -> None:
    objective = made({"ema_momentum": 0.0, "centre_momentum": 0.75})
    output = steps(objective, "image", 1)[0]
    assert all(map(torch.equal, objective.teacher.parameters(), objective.student.parameters()))
    torch.testing.assert_close(objective.centre.detach(), output.kept["mean"] / 4)
    before = [parameter.clone() for parameter in objective.teacher.parameters()]
    objective.configure(values_of("dino", {"ema_momentum": 1.0, "centre_momentum": 0.0}))
    output = steps(objective, "image", 1)[0]
    assert all(map(torch.equal, before, objective.teacher.parameters()))
    torch.testing.assert_close(objective.centre.detach(), output.kept["mean"])


def test_local_crops_are_small_parts_that_do_not_change_the_views() -> None:
    objective = made({"local_crops": 3})
    crops = objective.crops(DATA, seeded())
    assert crops.shape == (36, 3, 16, 16)
    with_crops = objective.step(DATA, seeded()).kept["views"]
    assert list(objective.preview(DATA, seeded()))[3:] == ["local crop 1", "local crop 2", "local crop 3"]
    objective.configure(values_of("dino", {"local_crops": 0}))
    assert torch.equal(with_crops, objective.step(DATA, seeded()).kept["views"])
    assert list(objective.preview(DATA, seeded())) == ["original", "view a", "view b"]


@pytest.mark.parametrize(
    ("key", "value"),
    [("student_temperature", 0.5), ("teacher_temperature", 0.2), ("centring", False), ("local_crops", 0)],
)
def test_live_settings_act_on_the_next_step(key: str, value: float) -> None:
    objective = made()
    steps(objective, "image", 2)
    before = float(objective.step(DATA, seeded()).loss.detach())
    objective.configure(values_of("dino", {key: value}))
    assert float(objective.step(DATA, seeded()).loss.detach()) != pytest.approx(before, rel=1e-4)
    assert key in {setting.key for setting in settings_of("dino") if setting.live}
    assert DINO.loss_depends_on[key].endswith(".")


# ----------------------------------------------------------------- lines, terms and the matrix


def test_lines_are_those_of_a_teacher_that_says_nothing_and_of_one_prototype() -> None:
    lines = {(line.curve, line.role): line.value for line in made({"prototypes": 50}).reference_lines(32, {})}
    for curve in ("loss", "teacher_entropy"):
        assert (lines[curve, "chance"], lines[curve, "collapsed"]) == (pytest.approx(math.log(50)), 0)
    assert (lines["prototypes_used", "isotropic"], lines["prototypes_used", "collapsed"]) == (50, 1)


def test_terms_tell_how_sure_the_teacher_is_and_how_many_prototypes_it_uses() -> None:
    objective = made()
    sharp = objective.step(DATA, seeded()).terms
    objective.configure(values_of("dino", {"teacher_temperature": 1.0}))
    blunt = objective.step(DATA, seeded()).terms
    assert float(sharp["teacher_entropy"]) < float(blunt["teacher_entropy"]) < math.log(32)
    assert float(sharp["prototypes_used"]) < float(blunt["prototypes_used"]) <= 32


def test_the_matrix_tells_which_prototypes_agree_the_most_used_first() -> None:
    """Of three prototypes, the second is used twice as often as the third; the student is sure, and agrees."""
    targets = torch.eye(3)[torch.tensor([1, 2, 1, 1, 2, 1])]
    log_predictions = targets.clamp(min=1e-30).log()
    found = prototype_matrix(targets, log_predictions)
    torch.testing.assert_close(found.cells, torch.tensor([[1.0, 0, 0], [0, 1, 0], [0, 0, 0]]))
    assert (found.content, found.shift, found.limit) == ("prototypes", 0, 1)
    assert found.texts[:2] == ("prototype 2, 66.7 % of the views", "prototype 3, 33.3 % of the views")
    crossed = prototype_matrix(targets, log_predictions.roll(1, 0))
    torch.testing.assert_close(crossed.cells, torch.tensor([[0.5, 0.5, 0], [1, 0, 0], [0, 0, 0]]))
    many = torch.rand((8, 100), generator=seeded()).softmax(1)
    assert prototype_matrix(many, many.log()).cells.shape == (64, 64)


def test_it_gives_the_panels_of_two_views() -> None:
    assert panel_data_of(DINO) == ("Views", "Similarity", "Invariance", "Spectrum", "Patches")


def test_zero_and_huge_images_have_a_finite_loss() -> None:
    objective = made()
    for data in (torch.zeros_like(DATA), torch.full_like(DATA, 255)):
        assert bool(objective.step(data, seeded()).loss.isfinite())
    for z in (torch.zeros(4, 16), torch.full((4, 16), 1e30)):
        assert bool(objective.prototypes(z).isfinite().all())


@pytest.mark.parametrize("seed", [0, 1])
def test_without_centring_few_prototypes_take_all_and_the_loss_looks_better(seed: int) -> None:
    loss, used = {}, {}
    for on in (True, False):
        objective = made({"centring": on, "ema_momentum": 0.9, "local_crops": 0}, seed)
        last = steps(objective, "image", 70, batch=48)[-1]
        loss[on], used[on] = float(last.loss.detach()), float(last.terms["prototypes_used"])
    assert used[True] > 16
    assert used[False] < 4
    assert loss[False] < loss[True] - 1
