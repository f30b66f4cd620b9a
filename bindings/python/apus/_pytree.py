"""Trees of tuples, lists and dictionaries, taken apart into their leaves and put together again."""

from collections import OrderedDict


class Spec:
    """What a tree looks like without its leaves."""

    __slots__ = ("kind", "keys", "children")

    def __init__(self, kind, keys=None, children=()):
        self.kind = kind  # None for a leaf
        self.keys = keys
        self.children = children

    @property
    def count(self):
        """The number of leaves."""
        return 1 if self.kind is None else sum(child.count for child in self.children)

    def __eq__(self, other):
        return (self.kind, self.keys, self.children) == (other.kind, other.keys, other.children)

    def __repr__(self):
        if self.kind is None:
            return "*"
        if self.keys is not None:
            pairs = zip(self.keys, self.children)
            return "{%s}" % ", ".join("%r: %r" % pair for pair in pairs)
        inner = ", ".join(map(repr, self.children))
        if self.kind is list:
            return "[%s]" % inner
        return "(%s,)" % inner if len(self.children) == 1 else "(%s)" % inner


LEAF = Spec(None)


def flatten(tree):
    """The leaves of a tree, and its shape."""
    leaves = []
    return leaves, _flatten(tree, leaves)


def _flatten(tree, leaves):
    kind = type(tree)
    if kind in (dict, OrderedDict):
        keys = list(tree)
        return Spec(kind, keys, [_flatten(tree[key], leaves) for key in keys])
    if kind in (tuple, list) or isinstance(tree, tuple) and hasattr(tree, "_fields"):
        return Spec(kind, None, [_flatten(part, leaves) for part in tree])
    leaves.append(tree)
    return LEAF


def unflatten(leaves, spec):
    """The tree of a shape, with other leaves."""
    return _unflatten(iter(leaves), spec)


def _unflatten(leaves, spec):
    if spec.kind is None:
        return next(leaves)
    parts = [_unflatten(leaves, child) for child in spec.children]
    if spec.keys is not None:
        return spec.kind(zip(spec.keys, parts))
    if hasattr(spec.kind, "_fields"):
        return spec.kind(*parts) if hasattr(spec.kind, "_make") else spec.kind(parts)
    return spec.kind(parts)


def transform(function, tree):
    """The tree with a function applied to its leaves."""
    leaves, spec = flatten(tree)
    return unflatten([function(leaf) for leaf in leaves], spec)


def broadcast(tree, spec):
    """The leaves of a tree that may be cut off earlier than a shape, each as often as the shape has
    leaves there; None when they don't fit."""
    found = []
    return found if _broadcast(tree, spec, found) else None


def _broadcast(tree, spec, found):
    leaves = []
    own = _flatten(tree, leaves)
    if own.kind is None:
        found.extend([tree] * spec.count)
        return True
    if spec.kind is None or own.kind is not spec.kind or own.keys != spec.keys:
        return False
    parts = [tree[key] for key in own.keys] if own.keys is not None else tree
    return len(parts) == len(spec.children) and all(
        _broadcast(part, child, found) for part, child in zip(parts, spec.children)
    )
