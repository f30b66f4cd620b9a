"""What the generated functions are made of: from Python's arguments to C's, and back."""

from collections import deque
from ctypes import addressof, byref, create_string_buffer
from operator import index, itemgetter
from struct import Struct, calcsize
from struct import error as StructError
from struct import pack as struct_pack

from ._library import B, D, F, I, N, P, S, T, failure, function, status
from ._out import arranged, check_placement, dtype_of, into, into_exactly
from ._tensor import Tensor, wrap
from ._types import code, complex64, complex128, float32, int64

c_scalar_tensor = function("apus_scalar_tensor", S, D)
c_tensor_from = function("apus_tensor_from", P, P, N, D)

__all__ = (
    "B D F I N NUMBERS NotANumber P S T Tensor WrongArgument address arranged buffer check_placement code count dtype_of failure function handle handles integer "
    "into into_exactly like "
    "floats integers many optional_float optional_floats optional_integer optional_integers "
    "optional_scalar pack requiring return_type scalar several status text variadic wrap wrong_type "
    "wrong_types"
).split()

_LIMIT = 1 << 63

# Numbers

_bits = Struct("q").unpack
_double = Struct("d").pack
_NONE = S(0, 0, 0)
_TRUE, _FALSE = S(1, 0, 1), S(1, 0, 0)
_known_ints = {}
_known_floats = {}
_ROOM = 1024


def scalar(value):
    """apus_scalar for a number; its kind, which counts in type promotion, is the number's."""
    kind = value.__class__
    if kind is int:
        known = _known_ints.get(value)
        if known is None:
            if not -_LIMIT <= value < _LIMIT:
                raise OverflowError("int too big to convert")
            known = S(2, 0, value)
            if len(_known_ints) < _ROOM:
                _known_ints[value] = known
        return known
    if kind is float:
        known = _known_floats.get(value)
        if known is None:
            known = S(3, 0, _bits(_double(value))[0])
            # -0.0 would find 0.0, and a nan never itself.
            if value and value == value and len(_known_floats) < _ROOM:
                _known_floats[value] = known
        return known
    if kind is bool:
        return _TRUE if value else _FALSE
    if kind is complex:
        return _complex(value)
    return scalar(number(value))


#: The last complex numbers: an options struct has a number's bytes, but does not keep it.
_complexes = deque(maxlen=_ROOM)


def _complex(value):
    """apus_scalar for a complex number: the only element of a tensor."""
    tensor = wrap(c_tensor_from(struct_pack("2d", value.real, value.imag), None, 0, 13))
    _complexes.append(tensor)
    return S(4, 0, tensor._handle)


def optional_scalar(value):
    """The same, where there may be none."""
    return _NONE if value is None else scalar(value)


NUMBERS = (int, float, complex)


class NotANumber(TypeError):
    """Something else was given where a number has to be."""


def number(value):
    """A Python number from what is like one: a tensor of one element, a number of NumPy's."""
    if isinstance(value, Tensor):
        return value.item()
    if type(value).__name__ in ("bool", "bool_"):
        return bool(value)
    if hasattr(value, "__index__"):
        return index(value)
    if isinstance(value, complex):
        return complex(value)
    if hasattr(value, "__float__"):
        return float(value)
    raise NotANumber("argument must be Number, not %s" % type(value).__name__)


class WrongArgument(TypeError):
    """Something else was given where integers have to be. Who knows the argument names it."""

    def __init__(self, value, expected):
        TypeError.__init__(self, "argument must be %s, but got %r" % (expected, value))
        self.value = value
        self.expected = expected

    def named(self, function, *arguments):
        """The exception in PyTorch's words, given the arguments that may be meant."""
        for position, name, value in arguments:
            if value is not self.value:
                continue
            if self.expected != "int" and isinstance(value, (tuple, list)):
                for place, size in enumerate(value):
                    if not hasattr(size, "__index__"):
                        return TypeError(
                            "%s(): argument '%s' (position %d) must be %s, but found element of "
                            "type %s at pos %d"
                            % (function, name, position, self.expected, type(size).__name__, place)
                        )
            return TypeError(
                "%s(): argument '%s' (position %d) must be %s, not %s"
                % (function, name, position, self.expected, type(value).__name__)
            )
        return self


def integer(value):
    """int64_t"""
    if value.__class__ is not int:
        try:
            value = index(value)
        except TypeError:
            raise WrongArgument(value, "int") from None
    if -_LIMIT <= value < _LIMIT:
        return value
    raise ValueError("Overflow when unpacking long long")


def optional_integer(value):
    """const int64_t *, where NULL stands for None."""
    return None if value is None else _lists[1](integer(value))


def optional_float(value):
    """const double *, where NULL stands for None."""
    return None if value is None else _double(value)


def floats(value):
    """const double * for one or several; see count()."""
    if isinstance(value, (int, float)):
        value = (value,)
    try:
        return struct_pack("%dd" % len(value), *value)
    except (TypeError, StructError):
        raise TypeError("argument must be tuple of floats, but got %r" % (value,)) from None


def optional_floats(value):
    """The same, where NULL stands for None."""
    return None if value is None else floats(value)


_lists = [Struct("%dq" % count).pack for count in range(9)]


def integers(value):
    """const int64_t * for one or several; see count()."""
    if value.__class__ is int:
        value = (value,)
    try:
        size = len(value)
        return _lists[size](*value) if size < 9 else struct_pack("%dq" % size, *value)
    except (TypeError, StructError):
        if hasattr(value, "__index__"):
            return _lists[1](integer(value))
    if isinstance(value, (tuple, list)) and all(hasattr(size, "__index__") for size in value):
        raise TypeError("Overflow when unpacking long long")
    raise WrongArgument(value, "tuple of ints")


def optional_integers(value):
    """The same, where NULL stands for None."""
    return None if value is None else integers(value)


def count(values):
    """How many integers or handles a list for C has."""
    return len(values) >> 3 if values else 0


def variadic(sizes, named, function):
    """Sizes that are given one by one, as a tuple, or by name."""
    if named is not None:
        if sizes:
            raise TypeError("got multiple values for argument 'size'")
        return named
    if len(sizes) == 1:
        return sizes[0]
    if sizes:
        return sizes
    raise TypeError('%s() missing 1 required positional arguments: "size"' % function)


# Text

def text(value):
    """const char *, where NULL stands for None."""
    return None if value is None else value.encode()


def buffer(value):
    """Bytes in memory that has an address()."""
    return None if value is None else create_string_buffer(value)


def address(value):
    """The address of a buffer(); 0 for None."""
    return 0 if value is None else addressof(value)


# Tensors

def handle(value):
    """The handle of a tensor or a generator, NULL for None."""
    return None if value is None else value._handle


def handles(tensors):
    """apus_tensor *const *; see count(). The tensors have to be kept meanwhile."""
    if not isinstance(tensors, (tuple, list)):
        raise TypeError("argument must be tuple of Tensors, not %s" % type(tensors).__name__)
    found = []
    for position, tensor in enumerate(tensors):
        if tensor is None:
            found.append(0)
        elif isinstance(tensor, Tensor):
            found.append(tensor._handle)
        else:
            raise TypeError(
                "expected Tensor as element %d in argument 0, but got %s"
                % (position, type(tensor).__name__)
            )
    return struct_pack("%dQ" % len(found), *found)


def wrong_type(function, *arguments):
    """The exception for a call with something else where a tensor has to be."""
    for missing in (False, True):
        for position, name, value in arguments:
            if (value is None) is missing and not isinstance(value, Tensor):
                return TypeError(
                    "%s(): argument '%s' (position %d) must be Tensor, not %s"
                    % (function, name, position, type(value).__name__)
                )
    return TypeError("%s() received an invalid combination of arguments" % function)


def wrong_types(function, *arguments):
    """The exception for a call that fits none of a function's signatures."""
    given = [type(value).__name__ for value in arguments if value is not None]
    return TypeError(
        "%s() received an invalid combination of arguments - got (%s), but expected one of:\n * see "
        "help(apus.%s)" % (function, ", ".join(given), function)
    )


def requiring(tensor):
    """A new tensor that is to require a gradient."""
    if not (tensor.is_floating_point() or tensor.is_complex()):
        raise RuntimeError("Only Tensors of floating point and complex dtype can require gradients")
    return tensor.requires_grad_()


def number_tensor(value, dtype=None):
    """A tensor of no dimension."""
    return wrap(c_scalar_tensor(scalar(value), code(dtype)))


def like(value, tensor):
    """A 0-d tensor for a number that meets a tensor, in the dtype that the number would have."""
    dtype = tensor.dtype
    if isinstance(value, bool):
        return number_tensor(value)
    if isinstance(value, complex):
        is_wide = dtype.itemsize == 8 and dtype.is_floating_point or dtype.itemsize == 16
        return number_tensor(value, dtype=complex128 if is_wide else complex64)
    if isinstance(value, float):
        is_inexact = dtype.is_floating_point or dtype.is_complex
        return number_tensor(value, dtype=dtype if is_inexact else float32)
    return number_tensor(value, dtype=dtype if dtype.code > 1 else int64)


# Options structs and several results

def pack(format, *fields):
    """An options struct, which begins with its own size, laid out as C does."""
    return struct_pack(format, calcsize(format), *fields)


def return_type(name, *fields):
    """The type of several results with names."""

    def text(self):
        lines = ",\n".join("%s=%r" % pair for pair in zip(fields, self))
        return "torch.return_types.%s(\n%s)" % (name, lines)

    members = {field: property(itemgetter(i)) for i, field in enumerate(fields)}
    members.update(__slots__=(), __repr__=text, _fields=fields)
    return type(name, (tuple,), members)


def several(result, call, *arguments):
    """What a function makes that writes one tensor for each field of its result."""
    slots = [P() for _ in result._fields]
    if call(*arguments, *map(byref, slots)):
        raise failure()
    return result(wrap(slot.value) for slot in slots)


def many(call, *arguments):
    """The tensors of a function that writes a list; there is a second call when they are many."""
    room = 64
    while True:
        slots, size = (P * room)(), N(room)
        failed = call(*arguments, slots, byref(size))
        if not failed:
            return tuple([wrap(slot) for slot in slots[: size.value]])
        error = failure()
        if size.value <= room:
            raise error
        room = size.value
