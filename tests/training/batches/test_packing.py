import numpy as np
import pytest

from gmert_pyg import GraphMertConfig, GraphMertForPreTraining
from gmert_pyg.training import GraphMertTrainingArguments
from gmert_pyg.training.batches.packing import pack_to_budget
from gmert_pyg.training.pretraining.preparation import (
    make_trainer,
    prepare_data,
)


def config_with(attention, token_budget=None):
    return GraphMertConfig.small(
        attention=attention,
        token_budget=token_budget,
        attention_probs_dropout_prob=0.0,
    )


def test_flex_alone_is_packed_and_pads_to_the_budget():
    flex = config_with("flex")
    assert pack_to_budget(flex, 1000)
    assert flex.token_budget == 1024
    eager = config_with("eager")
    assert not pack_to_budget(eager, 1000)
    assert eager.token_budget is None


def test_a_length_that_was_chosen_stays():
    flex = config_with("flex", token_budget=512)
    assert pack_to_budget(flex, 300)
    assert flex.token_budget == 512
    with pytest.raises(ValueError, match=r"'token_budget'.* 512 \(got 513\)"):
        pack_to_budget(flex, 513)


@pytest.mark.parametrize("attention", ["eager", "flex"])
def test_the_trainer_fills_batches_as_its_model_reads_them(
    dataset, tmp_path, attention
):
    config = config_with(attention)
    config.backbone_config.num_hidden_layers = 1
    config.backbone_config.vocab_size = len(dataset.tokenizer)
    data = prepare_data(dataset, held_out_share=0.2)
    arguments = GraphMertTrainingArguments(
        str(tmp_path), token_budget=300, num_train_epochs=2, use_cpu=True
    )
    trainer = make_trainer(GraphMertForPreTraining(config), data, arguments)
    lengths = data.train.num_nodes_per_graph
    batches = [
        lengths[np.array(draws) % len(lengths)]
        for draws in trainer.get_train_dataloader().batch_sampler
    ]
    assert sum(len(batch) for batch in batches) == 2 * len(lengths)
    sums = [batch.sum() for batch in batches]
    padded = [batch.max() * len(batch) for batch in batches]
    assert max(sums) <= 300
    assert (max(padded) <= 300) == (attention == "eager")
