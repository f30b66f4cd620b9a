"""Linear algebra."""

from ._operators import linalg_cross


def cross(input, other, *, dim=-1, out=None):
    """The cross product of vectors of three elements, which lie along the dimension dim."""
    return linalg_cross(input, other, dim, out=out)
from ._reductions import linalg_norm as norm, matrix_norm, vector_norm
