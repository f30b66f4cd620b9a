"""Random numbers: PyTorch's for the same seed."""

from contextlib import contextmanager
from ctypes import c_uint64

from ._library import P, failure, function, status
from ._tensor import wrap
from ._types import device as device_class

__all__ = (
    "fork_rng", "get_rng_state", "initial_seed", "manual_seed", "seed", "set_rng_state",
    "thread_safe_generator",
)

c_generator_new = function("apus_generator_new", c_uint64)
c_generator_release = status("apus_generator_release", P)
c_manual_seed = status("apus_generator_manual_seed", P, c_uint64)
c_seed = function("apus_generator_seed", P, result=c_uint64)
c_initial_seed = function("apus_generator_initial_seed", P, result=c_uint64)
c_get_state = function("apus_generator_get_state", P)
c_set_state = status("apus_generator_set_state", P, P)

_DEFAULT_SEED = 67280421310721


def _number(seed):
    """A seed as C takes it: a negative one counts down from 2^64."""
    seed = int(seed)
    if not -(1 << 63) <= seed < 1 << 64:
        raise ValueError("Overflow when unpacking long long")
    return seed & (1 << 64) - 1


class Generator:
    """A source of random numbers of its own."""

    __slots__ = ("_handle", "__weakref__")

    def __init__(self, device="cpu"):
        self._handle = None
        device_class(device)
        self._handle = c_generator_new(_DEFAULT_SEED)
        if not self._handle:
            raise failure()

    @property
    def device(self):
        """Where its numbers are drawn: the CPU."""
        return device_class("cpu")

    def manual_seed(self, seed):
        """Begins the numbers that belong to a seed, and returns the generator."""
        if c_manual_seed(self._handle, _number(seed)):
            raise failure()
        return self

    def seed(self):
        """Begins the numbers of a seed that the system chooses, and returns that."""
        return c_seed(self._handle)

    def initial_seed(self):
        """The seed with which the present numbers began."""
        return c_initial_seed(self._handle)

    def get_state(self):
        """All that later numbers depend on, as a uint8 tensor in PyTorch's layout."""
        return wrap(c_get_state(self._handle))

    def set_state(self, new_state):
        """Goes back to a state."""
        if c_set_state(self._handle, new_state._handle):
            raise failure()

    def clone_state(self):
        """A generator that gives the same numbers from here on."""
        clone = Generator()
        clone.set_state(self.get_state())
        return clone

    def __del__(self, release=c_generator_release):
        if self._handle:
            release(self._handle)

    def __reduce__(self):
        return _restored, (self.get_state(),)


def _restored(state):
    generator = Generator()
    generator.set_state(state)
    return generator


class _Default(Generator):
    """The generator of whoever names none; NULL for C."""

    __slots__ = ()

    def __init__(self):
        self._handle = None


default_generator = _Default()


def manual_seed(seed):
    """Seeds the default generator, and returns it."""
    return default_generator.manual_seed(seed)


def seed():
    """Seeds the default generator from the system, and returns the seed."""
    return default_generator.seed()


def initial_seed():
    """The seed of the default generator."""
    return default_generator.initial_seed()


def get_rng_state():
    """The state of the default generator, as a uint8 tensor."""
    return default_generator.get_state()


def set_rng_state(new_state):
    """Sets the state of the default generator."""
    default_generator.set_state(new_state)


@contextmanager
def fork_rng(devices=None, enabled=True, _caller="fork_rng", _devices_kw="devices",
             device_type="cpu"):
    """The default generator goes on afterwards as if nothing had been drawn inside."""
    if not enabled:
        yield
        return
    state = get_rng_state()
    try:
        yield
    finally:
        set_rng_state(state)


def thread_safe_generator():
    """None: the default generator may be used from any thread."""
    return None
