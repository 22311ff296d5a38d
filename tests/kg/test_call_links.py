"""What the call graph adds to a knowledge graph."""

import pytest

from gmert_pyg.kg import CodeKG
from gmert_pyg.parsing import parse_module

FILES = {
    "shapes": """
class Circle:
    def draw(self, pen):
        pen.stroke()

    def scale(self, by):
        return by


class Curtain:
    def draw(self):
        pass


class Pen:
    def stroke(self):
        pass


class Brush:
    def stroke(self):
        pass


def render(items, pen):
    for item in items:
        item.draw(pen)
""",
    "app": """
from shapes import Brush, Circle, Pen, render

MAKERS = {"circle": Circle}


def build(name):
    return MAKERS[name]()


def later(action):
    return lambda: action.scale(2)


def main():
    shape = build("circle")
    render([shape], Pen())
    render([shape], Brush())
    later(shape)()
""",
    "other": """
class Ledger:
    def post(self):
        pass


class Mail:
    def send_out(self):
        pass


def run(entry):
    entry.send_out()


class Fax:
    def __init__(self):
        self.send = self.send_out_now

    def send_out_now(self):
        pass


fax = Fax()
fax.send_out = fax.send_out_now
run(fax)
""",
}


def modules():
    return [
        parse_module(text, f"{name}.py", name) for name, text in FILES.items()
    ]


@pytest.fixture(scope="module")
def kg():
    return CodeKG.from_modules(modules())


@pytest.fixture(scope="module")
def plain():
    return CodeKG(modules(), flow=False)


def stated(kg):
    table = kg.to_pandas()
    rows = table[["head", "relation", "tail", "resolution"]].values.tolist()
    return {tuple(row[:3]): row[3] for row in rows}


def mentioned(kg, module, name, count=0):
    text = FILES[module]
    place = -1
    for _ in range(count + 1):
        place = text.index(name, place + 1)
    starts, _, entities = kg.mentions(f"{module}.py")
    entity = entities[starts.tolist().index(place)]
    return kg.entities[entity].qualified_name


@pytest.mark.parametrize(
    ("head", "relation", "tail", "how"),
    [
        ("app.build", "instantiates", "shapes.Circle", "flow"),
        ("shapes.render", "calls", "shapes.Circle.draw", "flow"),
        ("shapes.Circle.draw", "calls", "shapes.Pen.stroke", "flow-set"),
        ("shapes.Circle.draw", "calls", "shapes.Brush.stroke", "flow-set"),
        ("app.later", "calls", "shapes.Circle.scale", "flow"),
        ("app.main", "calls", "shapes.render", "import"),
        ("app.main", "calls", "app.build", "scope"),
    ],
)
def test_calls_are_stated(kg, head, relation, tail, how):
    assert stated(kg)[head, relation, tail] == how


def test_flow_is_less_believed_than_names(kg):
    table = kg.to_pandas().set_index("resolution")["confidence"]
    assert table["flow-set"].max() < table["flow"].max() < 0.8


def test_mention_of_the_only_callee_is_linked(kg, plain):
    assert mentioned(plain, "shapes", "draw(pen)") == "?.draw"
    assert mentioned(kg, "shapes", "draw(pen)") == "shapes.Circle.draw"
    assert mentioned(kg, "app", "scale(2)") == "shapes.Circle.scale"


def test_mention_of_several_callees_stays_open(kg):
    assert mentioned(kg, "shapes", "stroke()") == "?.stroke"


def test_guess_by_name_gives_way(kg, plain):
    guess = ("other.run", "calls", "other.Mail.send_out")
    seen = ("other.run", "calls", "other.Fax.send_out_now")
    assert stated(plain)[guess] == "unique-name"
    assert guess not in stated(kg)
    assert stated(kg)[seen] == "flow"
    place = "send_out()\n\n\nclass Fax"
    assert mentioned(plain, "other", place) == "other.Mail.send_out"
    assert mentioned(kg, "other", place) == "other.Fax.send_out_now"


def test_a_guess_for_which_nothing_else_speaks_stays():
    code = (
        "class A:\n    def only_one(self):\n        pass\n\n\n"
        "def f(x):\n    x.only_one()\n"
    )
    kg = CodeKG.from_modules([parse_module(code, "a.py", "a")])
    assert stated(kg)["a.f", "calls", "a.A.only_one"] == "unique-name"


def test_evidence_points_at_the_callee(kg):
    table = stated(kg)
    assert ("app.main", "calls", "shapes.Circle.scale") not in table
    head = kg.entity_id("shapes.render")
    tail = kg.entity_id("shapes.Circle.draw")
    (triple,) = [t for t in kg.triples_of(head) if kg.triples.tail[t] == tail]
    module = kg.triples.module[triple]
    start, end = kg.triples.start[triple], kg.triples.end[triple]
    assert kg.modules[module].name == "shapes"
    text = FILES["shapes"]
    assert text[start:end] == "draw"
    assert kg.triples.line[triple] == text.count("\n", 0, start) + 1


def test_without_flow_nothing_is_followed(plain):
    assert not {"flow", "flow-set"} & set(stated(plain).values())


def test_initialisers_are_not_stated_beside_their_class():
    code = "class A:\n    def __init__(self):\n        pass\n\n\nA()\n"
    kg = CodeKG.from_modules([parse_module(code, "a.py", "a")])
    assert stated(kg)["a", "instantiates", "a.A"] == "scope"
    assert ("a", "calls", "a.A.__init__") not in stated(kg)
