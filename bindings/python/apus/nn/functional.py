"""Functions of neural networks."""

import warnings

from .. import _operators as ops
from .._operators import one_hot
from ._activation import *
from ._attention import *
from ._convolution import *
from ._image import *
from ._losses import *
from ._norms import *
from ._pooling import *
from ._reductions import *
from ._rows_and_borders import *


def softmax(input, dim=None, _stacklevel=3, dtype=None):
    """exp(x) over its sum along a dimension."""
    return ops.softmax(input, _dim("softmax", input, dim), dtype=dtype)


def log_softmax(input, dim=None, _stacklevel=3, dtype=None):
    """The logarithm of softmax."""
    return ops.log_softmax(input, _dim("log_softmax", input, dim), dtype=dtype)


def _dim(name, input, dim):
    if dim is not None:
        return dim
    warnings.warn(
        "Implicit dimension choice for %s has been deprecated. Change the call to include dim=X as "
        "an argument." % name,
        stacklevel=3,
    )
    return 0 if input.dim() in (0, 1, 3) else 1
