class Query:
    @classmethod
    def table(cls, name):
        return cls(name)
    def __init__(self, name):
        self.name = name
        self.filters = []
    def where(self, f):
        self.filters.append(f)
        return self
    def run(self):
        return [f(1) for f in self.filters]
def positive(x): return x > 0
Query.table("a").where(positive).run()
