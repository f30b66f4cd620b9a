"""Backward passes, gradients, and whether operations are recorded."""

from .grad_mode import (
    enable_grad, inference_mode, is_grad_enabled, is_inference_mode_enabled, no_grad,
    set_grad_enabled,
)

# What few programs need is imported when it is first asked for.

_MODULES = frozenset(
    "anomaly_mode forward_ad function functional grad_mode graph profiler variable".split()
)
_PLACES = {
    "backward": "_backward",
    "grad": "_backward",
    "Function": "function",
    "Variable": "variable",
    "detect_anomaly": "anomaly_mode",
    "set_detect_anomaly": "anomaly_mode",
    "GradcheckError": "gradcheck",
    "gradcheck": "gradcheck",
    "gradgradcheck": "gradcheck",
}


def __getattr__(name):
    from importlib import import_module

    if name in _MODULES:
        return import_module("." + name, __name__)
    if name in _PLACES:
        module = import_module("." + _PLACES[name], __name__)
        # The import binds the module's name, which may be that of a function in it.
        for other, place in _PLACES.items():
            if place == _PLACES[name]:
                globals()[other] = getattr(module, other)
        return globals()[name]
    raise AttributeError("module %r has no attribute %r" % (__name__, name))


def __dir__():
    return sorted(set(globals()) | _MODULES | set(_PLACES))
