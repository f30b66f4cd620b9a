"""Forward mode, from Python."""

import apus as torch
from apus import autograd
from apus.autograd import forward_ad as fwAD

from support import words


def test_dual_tensors():
    x, t = torch.tensor([1.0, 2.0]), torch.tensor([3.0, 4.0])
    with fwAD.dual_level():
        dual = fwAD.make_dual(x, t)
        assert dual.data_ptr() == x.data_ptr()
        primal, tangent = fwAD.unpack_dual(dual * dual)
        assert primal.tolist() == [1, 4] and tangent.tolist() == [6, 16]
        assert fwAD.unpack_dual(dual).tangent.tolist() == [3, 4]
        assert fwAD.unpack_dual(dual.detach()).tangent is None
        assert fwAD.unpack_dual(dual[1:]).tangent.tolist() == [4]
        with torch.no_grad():
            assert fwAD.unpack_dual(dual * 2).tangent.tolist() == [6, 8]
        assert "tangent=tensor([3., 4.])" in repr(dual)
    assert fwAD.unpack_dual(dual).tangent is None


def test_forward_over_reverse():
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with fwAD.dual_level():
        dual = fwAD.make_dual(x, torch.tensor([1.0, 0.0]))
        (g,) = autograd.grad((dual * dual * dual).sum(), dual, create_graph=True)
        assert fwAD.unpack_dual(g).primal.tolist() == [3, 12]
        assert fwAD.unpack_dual(g).tangent.tolist() == [6, 0]


def test_messages():
    x = torch.ones(2)
    assert words(RuntimeError, lambda: fwAD.make_dual(x, x)) == (
        "Trying to create a dual Tensor for forward AD but no level exists, make sure to "
        "enter_dual_level() first."
    )
    with fwAD.dual_level():
        assert words(RuntimeError, fwAD.enter_dual_level) == (
            "Nested forward mode AD is not supported at the moment"
        )
        assert words(ValueError, lambda: fwAD.make_dual(torch.tensor([1]), x[:1])) == (
            "Expected primal to be floating point or complex, but got: torch.int64"
        )
        assert words(RuntimeError, lambda: fwAD.make_dual(x, torch.ones(3))) == (
            "Trying to set a forward gradient that has a different size than that of the original "
            "Tensor, this is not supported. Tensor is of size [2] while the given forward gradient "
            "is of size [3]."
        )
        dual = fwAD.make_dual(x, x)
        assert words(RuntimeError, lambda: fwAD.make_dual(dual, x)) == (
            "Making a dual Tensor based on a Tensor that already has a forward gradient at the "
            "same level 0 is not supported."
        )
