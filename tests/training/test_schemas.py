"""Another schema than the default one, from code to a trained model."""

import pytest
import torch

from gmert_pyg import CodeChainGraphs, GraphMertConfig, GraphMertForPreTraining
from gmert_pyg.report.palette import relation_colours
from gmert_pyg.schema import DEFAULT_SCHEMA, EXTENDED_SCHEMA
from gmert_pyg.training import GraphCollator, GraphMertTrainingArguments
from gmert_pyg.training.pretraining.preparation import (
    make_trainer,
    new_model,
    prepare_data,
)

CODE = '''import abc
class Shape:
    def area(self):
        """Return the area."""
        raise NotImplementedError
class Square(Shape):
    @abc.abstractmethod
    def area(self):
        return 1
async def wait(shape: Shape):
    await load(shape)
    return shape.area()
async def load(shape):
    await shape.load()
'''
OTHER = """class Total:
    def __init__(self, first): self.first = first
    def add(self, second): return Total(self.first + second)
    def names(self): return [str(self.first) for _ in range(3)]
"""
TINY = {
    "num_hidden_layers": 1,
    "hidden_size": 32,
    "num_attention_heads": 2,
    "intermediate_size": 64,
}


@pytest.fixture(scope="module")
def extended(tmp_path_factory):
    folder = tmp_path_factory.mktemp("code")
    for name, code in (("a", CODE), ("b", OTHER)):
        (folder / f"{name}.py").write_text(code)
    root = tmp_path_factory.mktemp("root")
    return CodeChainGraphs(
        str(root), source=folder, schema=EXTENDED_SCHEMA, num_workers=0
    )


def test_graphs_carry_the_new_relations(extended):
    types = torch.cat([graph.edge_type for graph in extended]).unique()
    of_graph = types[types < EXTENDED_SCHEMA.num_relations]
    names = {EXTENDED_SCHEMA.relation_names[t] for t in of_graph}
    assert set(EXTENDED_SCHEMA.relation_names[12:]) <= names
    counts = extended.statistics["triples_by_relation"]
    assert list(counts) == list(EXTENDED_SCHEMA.relation_names)
    for graph in extended:
        graph.validate(EXTENDED_SCHEMA.num_relations, len(extended.tokenizer))
    documented = EXTENDED_SCHEMA.relation_id("documented_by")
    tails = {
        extended.tokenizer.decode(graph.input_ids[leaves])
        for graph in extended
        for leaves in [graph.edge_index[1, graph.edge_type == documented]]
        if len(leaves)
    }
    assert any("Return" in tail and "area" in tail for tail in tails)


def test_a_model_trains_on_them_and_keeps_the_schema(extended, tmp_path):
    data = prepare_data(extended, held_out_share=0.5)
    model = new_model("small", extended, **TINY)
    assert model.config.num_relations == 17
    assert model.config.num_edge_types == 23
    arguments = GraphMertTrainingArguments(
        output_dir=str(tmp_path / "run"),
        max_steps=1,
        token_budget=300,
        save_strategy="no",
        report_to="none",
        disable_tqdm=True,
        use_cpu=True,
    )
    trainer = make_trainer(model, data, arguments)
    trainer.train()
    assert trainer.state.log_history
    model.save_pretrained(tmp_path / "model")
    back = GraphMertForPreTraining.from_pretrained(tmp_path / "model")
    back.check_dataset(extended)
    batch = GraphCollator()(list(extended))["batch"]
    with torch.no_grad():
        assert back(batch).logits.shape[0] == batch.num_nodes


def test_a_model_of_another_schema_is_refused(extended, tmp_path):
    # Its relation 13 would be read as `last_use`, within the range of types.
    model = GraphMertForPreTraining(
        GraphMertConfig.small(len(extended.tokenizer), **TINY)
    )
    assert model.config.schema == DEFAULT_SCHEMA.to_dict()
    data = prepare_data(extended, held_out_share=0.5)
    arguments = GraphMertTrainingArguments(output_dir=str(tmp_path))
    with pytest.raises(
        ValueError,
        match=r"schema 'extended', version 1.*\(got 'code', version 1",
    ):
        make_trainer(model, data, arguments)


def test_a_model_without_schema_needs_as_many_relations(extended):
    def model(number):
        return GraphMertForPreTraining(
            GraphMertConfig.small(
                len(extended.tokenizer), num_relations=number, **TINY
            )
        )

    model(17).check_dataset(extended)
    with pytest.raises(ValueError, match=r"\(got 12 relations\)"):
        model(12).check_dataset(extended)


def test_all_relations_of_the_extended_schema_have_their_own_colour():
    colours = relation_colours(EXTENDED_SCHEMA.relation_names)
    assert len(set(colours.values())) == EXTENDED_SCHEMA.num_relations
    for name, colour in relation_colours(["own"]).items():
        assert colours.get(name, colour) == colour
