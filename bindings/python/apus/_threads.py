"""Among how many threads large operations are divided."""

from ._library import D, failure, function, status

c_set_num_threads = status("apus_set_num_threads", D)
c_get_num_threads = function("apus_get_num_threads", result=D)


def set_num_threads(count):
    """Sets the number, the calling thread included. Results do not depend on it."""
    if type(count) is not int:
        raise RuntimeError("set_num_threads expects an int, but got %s" % type(count).__name__)
    if c_set_num_threads(max(min(count, 1 << 30), -1)):
        raise failure()


def get_num_threads():
    """The number: at first OMP_NUM_THREADS, or the processor cores that the process may use."""
    return c_get_num_threads()
