class Tree:
    def __iter__(self):
        yield self.leaf

    def leaf(self):
        pass


def walk(tree):
    for leaf in tree:
        leaf()


walk(Tree())
