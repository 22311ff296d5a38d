"""Columns on disk, and graphs in them, without pickle."""
