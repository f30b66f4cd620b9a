"""Products of tensors whose arguments come in several forms, and older names of linear algebra."""

from . import _operators as ops
from ._tensor import Tensor

__all__ = "chain_matmul cholesky einsum lu lu_solve qr tensordot".split()


def einsum(*args):
    """Sums of products of elements, by Einstein's convention: an equation and operands, or each operand
    before the list of its subscripts, and the result's subscripts at the end."""
    if len(args) < 2:
        raise ValueError(
            "einsum(): must specify the equation string and at least one operand, or at least one "
            "operand and its subscripts list"
        )
    equation, operands = args[0], args[1:]
    if isinstance(equation, Tensor):
        equation, operands = _equation(args)
    elif not isinstance(equation, str):
        raise TypeError(
            "einsum(): argument 'equation' (position 1) must be str, not %s"
            % type(equation).__name__
        )
    if len(operands) == 1 and isinstance(operands[0], (list, tuple)):
        operands = operands[0]
    for position, operand in enumerate(operands):
        if not isinstance(operand, Tensor):
            raise TypeError(
                "expected Tensor as element %d in argument 1, but got %s"
                % (position, type(operand).__name__)
            )
    return ops._einsum(equation, operands)


def _equation(args):
    """The equation of operands with lists of subscripts."""
    terms = [_term(subscripts) for subscripts in args[1::2]]
    equation = ",".join(terms)
    if len(args) % 2:
        equation += "->" + _term(args[-1])
    return equation, args[: len(args) - len(args) % 2 : 2]


def _term(subscripts):
    letters = ""
    for subscript in subscripts:
        if subscript is Ellipsis:
            letters += "..."
        elif 0 <= subscript < 26:
            letters += chr(ord("A") + subscript)
        elif 26 <= subscript < 52:
            letters += chr(ord("a") + subscript - 26)
        else:
            raise ValueError(
                "einsum(): subscript in subscript list is not within the valid range [0, 52)"
            )
    return letters


def tensordot(a, b, dims=2, out=None):
    """Sum of products over the last dimensions of one tensor and the first of another, or over those
    in two lists."""
    if not isinstance(dims, (tuple, list, int, Tensor)):
        raise RuntimeError(
            "tensordot expects dims to be int or tuple[list[int], list[int]] or list[list[int]] "
            "containing two lists, but got dims=%s" % (dims,)
        )
    if isinstance(dims, Tensor):
        if dims.numel() > 1:
            dims = [[int(x) for x in row] for row in dims.tolist()]
        else:
            dims = int(dims.item())
    if isinstance(dims, (tuple, list)):
        first, second = dims if len(dims) == 2 else (dims[0], [])
        first = (first,) if isinstance(first, int) else tuple(first)
        second = (second,) if isinstance(second, int) else tuple(second)
        return ops._tensordot(a, b, first, second)
    if dims < 0:
        raise RuntimeError("tensordot expects dims >= 0, but got dims=%d" % dims)
    if dims > min(a.dim(), b.dim()):
        raise RuntimeError(
            "tensordot expects dims < ndim_a or ndim_b, but got dims=%d" % dims
        )
    return ops._tensordot(a, b, tuple(range(-dims, 0)), tuple(range(dims)))


def chain_matmul(*matrices):
    """The product of matrices, in the order that takes the fewest multiplications."""
    return ops._chain_matmul(matrices)


def lu(A, pivot=True, get_infos=False, out=None):
    """L and U in one matrix, the pivots and, if asked for, where matrices are singular."""
    factors = ops.linalg_lu_factor_ex(A, pivot=pivot)
    return tuple(factors) if get_infos else tuple(factors)[:2]


def lu_solve(b, LU_data, LU_pivots):
    """The solution of A X = b from the factors of A."""
    return ops.linalg_lu_solve(LU_data, LU_pivots, b)


def cholesky(input, upper=False, *, out=None):
    """Gone from PyTorch: apus.linalg.cholesky."""
    raise RuntimeError(
        "This function was deprecated since version 1.9 and is now removed. `torch.cholesky` is "
        "deprecated in favor of `torch.linalg.cholesky`."
    )


def qr(input, some=True, *, out=None):
    """Gone from PyTorch: apus.linalg.qr."""
    raise RuntimeError(
        "This function was deprecated since version 1.9 and is now removed. `torch.qr` is "
        "deprecated in favor of `torch.linalg.qr` and the boolean parameter `some` has been "
        "replaced with a string parameter `mode`."
    )
