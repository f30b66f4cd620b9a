"""What the library uses on this machine."""

from ._library import T, function

_build_info = function("apus_build_info", result=T)


def show():
    """A text for bug reports: version, kernels, libraries, threads."""
    return _build_info().decode()
