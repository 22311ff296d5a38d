from gmert_pyg.report import MetricRow
from gmert_pyg.report.findings import winner_sentences


def row(metric: str, model: float, majority: float, lookup: float):
    return MetricRow(
        task="leaves",
        metric=metric,
        num_items=10,
        model=model,
        majority=majority,
        lookup=lookup,
    )


def test_every_winner_is_named_with_the_runner_up():
    assert winner_sentences(
        [row("hits@1", 0.2, 0.1, 0.3), row("hits@10", 0.8, 0.1, 0.5)]
    ) == [
        "The model is best in hits@10 on leaves (80.0 % against 50.0 % of the"
        " lookup baseline).",
        "The lookup baseline is best in hits@1 on leaves (30.0 % against"
        " 20.0 % of the model).",
    ]


def test_a_model_that_wins_all_is_best_everywhere():
    (sentence,) = winner_sentences([row("F1", 0.8, 0.1, 0.5)])
    assert sentence.startswith("The model is best everywhere: F1 on leaves (")


def test_a_model_below_the_majority_is_said_to_be():
    sentences = winner_sentences([row("F1", 0.1, 0.4, 0.2)])
    assert sentences[0].startswith("The majority baseline is best")
    assert sentences[-1] == (
        "The model is not above the majority baseline in F1 on leaves."
    )


def test_values_that_look_alike_are_level():
    sentences = winner_sentences([row("F1", 0.50004, 0.1, 0.49996)])
    assert sentences == [
        "The model and the lookup baseline are level in F1 on leaves."
    ]


def test_no_metrics_no_sentence():
    assert winner_sentences([]) == []
