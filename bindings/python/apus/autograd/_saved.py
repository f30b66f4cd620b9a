"""Who packs the tensors that nodes save, and unpacks them."""

from .._callbacks import (
    borrowed, callback, destroy, destroy_second, given, keep, kept, put,
)
from .._library import I, P, T, failure, function, status
from .._tensor import Tensor


class _Pair:
    """A pack hook and an unpack hook."""

    __slots__ = ("pack", "unpack")

    def __init__(self, pack, unpack):
        self.pack, self.unpack = pack, unpack


@callback(P, P)
def _pack(pair, tensor, packed):
    put(packed, keep(pair.pack(borrowed(tensor))))


@callback(P, P)
def _unpack(pair, packed, tensor):
    result = pair.unpack(kept(packed))
    if not isinstance(result, Tensor):
        raise TypeError(
            "Output of saved tensor unpack_hook expected to be a Tensor but got result of type %s"
            % type(result).__name__
        )
    put(tensor, given(result))


c_push = status("apus_saved_tensors_hooks_push", P, P, P, P, P)
c_pop = function("apus_saved_tensors_hooks_pop", result=None)
c_disable = status("apus_saved_tensors_hooks_disable", T)
c_enable = function("apus_saved_tensors_hooks_enable", result=None)


class saved_tensors_hooks:
    """Within, `pack_hook(tensor)` is called with every tensor that is saved, and
    `unpack_hook(packed)` with what it returned each time the tensor is needed."""

    def __init__(self, pack_hook, unpack_hook):
        self.pack_hook = pack_hook
        self.unpack_hook = unpack_hook

    def __enter__(self):
        pair = keep(_Pair(self.pack_hook, self.unpack_hook))
        if c_push(_pack, _unpack, destroy_second, pair, destroy):
            raise failure()

    def __exit__(self, *exception):
        c_pop()


class save_on_cpu(saved_tensors_hooks):
    """Within, saved tensors are kept as copies: where they are computed is the CPU already."""

    def __init__(self, pin_memory=False, device_type="cuda"):
        super().__init__(lambda tensor: tensor.detach().clone(), lambda packed: packed)


class disable_saved_tensors_hooks:
    """Within, hooks for saved tensors are an error with the given message."""

    def __init__(self, error_message):
        self._message = error_message

    def __enter__(self):
        if c_disable(self._message.encode()):
            raise failure()

    def __exit__(self, *exception):
        c_enable()

    def __call__(self, function):
        from ._decorator import decorated

        return decorated(lambda: disable_saved_tensors_hooks(self._message), function)


def pack_one(node, index, pack_hook, unpack_hook):
    """SavedTensor.register_hooks"""
    c_register_hooks = status("apus_node_saved_register_hooks", P, I, P, P, P, P, P)
    pair = keep(_Pair(pack_hook, unpack_hook))
    if c_register_hooks(node, index, _pack, _unpack, destroy_second, pair, destroy):
        raise failure()
