"""What tells functions apart, in every process alike."""

from __future__ import annotations

import hashlib
import re
from types import CodeType, FunctionType
from typing import Any


def function_identity(function: Any) -> str:
    """Return what tells a function, or another callable, apart from others.

    Two functions of one name, such as two lambdas, are told apart by what they
    do: their code, their defaults, and what they enclose. Other callables are
    what they print, and `None` is `"None"`. What a function calls does not
    count.

    Args:
        function: the callable.

    Example:
        >>> even, odd = lambda n: n % 2 == 0, lambda n: n % 2 == 1
        >>> function_identity(even) == function_identity(odd)
        False
    """
    if not isinstance(function, FunctionType):
        return _printed(function)
    enclosed = [cell.cell_contents for cell in function.__closure__ or ()]
    told = (
        _code_identity(function.__code__),
        _printed(function.__defaults__),
        _printed(function.__kwdefaults__),
        *map(_printed, enclosed),
    )
    digest = hashlib.sha256(repr(told).encode(errors="surrogatepass"))
    name = f"{function.__module__}.{function.__qualname__}"
    return f"{name} {digest.hexdigest()[:16]}"


def _code_identity(code: CodeType) -> tuple[Any, ...]:
    """Return what code does, but not where it stands."""
    constants = (
        _code_identity(value)
        if isinstance(value, CodeType)
        else _printed(value)
        for value in code.co_consts
    )
    return (code.co_code, code.co_names, code.co_varnames, *constants)


def _printed(value: Any) -> str:
    # Sets print in another order in every process, and so do addresses.
    if isinstance(value, frozenset | set):
        return repr(sorted(map(_printed, value)))
    return re.sub(r" at 0x[0-9a-fA-F]+", "", repr(value))
