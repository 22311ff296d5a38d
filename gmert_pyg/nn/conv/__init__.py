"""Message passing layers."""

from gmert_pyg.nn.conv.hgat_conv import HGATConv

__all__ = ["HGATConv"]
