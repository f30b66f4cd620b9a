"""Losses: reductions, targets, warnings and messages."""

import math
import warnings

import pytest

import apus as torch

from support import leaf, words

F = torch.nn.functional


def close(x, expected, tolerance=1e-6):
    return abs(float(x) - expected) <= tolerance * (1 + abs(expected))


def test_sizes_that_broadcast_are_warned_of():
    with pytest.warns(UserWarning, match=r"target size \(torch.Size\(\[2\]\)\) that is different"):
        F.mse_loss(torch.ones(2, 1), torch.ones(2))


def test_arguments_of_old():
    with pytest.warns(UserWarning, match="please use reduction='sum' instead"):
        assert F.l1_loss(leaf(1, 3), leaf(0, 0), size_average=False).item() == 4


def test_smooth_losses_meet_where_they_change():
    x = torch.tensor([0.5, 1.0, 3.0], dtype=torch.float64)
    zeros = torch.zeros(3, dtype=torch.float64)
    assert F.smooth_l1_loss(x, zeros, reduction="none").tolist() == [0.125, 0.5, 2.5]
    assert F.smooth_l1_loss(x, zeros, reduction="none", beta=0).tolist() == [0.5, 1, 3]
    assert F.huber_loss(x, zeros, reduction="none", delta=0.5).tolist() == [0.125, 0.375, 1.375]
    assert words(RuntimeError, lambda: F.huber_loss(x, zeros, delta=0)) == (
        "huber_loss does not support non-positive values for delta."
    )


def test_binary_cross_entropy_is_bounded():
    x = torch.tensor([0.0, 1.0], requires_grad=True)
    losses = F.binary_cross_entropy(x, torch.tensor([1.0, 0.0]), reduction="none")
    assert losses.tolist() == [100, 100]
    scores = torch.tensor([1e3, -1e3])
    assert F.binary_cross_entropy_with_logits(
        scores, torch.tensor([1.0, 0.0]), reduction="none"
    ).tolist() == [0, 0]
    assert words(
        RuntimeError, lambda: F.binary_cross_entropy(torch.tensor([2.0]), torch.tensor([1.0]))
    ) == "all elements of input should be between 0 and 1"


def test_divergence_of_what_never_happens():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        loss = F.kl_div(
            torch.tensor([-1.0, -2.0]), torch.tensor([0.0, 1.0]), reduction="batchmean")
    assert close(loss, 1.0)


def test_margins():
    x = torch.tensor([[0.1, 0.2, 0.4, 0.8]])
    assert close(F.multi_margin_loss(x, torch.tensor([3])), (0.3 + 0.4 + 0.6) / 4)
    assert close(F.multilabel_margin_loss(x, torch.tensor([[3, 0, -1, 1]])), 0.85)
    assert words(RuntimeError, lambda: F.multi_margin_loss(x, torch.tensor([4]))) == (
        "target out of range"
    )
    assert words(
        RuntimeError, lambda: F.multilabel_margin_loss(x, torch.tensor([[4, 0, -1, 1]]))
    ) == "argument #2 'target' is out of range"


def test_alignments():
    # One step, one label: its probability; two steps: label-label, blank-label, label-blank.
    p = math.log(0.25)
    x = torch.full((2, 1, 4), p)
    one = F.ctc_loss(x, torch.tensor([[1]]), (1,), (1,), reduction="sum")
    two = F.ctc_loss(x, torch.tensor([[1]]), (2,), (1,), reduction="sum")
    assert close(one, math.log(4)) and close(two, -math.log(3 / 16))
    # A repeated label needs a blank in between.
    assert F.ctc_loss(x, torch.tensor([[1, 1]]), (2,), (2,)).item() == math.inf
    leafs = x.clone().requires_grad_()
    F.ctc_loss(leafs, torch.tensor([[1, 1]]), (2,), (2,), zero_infinity=True).backward()
    assert leafs.grad.abs().sum().item() == 0


def test_alignments_out_of_range():
    x = torch.zeros(2, 1, 4)
    with pytest.raises(RuntimeError):
        F.ctc_loss(x, torch.tensor([[9]]), (2,), (1,))
    assert words(
        RuntimeError, lambda: F.ctc_loss(x, torch.tensor([[1]]), (2,), (1,), blank=4)
    ) == "blank must be in label range"
    assert words(
        RuntimeError, lambda: F.ctc_loss(x, torch.tensor([[1]]), (3,), (1,))
    ).startswith("Expected input_lengths to have value at most 2, but got value 3")


def test_margins_that_are_just_kept():
    x = leaf(0)
    (slope,) = torch.autograd.grad(F.margin_ranking_loss(x, torch.zeros(1), torch.ones(1)), x)
    assert slope.item() == 0
    found = F.hinge_embedding_loss(
        torch.tensor([3, 1, -2]), torch.tensor([1, -1, 1]), margin=2.5, reduction="none")
    assert found.dtype is torch.int64 and found.tolist() == [3, 1, -2]


def test_losses_of_complex_numbers():
    x, y = torch.tensor([[3 + 0j, 1 + 1j]]), torch.tensor([[1, -1]])
    assert F.triplet_margin_loss(x, x, x + 1, p=1).item() == 0
    assert abs(F.triplet_margin_loss(x, x, x, p=2).item() - 1) < 1e-6
    assert F.soft_margin_loss(x, y).is_complex()
    assert words(RuntimeError, lambda: F.kl_div(x, x, reduction="sum")) == (
        "kl_div: Complex inputs not supported.")
    assert words(NotImplementedError, lambda: F.multilabel_soft_margin_loss(y, y)) == (
        "\"log_sigmoid_cpu\" not implemented for 'Long'")
    assert words(NotImplementedError, lambda: F.hinge_embedding_loss(x, y)) == (
        "clamp is not supported for complex types")
