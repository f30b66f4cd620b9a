"""What describes a tensor: dtype, Size, device."""


class dtype:
    """The type of a tensor's elements."""

    __slots__ = (
        "code", "name", "itemsize", "is_floating_point", "is_complex", "type_name", "format"
    )
    def __init__(self, code, name, itemsize, type_name, format):
        self.code = code
        self.name = name
        self.itemsize = itemsize
        self.type_name = type_name
        self.format = format  # of the struct module; None where Python has no such number
        self.is_floating_point = 7 <= code <= 10
        self.is_complex = code > 10

    @property
    def element_name(self):
        """The name of the elements' type in C++, as messages have it."""
        return _ELEMENT_NAMES.get(self.name, self.name)

    @property
    def is_signed(self):
        return self.code > 2

    def __repr__(self):
        return "torch." + self.name

    def __reduce__(self):
        return named, (self.name,)


_ELEMENT_NAMES = {
    "uint8": "unsigned char", "int8": "signed char", "int16": "short int", "int32": "int",
    "int64": "long int", "float16": "c10::Half", "bfloat16": "c10::BFloat16", "float32": "float",
    "float64": "double", "complex64": "c10::complex<float>", "complex128": "c10::complex<double>",
}

uint8 = dtype(2, "uint8", 1, "ByteTensor", "B")
int8 = dtype(3, "int8", 1, "CharTensor", "b")
int16 = dtype(4, "int16", 2, "ShortTensor", "h")
int32 = dtype(5, "int32", 4, "IntTensor", "i")
int64 = dtype(6, "int64", 8, "LongTensor", "q")
float16 = dtype(7, "float16", 2, "HalfTensor", None)
bfloat16 = dtype(8, "bfloat16", 2, "BFloat16Tensor", None)
float32 = dtype(9, "float32", 4, "FloatTensor", "f")
float64 = dtype(10, "float64", 8, "DoubleTensor", "d")
complex64 = dtype(12, "complex64", 8, "ComplexFloatTensor", "f")
complex128 = dtype(13, "complex128", 16, "ComplexDoubleTensor", "d")
boolean = dtype(1, "bool", 1, "BoolTensor", "?")

#: By the library's numbers.
DTYPES = {
    d.code: d
    for d in (
        boolean, uint8, int8, int16, int32, int64, float16, bfloat16, float32, float64, complex64,
        complex128,
    )
}
_PYTHON = {float: 10, int: 6, bool: 1, complex: 13}


def named(name):
    """The dtype of a name."""
    return next(d for d in DTYPES.values() if d.name == name)


def casts(source, target):
    """Whether promotion lets a result become an element of another dtype: complex numbers don't
    become real, floats don't become integers, and nothing but bool becomes bool."""
    if source.is_complex and not target.is_complex:
        return False
    if source.code >= 7 and target.code < 7:
        return False
    return source is boolean or target is not boolean


def code(value):
    """The library's number for a dtype, or for Python's own number types; 0 for None."""
    if value is None:
        return 0
    if value.__class__ is dtype:
        return value.code
    try:
        return _PYTHON[value]
    except (KeyError, TypeError):
        raise TypeError(
            "argument 'dtype' must be torch.dtype, not %s" % type(value).__name__
        ) from None


class Size(tuple):
    """A tensor's shape."""

    __slots__ = ()

    def numel(self):
        """The number of elements."""
        count = 1
        for size in self:
            count *= size
        return count

    def __repr__(self):
        return "torch.Size([%s])" % ", ".join(map(str, self))

    def __getitem__(self, key):
        found = tuple.__getitem__(self, key)
        return Size(found) if key.__class__ is slice else found

    def __add__(self, other):
        return Size(tuple.__add__(self, other))

    def __mul__(self, times):
        return Size(tuple.__mul__(self, times))

    __rmul__ = __mul__

    def __reduce__(self):
        return Size, (tuple(self),)


class device:
    """Where a tensor lives: always the CPU."""

    __slots__ = ("index",)
    type = "cpu"

    def __init__(self, name="cpu", index=None):
        if isinstance(name, device):
            name, index = "cpu", name.index
        kind, _, number = str(name).partition(":")
        if kind != "cpu":
            raise RuntimeError("this library computes on the CPU only; got device %r" % (name,))
        self.index = int(number) if number else index

    def __repr__(self):
        return "device(type='cpu'%s)" % ("" if self.index is None else ", index=%d" % self.index)

    def __str__(self):
        return "cpu" if self.index is None else "cpu:%d" % self.index

    def __eq__(self, other):
        return isinstance(other, device) and other.index == self.index

    def __hash__(self):
        return hash(("cpu", self.index))

    def __reduce__(self):
        return device, (str(self),)


def check_device(value):
    """Refuses what is no device, and devices other than the CPU."""
    if not isinstance(value, (str, int, device)):
        raise TypeError("argument 'device' must be torch.device, not %s" % type(value).__name__)
    device(value)


class layout:
    """How a tensor's elements are stored: always with strides."""

    __slots__ = ("name",)

    def __init__(self, name):
        self.name = name

    def __repr__(self):
        return "torch." + self.name

    def __reduce__(self):
        return self.name


strided, sparse_coo = layout("strided"), layout("sparse_coo")


class memory_format:
    """In which order dimensions lie in memory."""

    __slots__ = ("number", "name")

    def __init__(self, number, name):
        self.number = number
        self.name = name

    def __index__(self):
        return self.number

    def __repr__(self):
        return "torch." + self.name

    def __reduce__(self):
        return self.name


contiguous_format = memory_format(0, "contiguous_format")
preserve_format = memory_format(1, "preserve_format")
channels_last = memory_format(2, "channels_last")
channels_last_3d = memory_format(3, "channels_last_3d")
