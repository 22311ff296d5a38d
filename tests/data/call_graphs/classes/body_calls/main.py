def make():
    return helper


def helper():
    pass


class Config:
    action = make()

    def run(self):
        type(self).action()


Config().run()
