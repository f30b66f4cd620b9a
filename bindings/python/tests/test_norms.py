"""Normalisation and attention."""

import pytest

import apus as torch

from support import words

F = torch.nn.functional


def near(x, y, tolerance=1e-5):
    return (x - y).abs().max().item() <= tolerance


def test_running_statistics_move_in_place():
    x = torch.randn(4, 3, 5)
    mean, variance = torch.zeros(3), torch.ones(3)
    version = mean._version
    F.batch_norm(x, mean, variance, training=True, momentum=0.25)
    assert mean._version > version
    assert near(mean, 0.25 * x.mean(dim=[0, 2]))
    assert near(variance, 0.75 + 0.25 * x.var(dim=[0, 2]))
    y = F.batch_norm(x, mean, variance)
    assert near(y, (x - mean.view(1, 3, 1)) / (variance.view(1, 3, 1) + 1e-5).sqrt())


def test_groups_are_between_layers_and_instances():
    x = torch.randn(2, 4, 6)
    assert near(F.group_norm(x, 1), F.layer_norm(x, (4, 6)))
    assert near(F.group_norm(x, 4), F.instance_norm(x))
    assert near(F.rms_norm(x, (6,)), x / (x * x).mean(dim=-1, keepdim=True).sqrt())


@pytest.mark.parametrize("shape", [(300, 5), (3, 5, 2), (3, 5, 40), (2, 5, 3, 7)])
def test_gradients_of_channels(shape):
    x = torch.randn(*shape).double().requires_grad_()
    weight, g = torch.randn(5).double(), torch.randn(*shape).double()
    dims = [0] + list(range(2, len(shape)))
    sizes = [1, 5] + [1] * (len(shape) - 2)
    centered = x - x.mean(dim=dims, keepdim=True)
    plain = centered / ((centered * centered).mean(dim=dims, keepdim=True) + 1e-5).sqrt()
    expected, = torch.autograd.grad(plain * weight.view(sizes), x, g)
    found, = torch.autograd.grad(F.batch_norm(x, None, None, weight, None, True), x, g)
    assert near(found, expected, 1e-9)


def plain_attention(q, k, v, mask=None, causal=False):
    scores = q @ k.transpose(-2, -1) / q.shape[-1] ** 0.5
    if causal:
        hidden = torch.ones(q.shape[-2], k.shape[-2]).tril() == 0
        scores = scores.masked_fill(hidden, float("-inf"))
    if mask is not None:
        scores = scores + mask
    return scores.softmax(-1) @ v


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("sizes", [(5, 7), (130, 600), (300, 260)])
def test_blocks_of_attention(sizes, causal):
    length, source = sizes
    leaves = [
        torch.randn(1, 2, n, 8).double().requires_grad_() for n in (length, source, source)
    ]
    g = torch.randn(1, 2, length, 8).double()
    found = F.scaled_dot_product_attention(*leaves, is_causal=causal)
    expected = plain_attention(*leaves, causal=causal)
    assert near(found, expected, 1e-10)
    for a, b in zip(torch.autograd.grad(found, leaves, g), torch.autograd.grad(expected, leaves, g)):
        assert near(a, b, 1e-9)


def test_masks_of_attention():
    q, k, v = (torch.randn(2, 3, n, 8).double() for n in (140, 520, 520))
    mask = torch.randn(140, 520).double()
    assert near(F.scaled_dot_product_attention(q, k, v, mask), plain_attention(q, k, v, mask), 1e-10)
    nothing = torch.zeros(140, 520) > 0
    assert F.scaled_dot_product_attention(q, k, v, nothing).abs().max().item() == 0
    assert words(
        RuntimeError, lambda: F.scaled_dot_product_attention(q, k, v, nothing, is_causal=True)
    ) == "_scaled_dot_product_attention: Explicit attn_mask should not be set when is_causal=True"


def test_shared_heads():
    q, k, v = torch.randn(1, 6, 9, 4), torch.randn(1, 2, 9, 4), torch.randn(1, 2, 9, 4)
    shared = F.scaled_dot_product_attention(q, k, v, enable_gqa=True)
    for head in range(6):
        own = F.scaled_dot_product_attention(
            q[:, head], k[:, head // 3], v[:, head // 3])
        assert near(shared[:, head], own)


def test_root_mean_square_of_complex_numbers():
    x = torch.tensor([[1 + 1j, 2.0]], dtype=torch.complex128)
    found = torch.nn.functional.rms_norm(x, (2,), eps=0.5)
    expected = x / torch.tensor(2.5 + 1j, dtype=torch.complex128).sqrt()
    assert torch.allclose(found, expected)


@pytest.mark.parametrize("function", [torch.norm, torch.linalg.norm, torch.linalg.vector_norm])
def test_a_number_of_elements_has_no_gradient(function):
    x = torch.tensor([1.0, 0.0, 2.0], requires_grad=True)
    y = function(x, 0)
    assert y.item() == 2 and y.requires_grad
    assert torch.autograd.grad(y, x, allow_unused=True) == (None,)
