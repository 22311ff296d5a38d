class A:
    def m(self):
        self.n()
        self.__class__.n(self)

    def n(self):
        pass
