"""The names of our attention functions, and the choices that stand for them."""

EAGER = "graphmert_eager"
SDPA = "graphmert_sdpa"
FLEX = "graphmert_flex"
PROBE = "graphmert_probe"

# What a configuration stores, and the name that transformers knows it under.
REGISTERED = {"eager": EAGER, "sdpa": SDPA, "flex": FLEX}


def attention_choice(requested: object) -> str:
    """Return the choice that a requested attention implementation stands for.

    Raises:
        ValueError: if it is neither a choice nor the name of our function.
    """
    for choice, name in REGISTERED.items():
        if requested in (choice, name):
            return choice
    raise ValueError(
        f"'attn_implementation' must be one of {tuple(REGISTERED)} or "
        f"{tuple(REGISTERED.values())} (got {requested!r})"
    )
