def normalise(values: list[float]) -> list[float]:
    largest = max(values)
    return [value / largest for value in values]


def _hidden():
    pass
