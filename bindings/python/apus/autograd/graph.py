"""The graph of recorded operations: its nodes, hooks, and what nodes save."""

from .._library import P, failure, status
from .._tensor import Tensor
from ._edges import GradientEdge
from ._hooks import RemovableHandle, queue_callback, register_multi_grad_hook
from ._mutation import allow_mutation_on_saved_tensors
from ._nodes import Node, edge_of
from ._saved import disable_saved_tensors_hooks, save_on_cpu, saved_tensors_hooks

__all__ = (
    "GradientEdge Node allow_mutation_on_saved_tensors disable_saved_tensors_hooks dot "
    "get_gradient_edge increment_version queue_callback register_multi_grad_hook save_on_cpu "
    "saved_tensors_hooks"
).split()

c_increment_version = status("apus_increment_version", P)


def dot(tensor):
    """The graph that leads to a tensor: its text is Graphviz's language, and a notebook shows it
    as a picture when Graphviz is installed."""
    from ._dot import Graph

    return Graph(tensor)


def get_gradient_edge(tensor):
    """Where a tensor's gradient goes: it may take the tensor's place in grad() and backward()."""
    if not tensor.requires_grad:
        raise RuntimeError(
            "It is not possible to get the gradient edge for a Tensor that does not require "
            "gradients"
        )
    return GradientEdge(*edge_of(tensor))


def increment_version(tensor):
    """Counts a change of one or several tensors that was made behind the library's back."""
    for one in (tensor,) if isinstance(tensor, Tensor) else tensor:
        if c_increment_version(one._handle):
            raise failure()
