def log(fn):
    def logged(self, *a):
        return fn(self, *a)
    return logged
def twice(fn):
    def doubled(self, *a):
        fn(self, *a)
        return fn(self, *a)
    return doubled
class S:
    @log
    @twice
    def act(self):
        self.inner()
    def inner(self): pass
S().act()
