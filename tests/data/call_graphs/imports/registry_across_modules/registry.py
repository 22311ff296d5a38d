HANDLERS = {}
def register(name):
    def add(fn):
        HANDLERS[name] = fn
        return fn
    return add
def run(name):
    HANDLERS[name]()
