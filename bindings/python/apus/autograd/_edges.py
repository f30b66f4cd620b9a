"""Where gradients go."""


class GradientEdge(tuple):
    """An arrow of the graph: a node, and which of its results the tensor is."""

    __slots__ = ()

    def __new__(cls, node, output_nr, ownership_token=None):
        return tuple.__new__(cls, (node, output_nr))

    node = property(lambda self: self[0])
    output_nr = property(lambda self: self[1])

    def __repr__(self):
        return "GradientEdge(node=%r, output_nr=%d)" % self
