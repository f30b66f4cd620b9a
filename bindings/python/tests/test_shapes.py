"""Shapes, scattering, padding and embeddings, against NumPy and against sums worked out by hand."""

import numpy as np
import pytest

import apus as torch

F = torch.nn.functional


def leaf(*shape, seed=0):
    return torch.from_numpy(np.random.RandomState(seed).randn(*shape)).requires_grad_()


def same(tensor, expected):
    expected = np.asarray(expected)
    assert tuple(tensor.shape) == expected.shape
    np.testing.assert_allclose(tensor.detach().numpy(), expected, 1e-12)


# Views


@pytest.mark.parametrize(
    "change, view",
    [
        (lambda x: x.squeeze_(1), lambda x: x[:, 0]),
        (lambda x: x.unsqueeze_(0), lambda x: x[None]),
        (lambda x: x.transpose_(0, 2), lambda x: x.swapaxes(0, 2)),
        (lambda x: x.swapaxes_(0, 1), lambda x: x.swapaxes(0, 1)),
        (lambda x: x.swapdims_(0, 1), lambda x: x.swapaxes(0, 1)),
    ],
)
def test_sizes_change_in_place(change, view):
    x = leaf(3, 1, 2)
    changed = x.clone()
    before = changed.data_ptr()
    assert change(changed) is changed
    assert changed.data_ptr() == before
    same(changed, view(x.detach().numpy()))
    (gradient,) = torch.autograd.grad((changed * changed).sum(), x)
    same(gradient, 2 * x.detach().numpy())


def test_windows_share_memory():
    x = torch.arange(6.0).clone()
    windows = x.unfold(0, 3, 1)
    same(windows, np.lib.stride_tricks.sliding_window_view(np.arange(6.0), 3))
    windows[0, 2] = 9
    assert x[2] == 9 and windows[2, 0] == 9
    y = leaf(6)
    (gradient,) = torch.autograd.grad(y.unfold(0, 3, 1).sum(), y)
    same(gradient, [1, 2, 3, 3, 2, 1])


def test_bytes_as_another_dtype():
    x = torch.tensor([1.0, -2.0])
    assert x.view(torch.int32).tolist() == [0x3F800000, -0x40000000]
    assert x.view(torch.int16).shape == (4,)
    with pytest.raises(RuntimeError, match="must be divisible by 2 to view Float as Double"):
        torch.ones(3).view(torch.float64)


def test_directions():
    x = np.arange(24.0).reshape(2, 3, 4)
    t = torch.from_numpy(x)
    same(t.movedim((0, 1), (2, 0)), np.moveaxis(x, (0, 1), (2, 0)))
    same(t.roll((1, -2), (0, 2)), np.roll(x, (1, -2), (0, 2)))
    same(t.roll(5), np.roll(x, 5))
    for turns in range(-1, 5):
        same(t.rot90(turns, (0, 2)), np.rot90(x, turns, (0, 2)))
    same(t.tile((2, 1)), np.tile(x, (2, 1)))
    same(torch.kron(t[0], t[1]), np.kron(x[0], x[1]))
    for ours, theirs in zip(torch.tensor_split(t, (1, 5), 2), np.array_split(x, (1, 5), 2)):
        same(ours, theirs)
    for ours, theirs in zip(t.tensor_split(3, 2), np.array_split(x, 3, 2)):
        same(ours, theirs)


@pytest.mark.parametrize("name", ["hstack", "vstack", "dstack", "column_stack"])
@pytest.mark.parametrize("shape", [(3,), (2, 3), (2, 3, 2)])
def test_stacks(name, shape):
    x, y = leaf(*shape), leaf(*shape, seed=1)
    arrays = [x.detach().numpy(), y.detach().numpy()]
    same(getattr(torch, name)((x, y)), getattr(np, name)(arrays))


def test_grids():
    a, b = torch.arange(3.0), torch.arange(2.0)
    for indexing in ("ij", "xy"):
        grids = torch.meshgrid(a, b, indexing=indexing)
        for ours, theirs in zip(grids, np.meshgrid(a.numpy(), b.numpy(), indexing=indexing)):
            same(ours, theirs)
    same(torch.cartesian_prod(a, b), [[i, j] for i in range(3) for j in range(2)])
    same(torch.combinations(a, 2, True), [[0, 0], [0, 1], [0, 2], [1, 1], [1, 2], [2, 2]])
    assert torch.combinations(a, 4).shape == (0, 4)


# Scattering


def test_equal_extrema_share():
    x = torch.tensor([3.0, 0.0], requires_grad=True)
    source = torch.tensor([3.0, 3.0, -1.0], requires_grad=True)
    index = torch.tensor([0, 0, 1])
    result = x.scatter_reduce(0, index, source, "amax")
    assert result.tolist() == [3, 0]
    gradients = torch.autograd.grad(result.sum(), (x, source))
    same(gradients[0], np.float32([1 / 3, 1]))
    same(gradients[1], np.float32([1 / 3, 1 / 3, 0]))


def test_zeros_in_products():
    x = torch.tensor([2.0, 5.0], requires_grad=True)
    source = torch.tensor([0.0, 3.0, 0.0, 0.0], requires_grad=True)
    index = torch.tensor([0, 0, 1, 1])
    result = x.scatter_reduce(0, index, source, "prod")
    gradients = torch.autograd.grad(result.sum(), (x, source), create_graph=True)
    assert gradients[0].tolist() == [0, 0]
    assert gradients[1].tolist() == [6, 0, 0, 0]
    with pytest.raises(RuntimeError, match="when >1 zeros in src"):
        gradients[1].sum().backward()


def test_means_of_integers_are_rounded_down():
    x = torch.tensor([5, 3])
    index, source = torch.tensor([0, 0]), torch.tensor([-6, -7])
    assert x.scatter_reduce(0, index, source, "mean").tolist() == [-3, 3]
    assert x.scatter_reduce(0, index, source, "mean", include_self=False).tolist() == [-7, 3]


def test_what_is_wrong_is_said_before_anything_is_written():
    x = torch.ones(3)
    for reduce in ("sum", "amax"):
        with pytest.raises(RuntimeError, match="index 7 is out of bounds"):
            x.scatter_reduce_(0, torch.tensor([0, 7]), torch.zeros(2), reduce, include_self=False)
    with pytest.raises(IndexError):
        x.index_copy_(0, torch.tensor([0, 7]), torch.zeros(2))
    with pytest.raises(IndexError):
        x.put_(torch.tensor([0, 7]), torch.zeros(2))
    assert x.tolist() == [1, 1, 1] and x._version == 0


def test_numbers_written_through_one_index():
    x = leaf(3, 4)
    for key in (torch.tensor([0, 2]), [0, 0], x.detach() > 0, x.detach()[:, 0] > 0):
        own, expected = x.clone(), x.detach().numpy().copy()
        own[key] = 7
        expected[key.numpy() if isinstance(key, torch.Tensor) else key] = 7
        same(own, expected)
        (gradient,) = torch.autograd.grad(own.sum(), x)
        same(gradient, expected != 7)


def test_mask_and_source():
    x = torch.zeros(2, 3)
    mask = torch.tensor([True, False, True])
    source = torch.arange(1.0, 6.0).requires_grad_()
    result = x.masked_scatter(mask, source)
    assert result.tolist() == [[1, 0, 2], [3, 0, 4]]
    (gradient,) = torch.autograd.grad((result * result).sum(), source)
    assert gradient.tolist() == [2, 4, 6, 8, 0]


# Padding


@pytest.mark.parametrize("mode, numpy", [("reflect", "reflect"), ("replicate", "edge")])
@pytest.mark.parametrize("dims", [1, 2, 3])
def test_borders(mode, numpy, dims):
    x = leaf(2, 2, *(4, 3, 5)[-dims:])
    pad = [1, 2, 2, 1, 3, 0][: 2 * dims]
    widths = [(0, 0), (0, 0)] + [tuple(pad[2 * i : 2 * i + 2]) for i in reversed(range(dims))]
    result = F.pad(x, pad, mode)
    same(result, np.pad(x.detach().numpy(), widths, mode=numpy))
    (gradient,) = torch.autograd.grad(result.sum(), x)
    assert gradient.sum() == result.numel()


def test_circle():
    x = leaf(1, 2, 3, 4)
    result = F.pad(x, (4, 1, 2, 3), "circular")
    same(result, np.pad(x.detach().numpy(), [(0, 0), (0, 0), (2, 3), (4, 1)], mode="wrap"))
    assert result.grad_fn.name() == "torch::autograd::CopySlices"


def test_negative_padding():
    x = torch.arange(4.0)
    assert F.pad(x, (-1, 2), value=9).tolist() == [1, 2, 3, 9, 9]
    with pytest.raises(RuntimeError, match="length must be non-negative"):
        F.pad(x, (-5, 6))


# Rows


def test_rows_that_do_not_learn():
    weight = leaf(4, 2)
    index = torch.tensor([1, 1, 2, 3])
    for padding, expected in ((None, [0, 2, 1, 1]), (1, [0, 0, 1, 1]), (-1, [0, 2, 1, 0])):
        result = F.embedding(index, weight, padding_idx=padding)
        (gradient,) = torch.autograd.grad(result.sum(), weight)
        assert gradient[:, 0].tolist() == expected
    result = F.embedding(index, weight, scale_grad_by_freq=True)
    assert torch.autograd.grad(result.sum(), weight)[0][:, 0].tolist() == [0, 1, 1, 1]


def test_long_rows_are_shrunk():
    weight = torch.tensor([[3.0, 4.0], [0.3, 0.4]])
    F.embedding(torch.tensor([0, 1]), weight, max_norm=1.0)
    np.testing.assert_allclose(weight.numpy(), [[0.6, 0.8], [0.3, 0.4]], 1e-6)


def test_bags():
    weight = leaf(5, 3)
    table = weight.detach().numpy()
    index, offsets = torch.tensor([4, 0, 1, 1]), torch.tensor([0, 2, 2])
    bags = [table[[4, 0]], table[[]], table[[1, 1]]]
    for mode in ("sum", "mean", "max"):
        result = F.embedding_bag(index, weight, offsets, mode=mode)
        same(result, [getattr(bag, mode)(0) if len(bag) else [0.0] * 3 for bag in bags])
    factors = leaf(4)
    result = F.embedding_bag(index, weight, offsets, mode="sum", per_sample_weights=factors)
    (gradient,) = torch.autograd.grad(result.sum(), factors)
    same(gradient, table[[4, 0, 1, 1]].sum(1))
