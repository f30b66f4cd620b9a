"""What a tensor is, its signs, its conversions, and the functions written by hand."""

import numpy as np
import pytest

import apus as torch
from apus.nn import functional as F


def test_properties():
    x = torch.arange(6.0).reshape(2, 3)
    assert x.shape == (2, 3) == x.size() and repr(x.shape) == "torch.Size([2, 3])"
    assert (x.size(0), x.size(-1), x.size(dim=1)) == (2, 3, 3)
    assert x.shape.numel() == x.numel() == x.nelement() == torch.numel(x) == 6
    assert repr(x.shape[:1]) == "torch.Size([2])" and repr(x.shape + (4,)) == "torch.Size([2, 3, 4])"
    assert x.stride() == (3, 1) and x.stride(0) == 3 and x.t().stride() == (1, 3)
    assert x.dim() == x.ndim == 2 and torch.tensor(1).shape == ()
    assert x.dtype is torch.float32 and repr(x.dtype) == "torch.float32" and x.is_floating_point()
    assert x.element_size() == 4 and x.nbytes == 24 and x.storage_offset() == 0
    assert x[1].storage_offset() == 3 and x[1].data_ptr() == x.data_ptr() + 12
    assert x.is_contiguous() and not x.t().is_contiguous() and x.t().contiguous().is_contiguous()
    assert x.type() == "torch.FloatTensor" and torch.tensor([1]).type() == "torch.LongTensor"
    assert repr(x.device) == "device(type='cpu')" and not x.is_cuda and x.cpu() is x
    assert x._version == 0 and x.add_(1)._version == 1 and x[0]._version == 1
    assert hash(x) == id(x) and len({x, x, x + 0}) == 2
    assert torch.is_tensor(x) and not torch.is_tensor(1)


def test_transposes():
    x = torch.arange(6.0).reshape(2, 3)
    assert x.T.tolist() == x.mT.tolist() == x.t().tolist() == [[0, 3], [1, 4], [2, 5]]
    assert torch.zeros(2, 3, 4).T.shape == (4, 3, 2) and torch.zeros(2, 3, 4).mT.shape == (2, 4, 3)


def test_dtypes():
    assert [repr(d) for d in (torch.half, torch.float, torch.double, torch.bfloat16)] == [
        "torch.float16", "torch.float32", "torch.float64", "torch.bfloat16",
    ]
    assert (torch.short, torch.int, torch.long) == (torch.int16, torch.int32, torch.int64)
    assert repr(torch.bool) == "torch.bool" and torch.get_default_dtype() is torch.float32
    x = torch.tensor([0.0, 1.5, -2.0])
    for method, dtype, values in (
        ("half", torch.float16, [0, 1.5, -2]), ("double", torch.float64, [0, 1.5, -2]),
        ("bfloat16", torch.bfloat16, [0, 1.5, -2]), ("int", torch.int32, [0, 1, -2]),
        ("long", torch.int64, [0, 1, -2]), ("short", torch.int16, [0, 1, -2]),
        ("char", torch.int8, [0, 1, -2]), ("bool", torch.bool, [False, True, True]),
    ):
        converted = getattr(x, method)()
        assert converted.dtype is dtype and converted.tolist() == values
        assert x.to(dtype).dtype is dtype and x.type(dtype).dtype is dtype
    assert x.float() is x and x.to(torch.float32) is x and x.to("cpu") is x
    assert x.to(torch.tensor([1])).dtype is torch.int64 and x.type_as(x.half()).dtype is torch.half
    assert x.to(torch.float32, copy=True) is not x and x.to(dtype=torch.int64).tolist() == [0, 1, -2]
    assert torch.zeros(2, dtype=float).dtype is torch.float64
    assert torch.zeros(2, dtype=int).dtype is torch.int64
    with pytest.raises(RuntimeError):
        x.to("cuda")


def test_python_numbers():
    x = torch.tensor([3])
    assert int(x) == 3 and float(x) == 3.0 and bool(x) and "abcd"[x] == "d" and complex(x) == 3
    assert x.item() == 3 and type(x.item()) is int
    assert type(torch.tensor(1.5).item()) is float and torch.tensor(True).item() is True
    assert bool(torch.tensor(float("nan"))) and not torch.tensor([[0.0]])
    assert torch.tensor(2.0).tolist() == 2.0
    assert torch.ones(0, 2).tolist() == [] and torch.ones(2, 0).tolist() == [[], []]
    assert torch.arange(4).reshape(2, 2).t().tolist() == [[0, 2], [1, 3]]
    assert torch.tensor([1.5], dtype=torch.bfloat16).tolist() == [1.5]
    assert torch.tensor([True, False]).tolist() == [True, False]
    assert torch.ones(2, requires_grad=True).tolist() == [1, 1]


X = [1.0, 2.0, 4.0]
Y = [3.0, 0.5, -2.0]


@pytest.mark.parametrize(
    "sign",
    [
        lambda a, b: a + b, lambda a, b: a - b, lambda a, b: a * b, lambda a, b: a / b,
        lambda a, b: a // b, lambda a, b: a % b, lambda a, b: a**b, lambda a, b: a < b,
        lambda a, b: a <= b, lambda a, b: a > b, lambda a, b: a >= b, lambda a, b: a == b,
        lambda a, b: a != b,
    ],
)
def test_signs(sign):
    a, b = torch.tensor(X), torch.tensor(Y)
    x, y = np.array(X), np.array(Y)
    assert sign(a, b).tolist() == pytest.approx(sign(x, y).tolist())
    assert sign(a, 2).tolist() == pytest.approx(sign(x, 2).tolist())
    assert sign(a, 2.5).tolist() == pytest.approx(sign(x, 2.5).tolist(), rel=1e-6)
    assert sign(2, a).tolist() == pytest.approx(sign(2, x).tolist())
    assert sign(np.float64(2), a).tolist() == pytest.approx(sign(2, x).tolist())
    assert sign(a, np.float32(2)).tolist() == pytest.approx(sign(x, 2).tolist())


def test_arrays():
    x = torch.tensor(X)
    assert (x + np.array(Y)).tolist() == [4, 2.5, 2] and (x * np.array(Y)).dtype is torch.float64


def test_more_signs():
    i, m = torch.tensor([1, 2, 3]), torch.tensor([True, False, True])
    assert (i & 1).tolist() == [1, 0, 1] and (i | 4).tolist() == [5, 6, 7]
    assert (i ^ i).tolist() == [0, 0, 0] and (6 & i).tolist() == [0, 2, 2]
    assert (~m).tolist() == [False, True, False] and (~i).tolist() == [-2, -3, -4]
    assert (m & True).tolist() == [True, False, True] and (i | True).dtype is torch.int64
    assert (-i).tolist() == [-1, -2, -3] and (+i) is i and abs(-i).tolist() == [1, 2, 3]
    assert (7 // i).tolist() == [7, 3, 2] and (7 % i).tolist() == [0, 1, 1]
    assert (2**i).tolist() == [2, 4, 8] and (i**2).tolist() == [1, 4, 9]
    assert (i @ i).item() == 14
    assert (i == None) is False and (i != None) is True and (i == "a") is False  # noqa: E711


def test_promotion():
    i, f, h = torch.tensor([1]), torch.tensor([1.0]), torch.tensor([1.0]).half()
    assert (i * 2).dtype is torch.int64 and (i * 2.0).dtype is torch.float32
    assert (i + f).dtype is torch.float32 and (h * 2.5).dtype is torch.float16
    assert (i / 2).dtype is torch.float32 and (i > 0.5).dtype is torch.bool
    assert (torch.tensor([True]) + 1).dtype is torch.int64
    assert (f * torch.tensor(2.0, dtype=torch.float64)).dtype is torch.float32
    assert torch.tensor(1.0).int().dtype is torch.int32


def test_in_place():
    x = torch.tensor([1.0, 2.0])
    before = id(x)
    x += 1
    x -= torch.tensor([1.0, 0.0])
    x *= 2
    x /= 4
    x **= 2
    x //= 0.2
    x %= 3
    assert id(x) == before and x.tolist() == pytest.approx([1, 2])
    assert x.fill_(3).zero_().tolist() == [0, 0]
    assert x.copy_(torch.tensor([1, 2])).tolist() == [1, 2]
    assert x.clamp_(max=1).tolist() == [1, 1] and x.neg_().tolist() == [-1, -1]
    x[:] = 7
    assert x.add_(1, alpha=2).tolist() == [9, 9]


def test_reductions():
    x = torch.tensor([[1.0, 5.0, 3.0], [4.0, 2.0, 6.0]])
    assert x.sum().item() == 21 and x.sum(0).tolist() == [5, 7, 9] == x.sum(dim=-2).tolist()
    assert x.sum((0, 1)).item() == 21 and x.sum([0, 1], True).shape == (1, 1)
    assert x.sum(axis=1, keepdims=True).tolist() == [[9], [12]] and x.mean(1).tolist() == [3, 4]
    assert x.sum(dtype=torch.float64).dtype is torch.float64
    assert torch.sum(input=x, dim=0, dtype=torch.int64).tolist() == [5, 7, 9]
    assert x.prod(1).tolist() == [15, 48] and x.cumsum(0).tolist()[1] == [5, 7, 9]
    assert x.max().item() == 6 and torch.max(x, x.flip(1)).tolist() == [[3, 5, 3], [6, 2, 6]]
    values, indices = x.max(dim=1)
    assert values.tolist() == [5, 6] and indices.tolist() == [1, 2]
    found = x.min(1, keepdim=True)
    assert found.values.tolist() == [[1], [2]] and found.indices.tolist() == [[0], [1]]
    assert repr(x.max(0)) == (
        "torch.return_types.max(\nvalues=tensor([4., 5., 6.]),\nindices=tensor([1, 0, 1]))"
    )
    assert x.amax(1).tolist() == [5, 6] and x.amin().item() == 1 and x.amax((0, 1)).item() == 6
    assert x.argmax().item() == 5 and x.argmax(1).tolist() == [1, 2] and x.argmin(dim=0).shape == (3,)
    assert (x > 5).any().item() and not (x > 5).all().item() and (x > 2).all(1).tolist() == [False, False]
    assert x.logsumexp(1).shape == (2,) and x.softmax(1).sum(1).tolist() == pytest.approx([1, 1])


def test_var_and_std():
    x = torch.tensor([[1.0, 2.0, 4.0], [1.0, 5.0, 9.0]])
    array = np.array(x.tolist())
    assert x.var().item() == pytest.approx(array.var(ddof=1))
    assert x.var(False).item() == x.var(unbiased=False).item() == pytest.approx(array.var())
    assert x.var(1).tolist() == pytest.approx(array.var(1, ddof=1).tolist())
    assert x.var(1, False).tolist() == pytest.approx(array.var(1).tolist())
    assert x.var(dim=1, correction=0, keepdim=True).shape == (2, 1)
    assert x.std(0, True, True).shape == (1, 3) and torch.std(x, (0, 1)).shape == ()
    assert torch.std(x, correction=2).item() == pytest.approx(array.std(ddof=2))


def test_shapes():
    x = torch.arange(6)
    for y in (x.view(2, 3), x.view((2, 3)), x.view([2, -1]), x.reshape(2, 3), x.view(size=(2, 3))):
        assert y.shape == (2, 3)
    assert torch.reshape(x, (3, 2)).shape == (3, 2) and x.view(6).shape == (6,)
    y = x.view(1, 2, 3)
    assert y.permute(2, 0, 1).shape == torch.permute(y, (2, 0, 1)).shape == (3, 1, 2)
    assert y.expand(4, -1, -1).shape == (4, 2, 3) and y.repeat(2, 1, 2).shape == (2, 2, 6)
    assert y.squeeze().shape == y.squeeze(0).shape == y.squeeze((0, 1)).shape == (2, 3)
    assert y.flatten().shape == (6,) and y.flatten(1).shape == (1, 6) and y.flip(0, 2).shape == (1, 2, 3)
    assert torch.flip(x, [0]).tolist() == [5, 4, 3, 2, 1, 0] and x.unsqueeze(-1).shape == (6, 1)
    assert [t.tolist() for t in x.split(4)] == [[0, 1, 2, 3], [4, 5]]
    assert [t.tolist() for t in torch.split(x, [1, 5])] == [[0], [1, 2, 3, 4, 5]]
    assert len(x.chunk(3)) == 3 and isinstance(x.unbind(), tuple)
    assert torch.cat((x, x)).shape == torch.cat(tensors=[x, x], dim=0).shape == (12,)
    assert torch.stack([x, x], 1).shape == (6, 2) and y.expand_as(torch.zeros(4, 2, 3)).shape[0] == 4
    assert x.view_as(y).shape == (1, 2, 3)


def test_creation():
    assert torch.zeros(2, 3).shape == torch.zeros((2, 3)).shape == torch.zeros(size=[2, 3]).shape
    assert torch.zeros([]).shape == () and torch.ones(torch.tensor(2)).tolist() == [1, 1]
    assert torch.full((2,), 7).tolist() == [7, 7] and torch.full([2], True).dtype is torch.bool
    assert torch.arange(3).dtype is torch.int64 and torch.arange(3.0).dtype is torch.float32
    assert torch.arange(1, 4).tolist() == torch.arange(start=1, end=4).tolist() == [1, 2, 3]
    assert torch.arange(1, 2.5, 0.5).tolist() == [1, 1.5, 2]
    assert torch.arange(5, dtype=torch.float64).dtype is torch.float64
    assert torch.linspace(0, 1, 3).tolist() == [0, 0.5, 1]
    assert torch.eye(2).tolist() == [[1, 0], [0, 1]] and torch.eye(2, 3).shape == (2, 3)
    x = torch.ones(2, dtype=torch.int32)
    assert torch.zeros_like(x).dtype is torch.int32 and torch.full_like(x, 7).tolist() == [7, 7]
    assert torch.ones_like(x, dtype=torch.float64).dtype is torch.float64
    assert torch.empty(2, 0).shape == (2, 0) and torch.scalar_tensor(2).item() == 2
    assert torch.Tensor([1, 2]).dtype is torch.float32 and torch.Tensor(2, 3).shape == (2, 3)


def test_where():
    x = torch.tensor([1.0, 3.0])
    assert torch.where(x > 2, x, 0).tolist() == x.where(x > 2, 0).tolist() == [0, 3]
    assert torch.where(x > 2, 1.0, 0.0).dtype is torch.float32
    assert torch.where(x > 2, 1, 0).dtype is torch.int64
    assert torch.where(x > 2, 1.5, torch.tensor([1, 2])).dtype is torch.float32
    (found,) = torch.where(x > 2)
    assert found.tolist() == [1]


def test_comparing():
    x = torch.tensor([1.0, float("inf"), float("nan")])
    assert torch.equal(x[:2], x[:2]) and not torch.equal(x, x) and not x[:2].equal(x[:1])
    assert torch.allclose(x[:2], x[:2]) and not torch.allclose(x, x)
    assert torch.allclose(x, x, equal_nan=True) and torch.allclose(x[:1], x[:1] + 1e-9)
    assert torch.isclose(torch.tensor([1, 2]), torch.tensor([1, 3])).tolist() == [True, False]
    with pytest.raises(RuntimeError, match="Float did not match Double"):
        torch.allclose(x, x.double())


def test_functional():
    x = torch.tensor([[1.0, 2.0, 3.0], [3.0, 2.0, 1.0]])
    t = torch.tensor([2, 0])
    assert F.relu(-x).tolist() == [[0, 0, 0], [0, 0, 0]]
    assert F.softmax(x, dim=1).sum().item() == pytest.approx(2)
    loss = F.cross_entropy(x, t)
    assert loss.item() == pytest.approx(0.4076059)
    assert F.nll_loss(F.log_softmax(x, 1), t).item() == pytest.approx(loss.item())
    assert F.cross_entropy(x, t, reduction="sum").item() == pytest.approx(2 * loss.item())
    assert F.cross_entropy(x, t, weight=torch.tensor([1.0, 1.0, 3.0])).item() == pytest.approx(0.4076059)
    assert F.mse_loss(x, x + 2).item() == 4 and F.mse_loss(x, x + 2, reduction="none").shape == (2, 3)
    assert F.linear(x, torch.ones(4, 3), torch.ones(4)).tolist() == [[7] * 4, [7] * 4]
    assert F.one_hot(t).tolist() == [[0, 0, 1], [1, 0, 0]] and F.one_hot(t, 4).shape == (2, 4)
    with pytest.warns(UserWarning, match="Implicit dimension choice for softmax"):
        F.softmax(x)


def test_options():
    x = torch.tensor([7.0, -7.0])
    assert torch.div(x, 2, rounding_mode="floor").tolist() == [3, -4]
    assert x.div(torch.tensor(2.0), rounding_mode="trunc").tolist() == [3, -3]
    assert x.clone().div_(2, rounding_mode="floor").tolist() == [3, -4]
    assert torch.sub(x, x, alpha=2).tolist() == [-7, 7]
    m = torch.ones(2, 2)
    assert torch.addmm(m, m, m, beta=2, alpha=3).tolist() == [[8, 8], [8, 8]]
    assert x.clamp(min=0).tolist() == [7, 0] and x.clamp(0, 1).tolist() == [1, 0]
    assert torch.zeros(2).index_add(0, torch.tensor([0]), torch.ones(1), alpha=3).tolist() == [3, 0]
    assert x.softmax(0, dtype=torch.float64).dtype is torch.float64
