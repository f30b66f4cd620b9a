"""Tensors made from numbers, memory formats, conversions, and `out=`."""

import pytest
from support import leaf, words

import apus as torch


def test_sequences():
    assert torch.linspace(torch.tensor(0), torch.tensor(3.0), 4).tolist() == [0, 1, 2, 3]
    assert torch.linspace(1j, 2, 3).tolist() == [1j, 1 + 0.5j, 2]
    assert torch.logspace(0, 3, 4, dtype=torch.int64).tolist() == [1, 10, 100, 1000]
    assert torch.logspace(3, 0, 4, base=2).tolist() == [8, 4, 2, 1]
    assert torch.arange(torch.tensor(3)).tolist() == [0, 1, 2]
    assert torch.arange(1, end=4).tolist() == torch.arange(start=1, end=4).tolist() == [1, 2, 3]
    assert words(TypeError, lambda: torch.arange("a")) == (
        "arange(): argument 'end' (position 1) must be Number, not str"
    )
    assert words(RuntimeError, lambda: torch.linspace(torch.ones(1), 1, 3)) == (
        "linspace only supports 0-dimensional start and end tensors, but got start with 1 "
        "dimension(s)."
    )


def test_triangles():
    assert torch.tril_indices(3, 3, -1).tolist() == [[1, 2, 2], [0, 0, 1]]
    assert torch.triu_indices(2, 3, 1, dtype=torch.int32).tolist() == [[0, 0, 1], [1, 2, 2]]
    assert torch.tril_indices(2, 0).shape == (2, 0) == torch.triu_indices(2, 3, 2**62).shape
    assert words(RuntimeError, lambda: torch.tril_indices(-1, 2)) == (
        "row must be non-negative, got-1"
    )


def test_like_another():
    x = torch.tensor([1, 2], dtype=torch.int16)
    assert x.new_zeros(2, 1).dtype is torch.int16 and x.new_ones((3,)).tolist() == [1, 1, 1]
    assert x.new_full((2,), 7.5).tolist() == [7, 7] and x.new_empty(0, 4).shape == (0, 4)
    assert x.new_tensor([1.5]).tolist() == [1] and x.new_tensor(2.5, dtype=torch.float32) == 2.5
    assert x.new_zeros(2, dtype=torch.float64, requires_grad=True).requires_grad
    assert torch.scalar_tensor(3).dtype is torch.float32
    assert torch.zeros(2, device="cpu", layout=torch.strided, pin_memory=False).sum() == 0
    assert "CPU only" in words(RuntimeError, lambda: torch.ones(2, device="cuda"))
    assert words(TypeError, lambda: torch.zeros(2.5)) == (
        "zeros(): argument 'size' (position 1) must be tuple of ints, not float"
    )


def test_filling():
    x = torch.zeros(2)
    value = leaf(3)[0]
    y = x.fill_(value)
    y.sum().backward()
    assert y.tolist() == [3, 3] and torch.fill(x.detach(), 2).tolist() == [2, 2]
    assert words(RuntimeError, lambda: torch.zeros(2).fill_(torch.ones(2))) == (
        "fill_ only supports 0-dimension value tensor but got tensor with 1 dimensions."
    )


def test_memory_formats():
    x = torch.arange(24.0).reshape(1, 2, 3, 4)
    moved = x.contiguous(memory_format=torch.channels_last)
    assert moved.stride() == (24, 1, 8, 2) and moved.equal(x)
    assert moved.is_contiguous(memory_format=torch.channels_last) and not moved.is_contiguous()
    assert moved.contiguous(memory_format=torch.channels_last) is not x
    assert moved.clone().stride() == moved.stride() == torch.zeros_like(moved).stride()
    assert moved.clone(memory_format=torch.contiguous_format).is_contiguous()
    assert x.to(torch.float64, memory_format=torch.channels_last).stride() == moved.stride()
    assert torch.empty(2, 3, 4, 5, memory_format=torch.channels_last).stride() == (60, 1, 15, 3)
    x.requires_grad_()
    assert type(x.double(memory_format=torch.channels_last).grad_fn).__name__ == "ToCopyBackward0"
    assert words(RuntimeError, lambda: x[0].clone(memory_format=torch.channels_last)) == (
        "required rank 4 tensor to use channels_last format"
    )


def test_conversions():
    x = torch.ones(2)
    assert x.to("cpu") is x is x.to(torch.float32) is x.to(x) is x.float()
    assert x.to(torch.float32, copy=True) is not x and x.to("cpu", torch.int8).dtype is torch.int8
    assert x.type("torch.LongTensor").dtype is torch.int64 and x.type_as(x.int()).dtype is torch.int
    assert words(ValueError, lambda: x.type("foo")) == "invalid type: 'foo'"
    assert torch.asarray(x) is x and torch.asarray(x, copy=True) is not x
    assert torch.asarray([1, 2.5]).tolist() == [1, 2.5]


def test_out():
    x, y = torch.tensor([1.0, 2.0]), torch.tensor([3.0, 4.0])
    out = torch.empty(2, dtype=torch.float64)
    assert torch.add(x, y, alpha=2, out=out) is out and out.tolist() == [7, 10]
    assert torch.eq(x, y, out=out) is out and out.tolist() == [0, 0]
    values, indices = torch.empty(()), torch.empty((), dtype=torch.int64)
    result = torch.max(x, 0, out=(values, indices))
    assert result.values is values and indices.item() == 1 and values.item() == 2
    part = torch.zeros(4)
    torch.mul(x, y, out=part[::2])
    assert part.tolist() == [3, 0, 8, 0]
    assert torch.arange(3, out=torch.empty(0, dtype=torch.int64)).dtype is torch.int64
    assert torch.sum(x, 0, out=torch.empty((), dtype=torch.int64)).item() == 3
    whole = torch.empty(0)
    assert torch.cat([x, y], out=whole).tolist() == whole.tolist() == [1, 2, 3, 4]
    with pytest.warns(UserWarning, match="An output with one or more elements was resized"):
        assert torch.add(x, 1, out=torch.empty(3)).tolist() == [2, 3]


def test_out_refused():
    x, g = torch.tensor([1.0, 2.0]), leaf(1, 2)
    integers = torch.empty(2, dtype=torch.int64)
    assert words(RuntimeError, lambda: torch.add(x, x, out=integers)) == (
        "result type Float can't be cast to the desired output type Long"
    )
    message = (
        "add(): functions with out=... arguments don't support automatic differentiation, but one "
        "of the arguments requires grad."
    )
    assert words(RuntimeError, lambda: torch.add(g, x, out=torch.empty(2))) == message
    assert words(RuntimeError, lambda: torch.add(x, x, out=g)) == message
    with torch.no_grad():
        assert torch.add(g, x, out=torch.empty(2)).tolist() == [2, 4]
    square = torch.ones(2, 2)
    assert words(
        RuntimeError, lambda: torch.matmul(square, square, out=square.double())
    ) == "Expected out tensor to have dtype float, but got double instead"
    assert words(RuntimeError, lambda: torch.zeros(2, dtype=torch.float32, out=integers)) == (
        "dtype Float does not match dtype of out parameter (Long)"
    )
