"""Linear algebra: torch.linalg's functions."""

from . import _operators as ops
from ._library import _LinAlgError as LinAlgError
from ._reductions import linalg_norm as norm, matrix_norm, vector_norm
from ._tensor import Tensor
from ._types import float64

__all__ = (
    "LinAlgError cholesky cholesky_ex cond cross det diagonal eig eigh eigvals eigvalsh "
    "householder_product inv inv_ex ldl_factor ldl_factor_ex ldl_solve lstsq lu lu_factor "
    "lu_factor_ex lu_solve matmul matrix_exp matrix_norm matrix_power matrix_rank multi_dot "
    "norm pinv qr slogdet solve solve_ex solve_triangular svd svdvals tensorinv tensorsolve "
    "vander vecdot vector_norm"
).split()

cholesky = ops.linalg_cholesky
cholesky_ex = ops.linalg_cholesky_ex
det = ops.linalg_det
eig = ops.linalg_eig
eigh = ops.linalg_eigh
eigvals = ops.linalg_eigvals
eigvalsh = ops.linalg_eigvalsh
householder_product = ops.linalg_householder_product
inv = ops.linalg_inv
inv_ex = ops.linalg_inv_ex
ldl_factor = ops.linalg_ldl_factor
ldl_factor_ex = ops.linalg_ldl_factor_ex
ldl_solve = ops.linalg_ldl_solve
lstsq = ops.linalg_lstsq
lu = ops.linalg_lu
lu_factor = ops.linalg_lu_factor
lu_factor_ex = ops.linalg_lu_factor_ex
lu_solve = ops.linalg_lu_solve
matmul = ops.matmul
matrix_exp = ops.linalg_matrix_exp
matrix_power = ops.linalg_matrix_power
multi_dot = ops.linalg_multi_dot
qr = ops.linalg_qr
slogdet = ops.linalg_slogdet
solve = ops.linalg_solve
solve_ex = ops.linalg_solve_ex
solve_triangular = ops.linalg_solve_triangular
tensorinv = ops.linalg_tensorinv
tensorsolve = ops.linalg_tensorsolve
vander = ops.linalg_vander
vecdot = ops.linalg_vecdot


def diagonal(A, *, offset=0, dim1=-2, dim2=-1):
    """A view of the diagonals of matrices, in the last two dimensions if no others are named."""
    return ops.diagonal(A, offset, dim1, dim2)


def svd(A, full_matrices=True, *, driver=None):
    """The singular value decomposition of each matrix."""
    _only_on_cuda(driver)
    return ops.linalg_svd(A, full_matrices)


def svdvals(A, *, driver=None):
    """The singular values of each matrix."""
    _only_on_cuda(driver)
    return ops.linalg_svdvals(A)


def _only_on_cuda(driver):
    if driver is not None:
        raise RuntimeError(
            "torch.linalg.svd: keyword argument `driver=` is only supported on CUDA inputs with "
            "cuSOLVER backend."
        )


def _tolerance(value):
    """A tensor for a number or a tensor."""
    if value is None or isinstance(value, Tensor):
        return value
    from ._creation import scalar_tensor

    return scalar_tensor(float(value), dtype=float64)


def pinv(A, rcond=None, hermitian=False, *, atol=None, rtol=None):
    """The pseudoinverse of each matrix."""
    rtol = rcond if rtol is None else rtol
    return ops.linalg_pinv(A, _tolerance(atol), _tolerance(rtol), hermitian)


def matrix_rank(A, tol=None, hermitian=False, *, atol=None, rtol=None):
    """How many singular values of each matrix are not negligible."""
    if tol is not None:
        # An absolute bound, even where it is zero.
        atol, rtol = tol, 0.0
    return ops.linalg_matrix_rank(A, _tolerance(atol), _tolerance(rtol), hermitian)


def cond(A, p=None):
    """The condition number of each matrix, in a norm."""
    if p is not None and not isinstance(p, str):
        p = str(int(p)) if p == p and abs(p) != float("inf") and int(p) == p else str(float(p))
    return ops.linalg_cond(A, p)


def cross(input, other, *, dim=-1, out=None):
    """The cross product of vectors of three elements, which lie along the dimension dim."""
    return ops.linalg_cross(input, other, dim, out=out)
