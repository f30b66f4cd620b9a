"""Linear algebra."""

from ._reductions import linalg_norm as norm, matrix_norm, vector_norm
