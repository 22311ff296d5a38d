"""Pre-train a preset from scratch, and compare it with counting on test code.

python experiments/pretraining_study.py NAME --source python10 --preset codebert

Started again with the same options it goes on from its last checkpoint; once it
is trained it only evaluates. The model is followed on validation code while it
trains, and reported on test code, which no choice was made by. Writes
results/pretraining/NAME.json; `pretraining_report.py` makes the table and the
plots of that folder.
"""

import argparse
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from benchmark_model import hardware
from compared_by_graph import (
    compare,
    figures,
    frequency_losses,
    relation_table,
)
from run_record import Clock, cost, curves
from transformers import set_seed

from gmert_pyg import CodeChainGraphs
from gmert_pyg.data.splits import Split
from gmert_pyg.nn.residual_start import damp_residual_branches
from gmert_pyg.package_versions import package_versions
from gmert_pyg.training import (
    GraphMertTrainer,
    GraphMertTrainingArguments,
    last_complete_checkpoint,
)
from gmert_pyg.training.pretraining.preparation import (
    PreTrainingData,
    make_trainer,
    new_model,
    start_from_frequencies,
)
from gmert_pyg.transforms import MaskForPreTraining
from gmert_pyg.whole_output import whole_file

RESULTS = Path(__file__).parent / "results" / "pretraining"


@dataclass(frozen=True, slots=True)
class Settings:
    """What decides the result, and is written beside it."""

    source: str
    preset: str
    max_steps: int
    token_budget: int
    learning_rate: float
    warmup_steps: int
    dropout: float
    residual_scale: float
    occurrence: str
    precision: str
    seed: int


def options(arguments: list[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", help="of the result")
    parser.add_argument("--source", default="stdlib")
    parser.add_argument("--preset", default="small")
    parser.add_argument("--max-steps", type=int, default=1000)
    parser.add_argument("--token-budget", type=int, default=1024)
    parser.add_argument("--learning-rate", type=float, default=1e-3)
    parser.add_argument("--warmup-steps", type=int, default=100)
    parser.add_argument("--dropout", type=float, default=0.0)
    parser.add_argument("--residual-scale", type=float, default=1.0)
    parser.add_argument("--occurrence", default="off")
    parser.add_argument("--precision", default="auto")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--data", default="runs/data", help="built graphs")
    parser.add_argument("--run", help="(default: runs/pretraining/NAME)")
    parser.add_argument("--results", type=Path, default=RESULTS)
    parser.add_argument("--evaluations", type=int, default=12)
    parser.add_argument("--validation-graphs", type=int, default=200)
    parser.add_argument("--test-graphs", type=int, default=1000)
    parser.add_argument("--save-steps", type=int, default=100)
    parser.add_argument("--smoke", action="store_true", help="a few steps")
    given = parser.parse_args(arguments)
    if given.smoke:
        given.max_steps, given.warmup_steps, given.evaluations = 4, 1, 2
        given.validation_graphs, given.test_graphs = 4, 8
    given.run = given.run or f"runs/pretraining/{given.name}"
    return given


def split_in_three(dataset: CodeChainGraphs, seed: int) -> Split:
    """Return the parts that the corpus pins, or else a tenth to test on."""
    split = dataset.split(seed=seed)
    if len(split.test):
        return split
    return dataset.split(0.05, seed, test_share=0.1)


def sample(
    dataset: CodeChainGraphs, indices: Any, count: int, seed: int
) -> CodeChainGraphs:
    """Draw graphs of a part."""
    random = np.random.default_rng(seed)
    count = min(count, len(indices))
    drawn = random.choice(indices, count, replace=False)
    return dataset.index_select(np.sort(drawn).tolist())


def train(
    settings: Settings, given: argparse.Namespace
) -> tuple[GraphMertTrainer, PreTrainingData, CodeChainGraphs]:
    """Train, or go on, or load what is trained; return it with its test set."""
    set_seed(settings.seed)
    dataset = CodeChainGraphs(given.data, source=settings.source)
    split = split_in_three(dataset, settings.seed)
    masks = [
        MaskForPreTraining(dataset.tokenizer, dataset.schema, seed=seed)
        for seed in (settings.seed, settings.seed + 1)
    ]
    data = PreTrainingData(
        dataset.index_select(split.train.tolist()),
        sample(dataset, split.validation, given.validation_graphs, 0),
        split,
        *masks,
    )
    model = new_model(
        settings.preset,
        dataset,
        hidden_dropout_prob=settings.dropout,
        attention_probs_dropout_prob=settings.dropout,
        occurrence=settings.occurrence,
    )
    start_from_frequencies(model, data.train)
    damp_residual_branches(model.graphmert.backbone, settings.residual_scale)
    last = last_complete_checkpoint(given.run)
    arguments = training_arguments(settings, given, eval_on_start=last is None)
    trainer = make_trainer(model, data, arguments)
    clock = Clock()
    trainer.add_callback(clock)
    trainer.log_sources.append(clock)
    trainer.train(resume_from_checkpoint=last and str(last))
    trainer.save_model(given.run)
    dataset.tokenizer.save_pretrained(given.run)
    return trainer, data, sample(dataset, split.test, given.test_graphs, 0)


def training_arguments(
    settings: Settings, given: argparse.Namespace, **others: Any
) -> GraphMertTrainingArguments:
    """Translate the settings."""
    return GraphMertTrainingArguments(
        given.run,
        max_steps=settings.max_steps,
        token_budget=settings.token_budget,
        learning_rate=settings.learning_rate,
        warmup_steps=settings.warmup_steps,
        weight_decay=0.01,
        lr_scheduler_type="cosine_with_min_lr",
        lr_scheduler_kwargs={"min_lr": min(1e-5, settings.learning_rate)},
        logging_steps=max(1, settings.max_steps // 60),
        eval_strategy="steps",
        eval_steps=max(1, settings.max_steps // given.evaluations),
        save_steps=given.save_steps,
        save_total_limit=2,
        seed=settings.seed,
        precision=settings.precision,
        report_to="none",
        **others,
    )


def command(name: str, settings: Settings) -> str:
    """Return how to repeat a run, wherever its files are."""
    told = [
        f"--{key.replace('_', '-')} {value}"
        for key, value in asdict(settings).items()
    ]
    return f"python experiments/pretraining_study.py {name} {' '.join(told)}"


def report(settings: Settings, given: argparse.Namespace) -> dict[str, Any]:
    """Train and evaluate; return what is written."""
    trainer, data, test = train(settings, given)
    schema, split = data.train.schema, data.split
    found: dict[str, Any] = {
        "name": given.name,
        "command": command(given.name, settings),
        "settings": asdict(settings),
        "cost": cost(trainer),
        "hardware": hardware(trainer.args.device.type),
        "versions": package_versions(),
        "split": {
            "graphs": split.statistics(),
            "groups": {part: list(of) for part, of in split.groups.items()},
        },
        "curves": curves(trainer.state.log_history),
    }
    for part, graphs in (("validation", data.held_out), ("test", test)):
        rows = compare(trainer, data, graphs)
        table, items = figures(
            rows, trainer.graph_model.config.lambda_mlm, schema.num_relations
        )
        found[part] = {
            "graphs": len(graphs),
            "items": items,
            "metrics": table,
            "frequency_losses": frequency_losses(data, graphs),
            "relations": {
                who: relation_table(of, schema.relation_names)
                for who, of in rows.items()
            },
        }
    return found


def main(arguments: list[str] | None = None) -> Path:
    """Write the result, and return where it is."""
    given = options(arguments)
    settings = Settings(
        **{name: getattr(given, name) for name in Settings.__slots__}
    )
    found = report(settings, given)
    given.results.mkdir(parents=True, exist_ok=True)
    path: Path = given.results / f"{given.name}.json"
    with whole_file(path) as partial:
        Path(partial).write_text(json.dumps(found, indent=1) + "\n")
    return path


if __name__ == "__main__":
    print(main())
