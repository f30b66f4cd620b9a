"""Neural networks: so far the functions only."""

from . import functional, init
