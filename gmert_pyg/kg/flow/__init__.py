"""Which functions a call may call: assignments followed to a fixed point."""

from gmert_pyg.kg.flow.call_graph import CallGraph

__all__ = ["CallGraph"]
