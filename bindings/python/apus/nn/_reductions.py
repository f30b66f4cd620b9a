"""Distances and unit vectors."""

from .. import _operators as ops
from .._operators import cosine_similarity, pairwise_distance, pdist

__all__ = ["cosine_similarity", "normalize", "pairwise_distance", "pdist"]


def normalize(input, p=2.0, dim=1, eps=1e-12, out=None):
    """Vectors along a dimension divided by their norm."""
    result = ops.normalize(input, p, dim, eps)
    return result if out is None else out.copy_(result)
