class Items:
    def __iter__(self):
        return Cursor()


class Cursor:
    def __next__(self):
        return job


def job():
    pass


items = Items()
for item in items:
    item()
all_items = [x() for x in items]
