"""What a node saved, as attributes of the node."""

from ast import literal_eval

from .._callbacks import text_of
from .._library import B, I, N, P, failure, function, has_failed
from ._nodes import saved

c_node_saved_count = function("apus_node_saved_count", P, result=I)
c_node_saved_name = function("apus_node_saved_name", P, I, P, N, result=N)
c_node_saved = function("apus_node_saved", P, I)
c_node_saved_is_tensor = function("apus_node_saved_is_tensor", P, I, result=B)
c_node_saved_text = function("apus_node_saved_text", P, I, P, N, result=N)

_SAVED, _RAW = "_saved_", "_raw_saved_"


def _names(node):
    """The names of what a node saved, in C's order."""
    return [
        text_of(c_node_saved_name, node._handle, i)
        for i in range(c_node_saved_count(node._handle))
    ]


def attributes(node):
    """The names of the attributes."""
    return [prefix + name for name in _names(node) for prefix in (_SAVED, _RAW)]


def value(node, attribute):
    """One of them."""
    names = _names(node)
    for prefix in (_RAW, _SAVED):
        name = attribute[len(prefix):]
        if attribute.startswith(prefix) and name in names:
            index = names.index(name)
            return SavedTensor(node, index) if prefix == _RAW else _value(node, index)
    raise AttributeError("%r object has no attribute %r" % (type(node).__name__, attribute))


def _value(node, index):
    handle = c_node_saved(node._handle, index)
    if handle:
        return saved(handle)
    if has_failed():
        raise failure()
    if c_node_saved_is_tensor(node._handle, index):
        return None
    text = text_of(c_node_saved_text, node._handle, index)
    if has_failed():
        raise failure()
    try:
        return literal_eval(text)
    except ValueError:  # inf and nan
        return float(text)


class SavedTensor:
    """A tensor that a node saved."""

    __slots__ = ("_node", "_index")

    def __init__(self, node, index):
        self._node, self._index = node, index

    def register_hooks(self, pack_hook, unpack_hook):
        """Packs the tensor now, and unpacks it when it is needed."""
        from ._saved import pack_one

        pack_one(self._node._handle, self._index, pack_hook, unpack_hook)
