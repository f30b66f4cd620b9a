"""Special functions, by torch.special's names."""

from . import _operators as _ops
from ._operators import (
    digamma, erf, erfc, erfinv, exp2, expm1, log1p, log_softmax as _log_softmax, logit, logsumexp,
    softmax as _softmax,
)
from ._operators import digamma as psi
from ._operators import lgamma as gammaln
from ._operators import sigmoid as expit
from ._unary import mvlgamma as multigammaln, polygamma, round


def softmax(input, dim, *, dtype=None):
    """exp(x) over its sum along a dimension."""
    return _softmax(input, dim, dtype=dtype)


def log_softmax(input, dim, *, dtype=None):
    """The logarithm of softmax."""
    return _log_softmax(input, dim, dtype=dtype)


def __getattr__(name):
    # What other modules of the package offer under the same name.
    function = getattr(_ops, name, None)
    if function is None or name.startswith("_"):
        raise AttributeError("module %r has no attribute %r" % (__name__, name))
    return function
