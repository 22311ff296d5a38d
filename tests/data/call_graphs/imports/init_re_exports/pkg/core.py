def run():
    pass


def other():
    pass


class Tool:
    def use(self):
        pass
