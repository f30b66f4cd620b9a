"""Functions of one tensor whose call is more than their schema says, and their other names."""

from . import _operators as ops
from ._out import into
from ._tensor import Tensor
from ._types import boolean

__all__ = ["clamp", "clip", "isreal", "mvlgamma", "polygamma", "round"]


def clamp(input, min=None, max=None):
    """Each element, but not below min and not above max: numbers, or tensors."""
    return _clamp("clamp", input, min, max)


def clamp_(input, min=None, max=None):
    """As clamp, in place."""
    return _clamp("clamp_", input, min, max)


def _clamp(name, input, min, max):
    bounds = [bound for bound in (min, max) if bound is not None]
    tensors = [bound for bound in bounds if isinstance(bound, Tensor)]
    if not tensors:
        return getattr(ops, "_" + name)(input, min, max)
    if len(tensors) < len(bounds):
        raise TypeError(
            "%s() received an invalid combination of arguments - got (%s), but expected one of:\n"
            " * (Tensor input, Tensor min = None, Tensor max = None, *, Tensor out = None)\n"
            " * (Tensor input, Number min = None, Number max = None, *, Tensor out = None)\n"
            % (name, ", ".join(type(value).__name__ for value in (input, min, max)))
        )
    if name == "clamp":
        return ops._clamp_tensors(input, min, max)
    if min is not None:
        input = ops.clamp_min_(input, min)
    return input if max is None else ops.clamp_max_(input, max)


def round(input, *, decimals=None, out=None):
    """Whole number nearest to each element, or so many decimals."""
    if out is not None:
        return into(out, round, input, decimals=decimals)
    return ops._round(input) if decimals is None else ops._round_decimals(input, decimals=decimals)


def round_(input, *, decimals=None):
    """As round, in place."""
    if decimals is None:
        return ops._round_(input)
    return ops._round_decimals_(input, decimals=decimals)


def polygamma(n, input):
    """Derivative of order n of digamma, of each element."""
    return ops._polygamma(n, input)


def mvlgamma(input, p):
    """Logarithm of the multivariate gamma function in p dimensions, of each element."""
    from . import arange, float32

    if p < 1:
        raise RuntimeError("p has to be greater than or equal to 1")
    dtype = input.dtype if input.dtype.is_floating_point else float32
    steps = arange(0.5 - 0.5 * p, 0.5, 0.5, dtype=dtype)
    constant = 0.25 * p * (p - 1) * 1.1447298858494002
    return ops.lgamma(input.unsqueeze(-1) + steps).sum(-1) + constant


def isreal(input):
    """Whether each element is a real number."""
    if not input.is_complex():
        return ops.ones_like(input, dtype=boolean)
    return input.imag == 0


clip = clamp

#: Other names: of functions and of methods, in place too where the function works so.
ALIASES = {
    "absolute": "abs", "arccos": "acos", "arccosh": "acosh", "arcsin": "asin", "arcsinh": "asinh",
    "arctan": "atan", "arctanh": "atanh", "clip": "clamp", "fix": "trunc", "negative": "neg",
}

#: What torch also has as a function that works in place.
IN_PLACE = (
    "abs acos acosh alpha_dropout asin asinh atan atanh ceil celu clamp clamp_max clamp_min cos cosh "
    "deg2rad dropout erf erfc exp exp2 expm1 feature_alpha_dropout feature_dropout floor frac "
    "log log10 log1p log2 logit nan_to_num neg rad2deg reciprocal relu round rsqrt selu "
    "sigmoid sin sinh sqrt square tan tanh threshold trunc arccos arccosh arcsin arcsinh "
    "arctan arctanh clip fix negative"
).split()


def methods():
    """What Tensor has besides the operators' own methods."""
    found = {
        "clamp": clamp, "clamp_": clamp_, "isreal": isreal, "mvlgamma": mvlgamma, "round": round,
        "round_": round_, "polygamma": lambda self, n: polygamma(n, self),
        "mvlgamma_": lambda self, p: self.copy_(mvlgamma(self, p)),
        "polygamma_": lambda self, n: self.copy_(polygamma(n, self)),
    }
    for alias, name in ALIASES.items():
        for ending in ("", "_"):
            found[alias + ending] = found.get(name + ending) or getattr(ops, name + ending)
    return found


def functions():
    """What the package has besides the operators' own functions."""
    known = methods()
    found = {alias: known[alias] for alias in ALIASES}
    for name in IN_PLACE:
        found[name + "_"] = known.get(name + "_") or getattr(ops, name + "_", None)
    found.update(dropout_functions())
    found.update((name, globals()[name]) for name in __all__)
    return found


# Dropout in place: what it multiplies by is what it makes of ones.


def _factors(function, input, p, train):
    return function(ops.ones_like(input), p, train)


def dropout_functions():
    """The variants of dropout that work in place."""

    def dropout_(input, p, train):
        """As dropout, in place."""
        return ops.mul_(input, _factors(ops.dropout, input, p, train))

    def feature_dropout_(input, p, train):
        """As feature_dropout, in place."""
        return ops.mul_(input, _factors(ops.feature_dropout, input, p, train))

    def alpha_dropout_(input, p, train):
        """As alpha_dropout, in place."""
        return _alpha(ops.dropout, input, p, train)

    def feature_alpha_dropout_(input, p, train):
        """As feature_alpha_dropout, in place."""
        return _alpha(ops.feature_dropout, input, p, train)

    return {
        "dropout_": dropout_, "feature_dropout_": feature_dropout_,
        "alpha_dropout_": alpha_dropout_, "feature_alpha_dropout_": feature_alpha_dropout_,
    }


def _alpha(function, input, p, train):
    factors = _factors(function, input, p, train)
    if p == 0 or not train or input.numel() == 0:
        return input
    if p == 1:
        return ops.mul_(input, factors)
    kept = ops.ne(factors, 0).to(input.dtype)
    limit = 1.7580993408473766
    scale = ((limit * limit * p + 1) * (1 - p)) ** -0.5
    shift = (kept - 1) * (limit * scale) + limit * scale * p
    return ops.add_(ops.mul_(input, kept * scale), shift)
