"""What dtypes hold and become. The tables are PyTorch's."""

import pytest
from support import words

import apus as torch

NAMES = "bool uint8 int8 int16 int32 int64 float16 bfloat16 float32 float64 complex64 complex128"
DTYPES = [getattr(torch, name) for name in NAMES.split()]

#: Row and column: the two dtypes; a digit: the place of the one that holds both.
PROMOTED = [
    "0123456789ab",
    "1133456789ab",
    "2323456789ab",
    "3333456789ab",
    "4444456789ab",
    "5555556789ab",
    "6666666889ab",
    "7777778789ab",
    "8888888889ab",
    "9999999999bb",
    "aaaaaaaaabab",
    "bbbbbbbbbbbb",
]
#: Row: from; column: to.
CASTS = [
    "111111111111",
    "011111111111",
    "011111111111",
    "011111111111",
    "011111111111",
    "011111111111",
    "000000111111",
    "000000111111",
    "000000111111",
    "000000111111",
    "000000000011",
    "000000000011",
]


def test_tables():
    for i, a in enumerate(DTYPES):
        for j, b in enumerate(DTYPES):
            assert torch.promote_types(a, b) is DTYPES[int(PROMOTED[i][j], 16)]
            assert torch.can_cast(a, b) is bool(int(CASTS[i][j]))


def test_results_are_what_operators_give():
    numbers = [True, 1, 1.5, 1j]
    tensors = [torch.zeros([2] * rank, dtype=dtype) for dtype in DTYPES for rank in (0, 1)]
    for x in tensors:
        for y in tensors:
            assert torch.result_type(x, y) is torch.add(x, y).dtype
        for y in numbers:
            assert torch.result_type(x, y) is torch.result_type(y, x) is torch.add(x, y).dtype
    assert [torch.result_type(2, y) for y in numbers] == [
        torch.int64, torch.int64, torch.float32, torch.complex64]
    assert "received an invalid combination" in words(
        TypeError, lambda: torch.result_type(x, "a"))


def test_floats():
    found = torch.finfo(torch.float32)
    assert repr(found) == (
        "finfo(resolution=1e-06, min=-3.40282e+38, max=3.40282e+38, eps=1.19209e-07, "
        "smallest_normal=1.17549e-38, tiny=1.17549e-38, dtype=float32)"
    )
    assert found == torch.finfo() == torch.finfo(torch.complex64) != torch.finfo(float)
    assert hash(found) == hash(torch.finfo()) and found.bits == 32
    for dtype, eps, largest, tiny in (
        (torch.float16, 0.0009765625, 65504.0, 6.103515625e-05),
        (torch.bfloat16, 0.0078125, 3.3895313892515355e38, 1.1754943508222875e-38),
        (torch.float64, 2.220446049250313e-16, 1.7976931348623157e308, 2.2250738585072014e-308),
    ):
        found = torch.finfo(dtype)
        assert (found.eps, found.max, found.min) == (eps, largest, -largest)
        assert found.tiny == found.smallest_normal == tiny
    assert words(AttributeError, lambda: setattr(found, "eps", 1)) == (
        "attribute 'eps' of 'torch.finfo' objects is not writable"
    )


def test_integers():
    assert repr(torch.iinfo(torch.int32)) == "iinfo(min=-2.14748e+09, max=2.14748e+09, dtype=int32)"
    assert torch.iinfo(torch.uint8).max == 255 and torch.iinfo(int).min == -(2**63)
    assert torch.iinfo(torch.int8) == torch.iinfo(torch.int8) != torch.iinfo(torch.int16)


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: torch.finfo(torch.int8), "torch.finfo() requires a floating point input type. Use "
         "torch.iinfo to handle 'torch.finfo'"),
        (lambda: torch.iinfo(torch.float32), "torch.iinfo() requires an integer input type. Use "
         "torch.finfo to handle 'torch.iinfo'"),
        (lambda: torch.iinfo(torch.bool), "torch.bool is not supported by torch.iinfo"),
        (lambda: torch.finfo(3),
         "finfo(): argument 'type' (position 1) must be torch.dtype, not int"),
        (lambda: torch.can_cast(torch.int8, 2),
         "can_cast(): argument 'to' (position 2) must be torch.dtype, not int"),
        (lambda: torch.is_floating_point(3),
         "is_floating_point(): argument 'input' (position 1) must be Tensor, not int"),
    ],
)
def test_messages(call, message):
    assert words(TypeError, call) == message


def test_diagonals_of_matrices():
    x = torch.arange(12).reshape(3, 2, 2)
    assert torch.linalg.diagonal(x).tolist() == [[0, 3], [4, 7], [8, 11]]
    assert torch.linalg.diagonal(x, offset=1, dim1=0, dim2=1).tolist() == [[2], [3]]
