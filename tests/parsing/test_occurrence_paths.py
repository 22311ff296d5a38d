"""Last uses and writes against an interpreter that follows every path."""

import ast
from collections import defaultdict

from hypothesis import given, settings
from hypothesis import strategies as st

from gmert_pyg.parsing import LineIndex, parse_module
from gmert_pyg.schema import DEFAULT_SCHEMA

LAST_USE = DEFAULT_SCHEMA.occurrences.index("last_use")
LAST_WRITE = DEFAULT_SCHEMA.occurrences.index("last_write")


VARIABLES = ("a", "b", "c")


class Paths:
    """Runs code on all states at once; a state is what came last, by variable.

    Conditions may turn out either way, and anything may raise.
    """

    def __init__(self, text):
        self.index = LineIndex(text)
        self.edges = set()
        self.raised = set()

    def place(self, node, name, at_end=False):
        if at_end:
            end = self.index.offset(node.end_lineno, node.end_col_offset)
            return end - len(name)
        return self.index.offset(node.lineno, node.col_offset)

    def access(self, states, variable, place, write):
        self.raised |= states
        after = set()
        for state in states:
            last = dict(state)
            for kind, number in ((LAST_USE, 0), (LAST_WRITE, 1)):
                known = last.get((variable, number))
                if known is not None:
                    self.edges.add((place, known, kind))
            last[variable, int(write)] = place
            if write:
                last = self.without_fields(last, variable)
            after.add(frozenset(last.items()))
        self.raised |= after
        return after

    @staticmethod
    def without_fields(last, variable):
        return {
            key: place
            for key, place in last.items()
            if not key[0].startswith(f"{variable}.")
        }

    def delete(self, states, variable, place):
        raised = self.raised | states
        after = self.forget(
            self.access(states, variable, place, True), variable
        )
        self.raised = raised | after
        return after

    def forget(self, states, variable):
        return {
            frozenset(
                (key, place)
                for key, place in self.without_fields(
                    dict(state), variable
                ).items()
                if key[0] != variable
            )
            for state in states
        }

    def evaluate(self, node, states):
        """Return the states after an expression."""
        if isinstance(node, ast.Name):
            if node.id not in VARIABLES:
                return states
            place = self.place(node, node.id)
            return self.access(states, node.id, place, False)
        if isinstance(node, ast.Attribute):
            states = self.evaluate(node.value, states)
            place = self.place(node, node.attr, at_end=True)
            return self.access(states, ast.unparse(node), place, False)
        if isinstance(node, ast.BoolOp):
            ends = [ends for ends in self.decide(node, states).values() if ends]
            return set().union(*ends)
        if isinstance(node, ast.IfExp):
            ends = self.decide(node.test, states)
            return self.evaluate(node.body, ends[True]) | self.evaluate(
                node.orelse, ends[False]
            )
        if isinstance(node, ast.NamedExpr):
            return self.store(node.target, self.evaluate(node.value, states))
        for child in ast.iter_child_nodes(node):
            states = self.evaluate(child, states)
        return states

    def decide(self, node, states):
        """Return the states after a condition, by how it turned out."""
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            ends = self.decide(node.operand, states)
            return {True: ends[False], False: ends[True]}
        if isinstance(node, ast.BoolOp):
            stops = isinstance(node.op, ast.Or)
            ends = {True: set(), False: set()}
            for value in node.values:
                found = self.decide(value, states)
                ends[stops] |= found[stops]
                states = found[not stops]
            ends[not stops] |= states
            return ends
        if isinstance(node, ast.Constant):
            return {True: states, False: set()}
        states = self.evaluate(node, states)
        return {True: states, False: states}

    def store(self, node, states):
        if isinstance(node, ast.Name):
            return self.access(states, node.id, self.place(node, node.id), True)
        states = self.evaluate(node.value, states)
        place = self.place(node, node.attr, at_end=True)
        return self.access(states, ast.unparse(node), place, True)

    def run(self, body, states):
        """Return the states after statements, by the way they were left."""
        ends = defaultdict(set)
        for statement in body:
            if not states:
                break
            self.raised |= states
            found = self.step(statement, states)
            states = found.pop("end", set())
            for way, others in found.items():
                ends[way] |= others
        ends["end"] |= states
        return ends

    def step(self, node, states):
        return getattr(self, f"step_{type(node).__name__}")(node, states)

    def step_Expr(self, node, states):  # noqa: N802
        return {"end": self.evaluate(node.value, states)}

    def step_Assign(self, node, states):  # noqa: N802
        states = self.evaluate(node.value, states)
        return {"end": self.store(node.targets[0], states)}

    def step_AugAssign(self, node, states):  # noqa: N802
        place = self.place(node.target, "")
        states = self.access(states, node.target.id, place, False)
        states = self.evaluate(node.value, states)
        return {"end": self.store(node.target, states)}

    def step_Delete(self, node, states):  # noqa: N802
        (name,) = node.targets
        return {"end": self.delete(states, name.id, self.place(name, name.id))}

    def step_Break(self, node, states):  # noqa: N802
        return {"break": states}

    def step_Continue(self, node, states):  # noqa: N802
        return {"continue": states}

    def step_Return(self, node, states):  # noqa: N802
        return {"return": self.evaluate(node.value, states)}

    def step_Raise(self, node, states):  # noqa: N802
        self.evaluate(node.exc, states)
        return {}

    def step_If(self, node, states):  # noqa: N802
        ends = self.decide(node.test, states)
        found = self.run(node.body, ends[True])
        for way, others in self.run(node.orelse, ends[False]).items():
            found[way] |= others
        return found

    def step_While(self, node, states):  # noqa: N802
        return self.loop(node, states, lambda s: self.decide(node.test, s))

    def step_For(self, node, states):  # noqa: N802
        states = self.evaluate(node.iter, states)
        return self.loop(
            node, states, lambda s: {True: self.store(node.target, s), False: s}
        )

    def loop(self, node, states, decide):
        found = defaultdict(set)
        before, size = set(states), -1
        while len(before) != size:
            size = len(before)
            ends = decide(before)
            after = self.run(node.body, ends[True])
            before |= after.pop("end", set()) | after.pop("continue", set())
            for way, others in after.items():
                found[way] |= others
        left = found.pop("break", set())
        for way, others in self.run(node.orelse, ends[False]).items():
            found[way] |= others
        found["end"] |= left
        return found

    def step_Try(self, node, states):  # noqa: N802
        outside, self.raised = self.raised, set()
        found = self.run(node.body, states)
        if node.handlers:
            caught, self.raised = self.raised, set()
            found = self.handle(node, found, caught)
        if node.finalbody:
            found["raise"] |= self.raised
            self.raised, finished = set(), defaultdict(set)
            for way, others in found.items():
                for end, after in self.run(node.finalbody, others).items():
                    finished[way if end == "end" else end] |= after
            self.raised |= finished.pop("raise", set())
            found = finished
        self.raised |= outside
        return found

    def handle(self, node, found, caught):
        found = defaultdict(set, found)
        for way, others in self.run(node.orelse, found.pop("end")).items():
            found[way] |= others
        for handler in node.handlers:
            self.raised |= caught
            states = caught
            if handler.name:
                place = self.index.offset(handler.lineno, handler.col_offset)
                place += len("except E as ")
                states = self.access(states, handler.name, place, True)
            for way, others in self.run(handler.body, states).items():
                if handler.name and way == "end":
                    others = self.forget(others, handler.name)
                found[way] |= others
        return found


NAMES = st.sampled_from(VARIABLES)
ATOMS = NAMES | st.sampled_from(["a.f", "b.f", "1"])
EXPRESSIONS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.builds("({} + {})".format, inner, inner),
        st.builds("({} and {})".format, inner, inner),
        st.builds("(not {} or {})".format, inner, inner),
        st.builds("({} if {} else {})".format, inner, inner, inner),
        st.builds("({} := {})".format, NAMES, inner),
    ),
    max_leaves=4,
)
SIMPLE = st.one_of(
    st.builds("{} = {}\n".format, NAMES | st.just("a.f"), EXPRESSIONS),
    st.builds("{} += {}\n".format, NAMES, EXPRESSIONS),
    st.builds("print({}, {})\n".format, EXPRESSIONS, EXPRESSIONS),
    st.builds("del {}\n".format, NAMES),
    st.builds("raise {}\n".format, NAMES),
    st.builds("return {}\n".format, EXPRESSIONS),
    st.sampled_from(["break\n", "continue\n"]),
)


def indented(body):
    return "".join(f" {line}\n" for line in body.splitlines())


def block(head, body):
    return f"{head}:\n{indented(body)}"


def compound(inner):
    some = st.lists(inner, min_size=1, max_size=3).map("".join)
    heads = st.one_of(
        st.builds("if {}".format, EXPRESSIONS),
        st.builds("while {}".format, EXPRESSIONS | st.just("True")),
        st.builds("for {} in {}".format, NAMES, EXPRESSIONS),
    )
    handler = st.sampled_from(["except E", "except E as c", "except E as a"])
    return st.one_of(
        st.builds(block, heads, some),
        st.builds(
            lambda head, body, other: block(head, body) + block("else", other),
            heads,
            some,
            some,
        ),
        st.builds(
            lambda body, head, other: block("try", body) + block(head, other),
            some,
            handler,
            some,
        ),
        st.builds(
            lambda body, other: block("try", body) + block("finally", other),
            some,
            some,
        ),
        st.builds(
            lambda *parts: "".join(
                map(block, ("try", parts[0], "else", "finally"), parts[1:])
            ),
            handler,
            some,
            some,
            some,
            some,
        ),
    )


PROGRAMS = st.lists(
    st.recursive(SIMPLE, compound, max_leaves=10), min_size=1, max_size=4
).map("".join)


def edges_of(text):
    """Return what the parser finds, without what is told in other ways."""
    table = parse_module(text, "m.py", "m").occurrences
    edges = zip(table.source, table.target, table.kind, strict=True)
    return {edge for edge in edges if edge[2] in (LAST_USE, LAST_WRITE)}


def edges_of_paths(text):
    (function,) = ast.parse(text).body
    paths = Paths(text)
    states = {frozenset()}
    for argument in function.args.args:
        place = paths.place(argument, argument.arg)
        states = paths.access(states, argument.arg, place, True)
    paths.run(function.body, states)
    return paths.edges


@settings(max_examples=300, deadline=None)
@given(PROGRAMS)
def test_last_uses_and_writes_are_those_of_all_paths(body):
    text = block("def f(a, b, c)", body)
    assert edges_of(text) == edges_of_paths(text)
