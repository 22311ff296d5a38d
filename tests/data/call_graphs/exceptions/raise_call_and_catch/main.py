class Error(Exception):
    def __init__(self, text):
        self.text = text

    def show(self):
        pass


def fail():
    raise Error("x")


try:
    fail()
except Error as error:
    error.show()
