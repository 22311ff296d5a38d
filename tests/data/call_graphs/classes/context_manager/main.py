class Lock:
    def __enter__(self):
        return self

    def __exit__(self, *details):
        pass

    def touch(self):
        pass


with Lock() as lock:
    lock.touch()
