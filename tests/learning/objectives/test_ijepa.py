"""I-JEPA: its loss by loops, what its predictions depend on, and what is seen of targets that all become one."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor
from toys import build, settings_of, steps, toy, values_of

from sslviz.core.settings import SettingError, Value
from sslviz.engine.training.catalogue import panel_data_of
from sslviz.learning.networks.block_masks import BlockMask
from sslviz.learning.objectives.ijepa import IJEPA, Prediction
from sslviz.learning.outputs import StepOutput

DATA = toy("image", 8).data
MASK = BlockMask(
    torch.tensor([[0, 1, 8, 9, 18], [63, 62, 55, 54, 45]]).repeat(4, 1),
    torch.tensor([[[28, 29, 36, 37], [60, 61, 52, 53]], [[2, 3, 10, 11], [28, 29, 36, 37]]]).repeat(4, 1, 1),
)


def made(**given: Value) -> IJEPA:
    objective = build("ijepa", given=given)
    assert isinstance(objective, IJEPA)
    return objective


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def prediction(predicted: Tensor, actual: Tensor, usual: Tensor, spread: float = 1.0) -> Prediction:
    return Prediction(predicted, actual, usual, torch.zeros(actual.shape[-1]), torch.tensor(spread))


# ----------------------------------------------------------------- the loss


def test_the_loss_is_that_of_loops() -> None:
    predicted, actual = torch.randn((2, 3, 2, 3, 5), generator=seeded())
    found = prediction(predicted, actual, torch.zeros_like(actual)).losses()
    for image in range(3):
        total = 0.0
        for block in range(2):
            for patch in range(3):
                pairs = zip(predicted[image, block, patch].tolist(), actual[image, block, patch].tolist(), strict=True)
                total += sum((s - t) ** 2 for s, t in pairs)
        assert float(found[image]) == pytest.approx(total / (2 * 3 * 5), rel=1e-5)


def test_the_loss_of_predicting_zero_and_of_predicting_all() -> None:
    found = made().predict(DATA, MASK)
    zero = prediction(torch.zeros_like(found.actual), found.actual, found.usual)
    assert zero.losses().tolist() == pytest.approx([1.0] * 8, rel=1e-3)
    perfect = prediction(found.actual, found.actual, found.usual)
    assert perfect.losses().tolist() == [0.0] * 8
    lines = {(line.curve, line.role): line.value for line in made().reference_lines(64, {})}
    assert (lines["loss", "unrelated"], lines["loss", "best"]) == (1.0, 0.0)


def test_r2_is_of_what_the_place_does_not_tell() -> None:
    usual = 5 * torch.randn((1, 2, 3, 8), generator=seeded()).expand(400, -1, -1, -1)
    beyond = 0.5 * torch.randn(usual.shape, generator=seeded(1))
    actual = usual + beyond
    for share, r2 in ((0.0, 0.0), (0.5, 0.75), (1.0, 1.0), (9.0, -1.0)):
        found = prediction(usual + share * beyond, actual, usual, 0.5)
        assert float(found.r2()) == pytest.approx(r2, abs=0.02)


def test_usual_features_are_those_of_the_batch_at_each_place() -> None:
    objective = made()
    with torch.no_grad():
        found = objective.predict(DATA, MASK)
        tokens = objective.momentum_target(DATA.float() / 255)
    features = torch.stack(
        [(token - token.mean()) / (token.var(correction=0) + 1e-5).sqrt() for token in tokens.flatten(0, 1)]
    )
    features = features.view(8, 64, -1)
    spread = 0.0
    for image in range(8):
        for block in range(2):
            for at, number in enumerate(MASK.targets[image, block].tolist()):
                torch.testing.assert_close(
                    found.actual[image, block, at], features[image, number], rtol=1e-3, atol=1e-4
                )
                usual = features[:, number].mean(0)
                torch.testing.assert_close(found.usual[image, block, at], usual, rtol=1e-3, atol=1e-4)
        spread += sum(
            float((features[image, number] - features[:, number].mean(0)).square().mean()) for number in range(64)
        )
    assert float(found.spread) == pytest.approx(math.sqrt(spread / (8 * 64)), rel=1e-3)
    torch.testing.assert_close(found.centre, features.mean((0, 1)), rtol=1e-3, atol=1e-4)


def test_images_that_are_all_the_same_or_black_are_finite() -> None:
    for data in (DATA[:1].expand(8, -1, -1, -1), torch.zeros_like(DATA), torch.full_like(DATA, 255)):
        objective = made()
        output = objective.step(data, seeded())
        output.loss.backward()
        assert all(math.isfinite(float(value.detach())) for value in (output.loss, *output.terms.values()))
        assert float(output.terms["target_std"]) == pytest.approx(0, abs=1e-5)
        assert float(output.terms["patch_r2"]) == -1
        assert all(p.grad is None or bool(p.grad.isfinite().all()) for p in objective.parameters())


# ----------------------------------------------------------------- what predictions and targets depend on


@torch.no_grad()
def test_predictions_depend_on_the_context_alone_and_targets_on_the_whole_image() -> None:
    objective = made().eval()
    found = objective.predict(DATA, MASK)
    shown = objective.matrix(objective.step(DATA, seeded(3)), DATA, 0).rows
    context = objective.mask(DATA, seeded(3))
    assert shown is not None
    cut = objective.predict((shown * 255).byte(), context)
    whole = objective.predict(DATA, context)
    torch.testing.assert_close(cut.predicted, whole.predicted, rtol=1e-3, atol=1e-4)
    assert not torch.allclose(cut.actual, whole.actual, atol=0.05)
    changed = DATA.clone()
    changed[:, :, :4, :4] = 255 - changed[:, :, :4, :4]  # a patch that the first contexts have and the second have not
    again = objective.predict(changed, MASK)
    assert not torch.allclose(again.predicted[0], found.predicted[0], atol=1e-3)
    torch.testing.assert_close(again.predicted[1], found.predicted[1], rtol=1e-4, atol=1e-5)


@torch.no_grad()
def test_a_block_is_predicted_by_itself_and_the_order_of_patches_does_not_matter() -> None:
    objective = made().eval()
    found = objective.predict(DATA, MASK).predicted
    alone = objective.predict(DATA, BlockMask(MASK.context, MASK.targets[:, 1:])).predicted
    torch.testing.assert_close(alone, found[:, 1:], rtol=1e-4, atol=1e-5)
    turned = objective.predict(DATA, BlockMask(MASK.context.flip(1), MASK.targets.flip(2))).predicted
    torch.testing.assert_close(turned.flip(2), found, rtol=1e-3, atol=1e-4)


def test_the_gradient_reaches_encoder_and_predictor_and_not_the_target() -> None:
    objective = made()
    objective.step(DATA, seeded()).loss.backward()
    for part in (objective.encoder, objective.predictor):
        assert all(p.grad is not None and float(p.grad.abs().sum()) > 0 for p in part.parameters())
    assert all(p.grad is None and not p.requires_grad for p in objective.momentum_target.parameters())


def test_the_target_follows_the_encoder_and_stands_still_at_the_end_of_its_rise() -> None:
    objective = made(ema_momentum=0.75, ema_rise_steps=2)
    before = objective.momentum_target.embedding.bias.clone()
    with torch.no_grad():
        objective.encoder.embedding.bias += 1
    for step, share in ((1, 0.125), (2, 0.0)):
        objective.begin_step(step)
        objective.after_optimizer_step(StepOutput(torch.zeros(())))
        expected = before + share * (objective.encoder.embedding.bias - before)
        torch.testing.assert_close(objective.momentum_target.embedding.bias, expected.detach())
        before = objective.momentum_target.embedding.bias.clone()


# ----------------------------------------------------------------- settings, and what is seen


def test_live_settings_act_on_the_next_step_and_losses_say_so() -> None:
    objective = made()
    live = {setting.key for setting in settings_of("ijepa") if setting.live}
    assert live == {"target_blocks", "target_share", "context_share", "ema_momentum"}
    assert all(objective.loss_depends_on[key].endswith(".") for key in live)
    first = objective.mask(DATA, seeded())
    objective.configure(values_of("ijepa", {"target_blocks": 2, "target_share": 0.4, "context_share": 0.3}))
    second = objective.mask(DATA, seeded())
    assert (first.targets.shape[1], second.targets.shape[1]) == (4, 2)
    assert second.targets.shape[2] > 1.5 * first.targets.shape[2]
    assert objective.step(DATA, seeded()).kept["block"].shape == second.targets[:, 0].shape


def test_patches_that_do_not_divide_and_heads_that_do_not_share_are_refused() -> None:
    for given, key in (({"patch": 5}, "patch"), ({"patch": 32}, "patch"), ({"heads": 3}, "heads")):
        with pytest.raises(SettingError) as refused:
            made(**given)  # type: ignore[arg-type]
        assert refused.value.key == key


def test_its_panels_are_those_of_pairs_and_a_matrix() -> None:
    assert panel_data_of(IJEPA) == ("Views", "Similarity", "Spectrum", "Patches")


@torch.no_grad()
def test_matrix_pairs_and_preview_are_of_the_same_blocks() -> None:
    objective = made().eval()
    matrix = objective.matrix(objective.step(DATA, seeded(5)), DATA, 0)
    pairs, rows = objective.pairs(DATA, seeded(5)), objective.preview(DATA, seeded(5))
    centre = objective.predict(DATA, MASK).centre
    a, b = (torch.nn.functional.normalize(z - centre, dim=1) for z in (pairs.z_a, pairs.z_b))
    torch.testing.assert_close(matrix.cells, a @ b.T, rtol=1e-3, atol=1e-4)
    assert (matrix.content, matrix.shift, matrix.limit) == ("predictions", 0, 1.0)
    assert list(rows) == ["original", "context", "targets"]
    assert torch.equal(rows["context"], matrix.rows)
    assert torch.equal(rows["context"], pairs.images_a)
    assert torch.equal(matrix.columns, pairs.images_b)
    grey = {name: (images == 0.5).all(1) for name, images in rows.items() if name != "original"}
    assert bool((grey["context"] | grey["targets"]).all()), "no patch is in both"
    first = (matrix.columns != 0.5).any(1)
    assert bool((first <= ~grey["targets"]).all())
    original = DATA.float() / 255
    for name, hidden in grey.items():
        where = ~hidden[:, None].expand_as(original)
        torch.testing.assert_close(rows[name][where], original[where])


def test_h_is_the_mean_of_the_encoders_tokens() -> None:
    objective = made()
    steps(objective, "image", 2)
    with torch.no_grad():
        h = objective.eval().encode(DATA, torch.zeros((8, 1), dtype=torch.int64))
        torch.testing.assert_close(h, objective.encoder(DATA.float() / 255).mean(1))
        torch.testing.assert_close(h, objective.patches(DATA).tokens.mean((1, 2)), rtol=1e-4, atol=1e-5)


def test_it_learns_what_the_place_does_not_tell() -> None:
    found = [float(output.terms["patch_r2"]) for output in steps(made(patch=8, layers=1), "image", 60)]
    assert sum(found[-10:]) / 10 > 0.3
