"""Anomaly mode: which forward call made the node in which a backward pass failed."""

from ctypes import CFUNCTYPE, addressof, c_void_p, create_string_buffer
from threading import local

from .._callbacks import lasting
from .._library import B, P, failure, function, status

c_set_anomaly_enabled = function("apus_set_anomaly_enabled", B, B, result=None)
c_is_anomaly_enabled = function("apus_is_anomaly_enabled", result=B)
c_is_check_nan_enabled = function("apus_is_anomaly_check_nan_enabled", result=B)

_own = local()
_PACKAGE = __name__.split(".")[0]


# A callback that returns bytes would lose them, so it returns their address.
@lasting
@CFUNCTYPE(c_void_p, c_void_p)
def _traceback(payload):
    from sys import _getframe
    from traceback import format_stack

    try:
        # The program's own line is the last, not the package's.
        frame = _getframe(1)
        while frame.f_back and frame.f_globals.get("__name__", "").split(".")[0] == _PACKAGE:
            frame = frame.f_back
        stack = "".join(format_stack(frame))
        _own.label = create_string_buffer(stack.encode("utf-8", "replace"))
        return addressof(_own.label)
    except BaseException:
        return None


c_set_label_provider = status("apus_set_label_provider", P, P, P)


def _set(enabled, check_nan):
    c_set_anomaly_enabled(enabled, check_nan)
    if c_set_label_provider(_traceback if enabled else None, None, None):
        raise failure()


class set_detect_anomaly:
    """Switches anomaly mode on this thread, at once; as a context manager until its end."""

    def __init__(self, mode, check_nan=True):
        self._before = c_is_anomaly_enabled(), c_is_check_nan_enabled()
        _set(bool(mode), bool(check_nan))

    def __enter__(self):
        pass

    def __exit__(self, *exception):
        _set(*self._before)


class detect_anomaly:
    """Within, every node remembers the traceback of the call that made it, and a backward pass
    fails at the first nan."""

    def __init__(self, check_nan=True):
        import warnings

        self._check_nan = bool(check_nan)
        warnings.warn(
            "Anomaly Detection has been enabled. This mode will increase the runtime and should "
            "only be enabled for debugging.",
            stacklevel=2,
        )

    def __enter__(self):
        self._before = c_is_anomaly_enabled(), c_is_check_nan_enabled()
        _set(True, self._check_nan)

    def __exit__(self, *exception):
        _set(*self._before)
