"""The names under which our attention functions are registered."""

EAGER = "graphmert_eager"
SDPA = "graphmert_sdpa"
