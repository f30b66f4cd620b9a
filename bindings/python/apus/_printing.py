"""How tensors are printed."""

from ._library import P, failure, status
from ._runtime import pack

c_set_print_options = status("apus_set_print_options", P)

_PROFILES = {
    "default": dict(precision=4, threshold=1000, edgeitems=3, linewidth=80),
    "short": dict(precision=2, threshold=1000, edgeitems=2, linewidth=80),
    "full": dict(precision=4, threshold=float("inf"), edgeitems=3, linewidth=80),
}
_options = dict(_PROFILES["default"])


def set_printoptions(
    precision=None, threshold=None, edgeitems=None, linewidth=None, profile=None, sci_mode=None
):
    """Digits after the point, elements beyond which the middle is left out, elements shown at each
    end then, columns, and whether to use scientific notation always (True), never (False) or as
    needed (None)."""
    if profile is not None:
        _options.update(_PROFILES[profile])
    given = dict(
        precision=precision, threshold=threshold, edgeitems=edgeitems, linewidth=linewidth
    )
    _options.update({name: value for name, value in given.items() if value is not None})
    limit = (1 << 63) - 1
    options = pack(
        "Niiqqq0q", _options["precision"], {None: 0, True: 1, False: -1}[sci_mode],
        min(_options["threshold"], limit), _options["edgeitems"], _options["linewidth"],
    )
    if c_set_print_options(options):
        raise failure()
