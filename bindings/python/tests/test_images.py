"""Images in other sizes and at the points of a grid."""

import warnings

import pytest

import apus as torch
from support import words

F = torch.nn.functional


def numbers(*shape, dtype=torch.float64):
    count = 1
    for size in shape:
        count *= size
    return ((torch.arange(count, dtype=torch.float64) * 0.7371) % 1.0 * 3 - 1).reshape(shape).to(dtype)


def row(*values):
    return torch.tensor([[values]], dtype=torch.float64)


def test_nearest():
    x = row(0.0, 1.0, 2.0, 3.0)
    assert F.interpolate(x, 8).tolist() == [[[0, 0, 1, 1, 2, 2, 3, 3]]]
    assert F.interpolate(x, 3).tolist() == [[[0, 1, 2]]]
    assert F.interpolate(x, 3, mode="nearest-exact").tolist() == [[[0, 2, 3]]]
    assert F.interpolate(x, scale_factor=1.5).tolist() == [[[0, 0, 1, 2, 2, 3]]]


def test_linear():
    x = row(0.0, 1.0, 2.0, 3.0)
    half = F.interpolate(x, 8, mode="linear").tolist()[0][0]
    assert half == pytest.approx([0, 0.25, 0.75, 1.25, 1.75, 2.25, 2.75, 3])
    aligned = F.interpolate(x, 7, mode="linear", align_corners=True).tolist()[0][0]
    assert aligned == pytest.approx([0, 0.5, 1, 1.5, 2, 2.5, 3])
    assert torch.equal(F.interpolate(x, 4, mode="linear"), x)


def test_a_factor_is_kept_or_follows_from_the_sizes():
    x = row(*range(5))
    kept = F.interpolate(x, scale_factor=1.5, mode="linear")
    followed = F.interpolate(x, scale_factor=1.5, mode="linear", recompute_scale_factor=True)
    assert kept.shape == followed.shape == (1, 1, 7)
    assert torch.equal(followed, F.interpolate(x, 7, mode="linear"))
    assert not torch.equal(kept, followed)


@pytest.mark.parametrize("mode", ["bilinear", "bicubic", "lanczos"])
def test_smooth_shrinking_keeps_what_is_constant(mode):
    x = torch.full((1, 2, 9, 12), 2.5, dtype=torch.float64)
    y = F.interpolate(x, (3, 5), mode=mode, antialias=True)
    assert torch.allclose(y, torch.full((1, 2, 3, 5), 2.5, dtype=torch.float64))


CALLS = [
    ("nearest", (2, 3), {}), ("nearest-exact", (2, 3, 4), {}), ("nearest", (1, 2, 2, 3), {}),
    ("linear", (2, 4), {"align_corners": True}), ("linear", (2, 4), {}),
    ("bilinear", (2, 3, 4), {}), ("bilinear", (2, 3, 4), {"align_corners": True}),
    ("bicubic", (1, 4, 3), {}), ("bicubic", (1, 4, 3), {"align_corners": True}),
    ("trilinear", (1, 2, 3, 2), {}), ("bilinear", (1, 4, 5), {"antialias": True}),
    ("bicubic", (1, 4, 5), {"antialias": True}), ("lanczos", (1, 4, 5), {"antialias": True}),
]


@pytest.mark.parametrize("mode, shape, arguments", CALLS)
@pytest.mark.parametrize("factor", [1.7, 0.6])
def test_gradients(mode, shape, arguments, factor):
    x = numbers(1, *shape).requires_grad_()
    call = lambda x: F.interpolate(x, scale_factor=factor, mode=mode, **arguments)
    assert torch.autograd.gradcheck(call, (x,), check_forward_ad=True, check_batched_grad=True)
    assert torch.autograd.gradgradcheck(call, (x,))
    batch = numbers(3, 1, *shape)
    assert torch.allclose(torch.vmap(call)(batch), torch.stack([call(t) for t in batch]))


@pytest.mark.parametrize("dtype, mode", [
    (torch.float32, "bilinear"), (torch.float16, "bilinear"), (torch.bfloat16, "bicubic"),
    (torch.uint8, "nearest"), (torch.uint8, "bilinear"),
])
def test_dtypes(dtype, mode):
    x = (numbers(1, 2, 4, 5) * 40 + 60).to(dtype)
    y = F.interpolate(x, (3, 7), mode=mode)
    exact = F.interpolate(x.double(), (3, 7), mode=mode)
    assert y.dtype == dtype
    allowed = 1 if dtype == torch.uint8 else 2.0 if dtype == torch.bfloat16 else 0.1
    assert (y.double() - exact).abs().max().item() <= allowed


def test_channels_stay_last():
    x = numbers(2, 3, 4, 5).permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2)
    y = F.interpolate(x, (6, 7), mode="bilinear")
    assert y.stride() == (126, 1, 21, 3)
    assert torch.equal(y, F.interpolate(x.contiguous(), (6, 7), mode="bilinear"))


MODES = [
    (mode, padding, aligned) for mode in ("bilinear", "nearest", "bicubic")
    for padding in ("zeros", "border", "reflection") for aligned in (False, True)
]


@pytest.mark.parametrize("mode, padding, aligned", MODES)
def test_gradients_of_lookups(mode, padding, aligned):
    x = numbers(2, 2, 3, 4).requires_grad_()
    # Away from the places where the slope changes.
    grid = (numbers(2, 2, 3, 2) * 0.71 + 0.013).requires_grad_()
    call = lambda x, grid: F.grid_sample(x, grid, mode, padding, aligned)
    assert torch.autograd.gradcheck(call, (x, grid), check_forward_ad=True)
    assert torch.autograd.gradgradcheck(call, (x, grid))
    volume = numbers(1, 1, 2, 3, 4).requires_grad_()
    points = (numbers(1, 2, 1, 2, 3) * 0.71 + 0.013).requires_grad_()
    assert torch.autograd.gradcheck(call, (volume, points), check_forward_ad=True)


def test_lookups_of_many_examples():
    x, grid = numbers(3, 2, 2, 3, 4), numbers(3, 2, 2, 3, 2)
    call = lambda x, grid: F.grid_sample(x, grid, align_corners=False)
    one_by_one = torch.stack([call(a, b) for a, b in zip(x, grid)])
    assert torch.allclose(torch.vmap(call)(x, grid), one_by_one)
    shared = torch.stack([call(a, grid[0]) for a in x])
    assert torch.allclose(torch.vmap(call, in_dims=(0, None))(x, grid[0]), shared)


def test_the_identity_finds_every_pixel():
    x = numbers(2, 3, 4, 5)
    theta = torch.tensor([[1.0, 0, 0], [0, 1, 0]], dtype=torch.float64).expand(2, 2, 3)
    for aligned in (False, True):
        grid = F.affine_grid(theta, x.shape, align_corners=aligned)
        assert torch.allclose(F.grid_sample(x, grid, align_corners=aligned), x)


def test_gradients_of_affine_grids():
    theta = numbers(2, 2, 3).requires_grad_()
    call = lambda theta: F.affine_grid(theta, (2, 1, 3, 2), align_corners=False)
    assert torch.autograd.gradcheck(call, (theta,), check_forward_ad=True)
    solid = numbers(1, 3, 4).requires_grad_()
    call = lambda theta: F.affine_grid(theta, (1, 1, 2, 3, 2), align_corners=True)
    assert torch.autograd.gradcheck(call, (solid,), check_forward_ad=True)


def test_far_away_and_nowhere():
    x = numbers(1, 1, 3, 4)
    grid = torch.tensor([float("nan"), 0, float("inf"), 0, 1e30, 0.2, -1e30, 1], dtype=torch.float64)
    grid = grid.reshape(1, 1, 4, 2)
    values = F.grid_sample(x, grid, align_corners=False).reshape(-1)
    assert values.isnan().tolist() == [True, True, False, False]
    assert values[2:].tolist() == [0, 0]
    values = F.grid_sample(x, grid, padding_mode="border", align_corners=False)
    assert values.isfinite().all()


@pytest.mark.parametrize("call, node", [
    (lambda x: F.interpolate(x[0], 3), "UpsampleNearest1D"),
    (lambda x: F.interpolate(x, 3, mode="nearest-exact"), "UpsampleNearestExact2D"),
    (lambda x: F.interpolate(x[0], 3, mode="linear"), "UpsampleLinear1D"),
    (lambda x: F.interpolate(x, 3, mode="bilinear"), "UpsampleBilinear2D"),
    (lambda x: F.interpolate(x, 3, mode="bicubic"), "UpsampleBicubic2D"),
    (lambda x: F.interpolate(x[None], 3, mode="trilinear"), "UpsampleTrilinear3D"),
    (lambda x: F.interpolate(x, 3, mode="bilinear", antialias=True), "UpsampleBilinear2DAa"),
    (lambda x: F.grid_sample(x, x[..., :2], align_corners=False), "GridSampler2D"),
    (lambda x: F.affine_grid(x[:1, 0, :2, :3], (1, 1, 2, 2), False), "AffineGridGenerator"),
])
def test_nodes(call, node):
    x = numbers(3, 2, 4, 5)[:, :, :, :].requires_grad_()
    if node == "AffineGridGenerator":
        x = numbers(1, 1, 2, 3).requires_grad_()
        assert type(F.affine_grid(x[0], (1, 1, 2, 2), False).grad_fn).__name__ == node + "Backward0"
    else:
        assert type(call(x).grad_fn).__name__ == node + "Backward0"


@pytest.mark.parametrize("kind, call, expected", [
    (ValueError, lambda x: F.interpolate(x), "either size or scale_factor should be defined"),
    (ValueError, lambda x: F.interpolate(x, 3, 2), "only one of size or scale_factor"),
    (ValueError, lambda x: F.interpolate(x, (3,)), "same number of spatial dimensions"),
    (ValueError, lambda x: F.interpolate(x, 3, align_corners=True), "align_corners option can only"),
    (ValueError, lambda x: F.interpolate(x, 3, antialias=True), "Anti-alias option is restricted"),
    (ValueError, lambda x: F.interpolate(x, 3, mode="lanczos"), "Lanczos mode requires antialias"),
    (NotImplementedError, lambda x: F.interpolate(x, 3, mode="linear"), "linear mode needs 3D input"),
    (NotImplementedError, lambda x: F.interpolate(x, 3, mode="foo"), "(got foo)"),
    (RuntimeError, lambda x: F.interpolate(x, 0), "Input and output sizes should be greater than 0"),
    (RuntimeError, lambda x: F.interpolate(x[:, :0], 3), "Non-empty 4D data tensor expected"),
    (NotImplementedError, lambda x: F.interpolate(x.long(), 3), "not implemented for 'Long'"),
    (ValueError, lambda x: F.grid_sample(x, x, "foo"), "'bilinear', 'nearest' or 'bicubic'"),
    (RuntimeError, lambda x: F.grid_sample(x, x, align_corners=False), "to have size 2 in last"),
    (RuntimeError, lambda x: F.grid_sample(x, x[:1, ..., :2], align_corners=False), "batch size"),
    (ValueError, lambda x: F.affine_grid(x[0], (1, 1, 2, 2), False), "shape Nx2x3 for size"),
])
def test_errors(kind, call, expected):
    assert expected in words(kind, lambda: call(numbers(2, 3, 4, 5)))


def test_former_names():
    x = numbers(1, 1, 2, 3)
    with pytest.warns(UserWarning, match="`nn.functional.upsample` is deprecated"):
        assert torch.equal(F.upsample(x, scale_factor=2), F.interpolate(x, scale_factor=2))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        aligned = F.interpolate(x, 4, mode="bilinear", align_corners=True)
        assert torch.equal(F.upsample_bilinear(x, 4), aligned)
        assert torch.equal(F.upsample_nearest(x, 4), F.interpolate(x, 4))
