import subprocess
import sys

from gmert_pyg import CodeChainGraphs
from gmert_pyg.data.function_identity import function_identity


def keep_more_than(count):
    return lambda graph: graph.num_nodes > count


def test_functions_are_what_they_do_and_not_where_they_stand():
    one = eval("lambda n: n in {1, 'a'}")
    same = eval("\n\n(lambda n: n in {1, 'a'})")
    other = eval("lambda n: n in {2, 'a'}")
    assert function_identity(one) == function_identity(same)
    assert function_identity(one) != function_identity(other)


def test_what_a_function_encloses_and_its_defaults_count():
    few, many = keep_more_than(5), keep_more_than(50)
    assert function_identity(few) == function_identity(keep_more_than(5))
    assert function_identity(few) != function_identity(many)
    assert function_identity(eval("lambda n=1: n")) != function_identity(
        eval("lambda n=2: n")
    )


def test_inner_functions_count():
    one = eval("lambda n: (lambda: n + 1)()")
    other = eval("lambda n: (lambda: n + 2)()")
    assert function_identity(one) != function_identity(other)
    assert " at 0x" not in function_identity(print)


def test_an_identity_is_the_same_in_every_process():
    command = (
        "from gmert_pyg.data.function_identity import function_identity\n"
        "f = lambda n: n in {'a', 'b', 'c'} or (lambda: {'x', 'y'})()\n"
        "print(function_identity(f))"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", command],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(found) == 1


def test_another_filter_or_scorer_is_another_dataset(project, tmp_path):
    def read(**options) -> CodeChainGraphs:
        return CodeChainGraphs(
            str(tmp_path), source=project, num_workers=0, **options
        )

    everything = read(pre_filter=lambda graph: graph.num_nodes > 0)
    few = read(pre_filter=lambda graph: graph.num_nodes > 30)
    assert 0 < len(few) < len(everything)
    none = read(scorer=lambda candidates: candidates.lexical_overlap * 0)
    some = read(scorer=lambda candidates: candidates.lexical_overlap * 0 + 1)
    assert none.statistics["triples"] == 0 < some.statistics["triples"]
