"""Nodes of the graph as Python objects."""

from _weakref import ref
from ctypes import byref, c_int64, c_uint64

from .._callbacks import destroy, keep, kept, text_of
from .._library import I, N, P, failure, function, status
from .._tensor import known

c_node_name = function("apus_node_name", P, P, N, result=N)
c_node_sequence_nr = function("apus_node_sequence_nr", P, result=c_uint64)
c_node_next_count = function("apus_node_next_count", P, result=I)
c_node_next = function("apus_node_next", P, I, P)
c_node_variable = function("apus_node_variable", P)
c_node_id = function("apus_node_id", P, result=c_uint64)
c_node_user = function("apus_node_user", P)
c_node_set_user = status("apus_node_set_user", P, P, P)
c_node_release = status("apus_node_release", P)
c_gradient_edge = function("apus_gradient_edge", P, P)
c_node_context = function("apus_node_context", P)
c_context_release = status("apus_context_release", P)

_NEVER = (1 << 63) - 1


class Node:
    """A step of the backward pass: the operation that made a tensor."""

    __slots__ = ("_handle", "__weakref__")

    def __del__(self, release=c_node_release):
        try:
            release(self._handle)
        except AttributeError:
            pass

    def name(self):
        """The operation's name, such as MulBackward0."""
        return text_of(c_node_name, self._handle)

    def __repr__(self):
        return "<%s object at %#x>" % (type(self).__name__, id(self))

    requires_grad = property(lambda self: True)

    @property
    def next_functions(self):
        """Where the gradient of each argument goes: a node, or None, and which result of it the
        argument was."""
        found, number = [], c_int64()
        for i in range(c_node_next_count(self._handle)):
            handle = c_node_next(self._handle, i, byref(number))
            found.append((node(handle), number.value) if handle else (None, 0))
        return tuple(found)

    @property
    def metadata(self):
        """A dict of the program's, which lives as long as the node."""
        number = c_node_user(self._handle)
        if number:
            return kept(number)
        found = {}
        if c_node_set_user(self._handle, keep(found), destroy):
            raise failure()
        return found

    def _sequence_nr(self):
        number = c_node_sequence_nr(self._handle)
        return (1 << 64) - 1 if number == _NEVER else number

    def register_hook(self, hook):
        """Calls `hook(grad_inputs, grad_outputs)` after the node ran; what it returns takes the
        place of the first."""
        from ._hooks import register_on_node

        return register_on_node(self, hook)

    def register_prehook(self, hook):
        """Calls `hook(grad_outputs)` before the node runs; what it returns takes their place."""
        from ._hooks import register_before_node

        return register_before_node(self, hook)

    # What it saved, and the attributes of a custom function's ctx

    def __getattr__(self, name):
        if name.startswith(("_saved_", "_raw_saved_")):
            from ._saved_values import value

            return value(self, name)
        context = None if name.startswith("__") else c_node_context(self._handle)
        if context:
            from ._context import attribute_of

            try:
                return attribute_of(context, name)
            finally:
                c_context_release(context)
        raise AttributeError("%r object has no attribute %r" % (type(self).__name__, name))

    def __dir__(self):
        from ._saved_values import attributes

        return sorted(set(object.__dir__(self)) | set(attributes(self)))


class _Accumulator(Node):
    __slots__ = ()

    @property
    def variable(self):
        """The leaf."""
        handle = c_node_variable(self._handle)
        return known(handle) if handle else None


# A node is one object as long as somebody holds it.

_classes = {"AccumulateGrad": type("AccumulateGrad", (_Accumulator,), {"__slots__": ()})}
_alive = {}


class _Known(ref):
    __slots__ = ("id",)


def _forget(reference, alive=_alive):
    if alive.get(reference.id) is reference:
        del alive[reference.id]


def node(handle):
    """The object for a handle of a node that a function returned."""
    number = c_node_id(handle)
    reference = _alive.get(number)
    found = None if reference is None else reference()
    if found is not None:
        c_node_release(handle)
        return found
    name = text_of(c_node_name, handle).rpartition("::")[2]
    kind = _classes.get(name)
    if kind is None:
        kind = _classes[name] = type(name, (Node,), {"__slots__": ()})
    found = object.__new__(kind)
    found._handle = handle
    reference = _alive[number] = _Known(found, _forget)
    reference.id = number
    return found


def edge_of(tensor):
    """The node that a tensor's gradient goes to, and which of its results the tensor is."""
    number = c_int64()
    handle = c_gradient_edge(tensor._handle, byref(number))
    if not handle:
        raise failure()
    return node(handle), number.value


def saved(handle):
    """The Tensor for a saved one: the leaf itself, where it is one. The library gives another, since
    what is saved must not keep the leaf."""
    tensor = known(handle)
    if tensor.requires_grad and tensor.is_leaf:
        leaf = edge_of(tensor)[0].variable
        if leaf is not None and leaf.data_ptr() == tensor.data_ptr():
            return leaf
    return tensor
