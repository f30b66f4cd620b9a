"""Special functions of float32 beside the same in float64, which is computed in another way."""

import math

import numpy as np

import apus as torch


def units(result, exact):
    """The largest distance, in units of the last place of float32."""
    result, exact = result.double().numpy(), exact.numpy()
    return float(np.max(np.abs(result - exact) / np.spacing(np.abs(exact).astype(np.float32))))


def test_erfinv_is_close_to_float64():
    middle = torch.linspace(-0.9999, 0.9999, 4001)
    ends = 1 - torch.logspace(-6.5, -1, 500)
    tiny = torch.logspace(-35, -3, 500)
    for x in (middle, ends, -ends, tiny):
        x = x[x != 0]
        assert units(torch.erfinv(x), torch.erfinv(x.double())) <= 3
    values = torch.erfinv(torch.tensor([0.0, -0.0, 1.0, -1.0, 2.0, math.nan])).tolist()
    assert values[:4] == [0, 0, math.inf, -math.inf] and math.copysign(1, values[1]) == -1
    assert all(math.isnan(value) for value in values[4:])


def test_atan2_is_close_to_the_c_library():
    sides = [0.0, 1e-30, 1e-3, 0.3, 1.0, 1.5, 7.0, 1e4, 1e30, math.inf]
    sides += [-side for side in sides]
    for dtype in (torch.float32, torch.float64):
        y, x = torch.meshgrid(*[torch.tensor(sides, dtype=dtype)] * 2, indexing="ij")
        found = torch.atan2(y, x)
        for row, lines in zip(found.double().tolist(), zip(y.tolist(), x.tolist())):
            for value, a, b in zip(row, *lines):
                exact = math.atan2(a, b)
                allowed = 2 * abs(exact) * (2**-52 if dtype is torch.float64 else 2**-23)
                assert abs(value - exact) <= max(allowed, 1e-45), (a, b, dtype)
                assert math.copysign(1, value) == math.copysign(1, exact)
    assert torch.atan2(torch.tensor([math.nan, 0, 1]), torch.tensor([0, math.nan, 1]))[:2].isnan().all()
