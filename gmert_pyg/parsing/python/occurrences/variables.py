"""The variables of a file: names by the scope that binds them, and fields."""

from __future__ import annotations

from gmert_pyg.parsing.python.scopes import BindingKind, Scope

UNBOUND = -1
"""What stands for an expression or a name that is no variable of the file."""

_INLINE = ("class", "comprehension", "types")


class Variables:
    """Numbers the variables of a file.

    A variable is a name together with the scope that binds it, or a *field*: a
    dotted text such as `self.x` or `a.b.c` whose first name is a variable.
    Names that nothing in the file binds, such as builtins, are none.

    Attributes:
        bases: for every variable, the variables whose text it extends, the
            shortest first: an assignment to one of them makes it another.
        fields: for every variable, the fields that extend it.
        unit: for every variable, the scope of the module, function or lambda
            whose code binds it; classes and comprehensions run in place.
        holds_data: for every variable, whether it is neither imported nor
            defined by `def` or `class`.
    """

    def __init__(self) -> None:
        self.bases: list[tuple[int, ...]] = []
        self.fields: list[list[int]] = []
        self.unit: list[Scope] = []
        self.holds_data: list[bool] = []
        self._of_name: dict[tuple[Scope, str], int] = {}
        self._of_field: dict[tuple[int, str], int] = {}

    def name(self, scope: Scope, name: str) -> int:
        """Return the variable that a name stands for in a scope."""
        binding, home = scope.lookup(name)
        if binding is None or home is None:
            return UNBOUND
        known = self._of_name.get((home, name))
        if known is None:
            data = binding.kind <= BindingKind.PARAMETER
            known = self._new((), unit_of(home), data)
            self._of_name[home, name] = known
        return known

    def field(self, base: int, name: str) -> int:
        """Return the variable that an attribute of a variable is."""
        known = self._of_field.get((base, name))
        if known is None:
            bases = (*self.bases[base], base)
            known = self._new(bases, self.unit[base], self.holds_data[base])
            self._of_field[base, name] = known
            for shorter in bases:
                self.fields[shorter].append(known)
        return known

    def _new(self, bases: tuple[int, ...], unit: Scope, data: bool) -> int:
        self.bases.append(bases)
        self.fields.append([])
        self.unit.append(unit)
        self.holds_data.append(data)
        return len(self.bases) - 1


def unit_of(scope: Scope) -> Scope:
    """Return the scope of the code in which that of another scope runs."""
    while scope.kind in _INLINE and scope.parent is not None:
        scope = scope.parent
    return scope
