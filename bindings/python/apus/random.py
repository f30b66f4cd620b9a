"""Random numbers: PyTorch's for the same seed."""

from ._library import N, P, failure, function, status

from ctypes import c_uint64

c_manual_seed = function("apus_manual_seed", c_uint64, result=None)
c_initial_seed = function("apus_initial_seed", result=c_uint64)
c_generator_new = function("apus_generator_new", c_uint64)
c_generator_release = status("apus_generator_release", P)

_DEFAULT_SEED = 67280421310721


class Generator:
    """A source of random numbers of its own."""

    __slots__ = ("_handle", "_seed")
    device = "cpu"

    def __init__(self, device="cpu"):
        self._handle = None
        self.manual_seed(_DEFAULT_SEED)

    def manual_seed(self, seed):
        """Begins the numbers that belong to a seed, and returns the generator."""
        handle = c_generator_new(seed)
        if not handle:
            raise failure()
        self.__del__()
        self._handle = handle
        self._seed = seed & (1 << 64) - 1
        return self

    def initial_seed(self):
        """The seed."""
        return self._seed

    def __del__(self, release=c_generator_release):
        if self._handle:
            release(self._handle)


class _Default(Generator):
    """The generator of whoever names none; NULL for C."""

    __slots__ = ()

    def __init__(self):
        self._handle = None

    def manual_seed(self, seed):
        c_manual_seed(int(seed))
        return self

    def initial_seed(self):
        return c_initial_seed()


default_generator = _Default()


def manual_seed(seed):
    """Seeds the default generator, and returns it."""
    return default_generator.manual_seed(seed)


def initial_seed():
    """The seed of the default generator."""
    return c_initial_seed()
