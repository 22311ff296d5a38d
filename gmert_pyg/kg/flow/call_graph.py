"""The call graph of a project."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gmert_pyg.kg.flow.arguments import Arguments
from gmert_pyg.kg.flow.attributes import Attributes
from gmert_pyg.kg.flow.calls import Calls
from gmert_pyg.kg.flow.copies import Copies
from gmert_pyg.kg.flow.items import Items
from gmert_pyg.kg.flow.loader import load
from gmert_pyg.kg.flow.machine import Machine
from gmert_pyg.kg.flow.models import Models
from gmert_pyg.kg.flow.modules import Modules
from gmert_pyg.parsing import ModuleFacts
from gmert_pyg.parsing.flow import Descriptor
from gmert_pyg.paused_collection import paused_collection

LIMIT = 20
"""How many objects an expression may stand for; more are not followed."""


class CallGraph:
    """Which functions every call of a project may call.

    A points-to analysis in the style of Andersen: inclusion constraints over
    names, fields, parameters and results, solved to a fixed point over all
    files. Inside a function, a read sees the assignments that reach it; from
    elsewhere, it sees all. One object stands for all instances of a class.
    Andersen, Program Analysis and Specialization for the C Programming
    Language, 1994; Salis et al., PyCG, ICSE 2021, arXiv 2103.00587.

    Args:
        modules: the facts of the files.
        limit: how many objects an expression may stand for; what calls more
            is taken for unknown.

    Attributes:
        callees: for each call site, the qualified names of the functions that
            it may call; what lies outside has the name it is imported by, and
            `builtins.` in front if it is built in.
        made: for each call site, the classes it may make instances of.
        complete: whether the fixed point was reached within the steps allowed;
            calls may lack callees if not.
    """

    def __init__(
        self, modules: Sequence[ModuleFacts], limit: int = LIMIT
    ) -> None:
        machine = Machine(limit)
        machine.arguments = Arguments(machine)
        machine.attributes = Attributes(machine)
        machine.calls = Calls(machine)
        machine.copies = Copies(machine)
        machine.items = Items(machine)
        machine.models = Models(machine)
        machine.modules = Modules(machine)
        self._modules = modules
        # Nothing becomes garbage meanwhile; looking for it doubles the time.
        with paused_collection():
            _run(machine, modules)
        self.complete = machine.flow.complete
        self.callees = machine.callees
        self.made = machine.made

    def edges(self) -> Iterator[tuple[str, str]]:
        """Yield callers and callees; lambdas have names of their own."""
        first = 0
        for facts in self._modules:
            table = facts.flow
            for place, caller in enumerate(table.site_caller):
                for callee in self.callees[first + place] or ():
                    yield table.paths[caller], callee
            first += len(table.site_start)


def _run(machine: Machine, modules: Sequence[ModuleFacts]) -> None:
    methods = load(machine, [(f.module, f.flow) for f in modules])
    machine.flow.solve(calls=False)
    machine.repair_bases(calls=False)
    machine.flow.solve()
    machine.repair_bases()
    _settle(machine, methods)
    machine.flow.solve()
    machine.repair_bases()
    machine.forget_saturated()


def _settle(m: Machine, methods: list[tuple[int, int, int]]) -> None:
    """Assume what no code of the project says.

    A method that nothing calls has a receiver of its own class; a key of which
    nothing is known is any key; a decorator that gives nothing known gives
    what it decorates.
    """
    for function, class_, kind in methods:
        parameters = m.objects.data[function].parameters
        if kind == Descriptor.STATIC or not parameters:
            continue
        node = parameters[0][2]
        if not m.flow.holds[node]:
            of_class = kind == Descriptor.CLASS
            m.flow.add(node, (class_ if of_class else m.instance(class_),))
    m.items.settle_keys()
    m.settle_decorators()
