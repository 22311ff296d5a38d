def make():
    return {"a": lambda: 1, "b": lambda: 2}


make()["b"]()
(lambda x: x)(3)
