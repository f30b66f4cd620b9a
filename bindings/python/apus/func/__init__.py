"""Transforms of functions, which compose and nest: grad, vjp, jvp, vmap and what is made of them."""

from ._jacobian import hessian, jacfwd, jacrev
from ._transforms import grad, grad_and_value, jvp, linearize, vjp
from ._vmap import vmap

__all__ = "grad grad_and_value hessian jacfwd jacrev jvp linearize vjp vmap".split()
