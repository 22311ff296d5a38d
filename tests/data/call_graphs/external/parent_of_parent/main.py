import ext


class A(ext.Base):
    pass


class B(A):
    def run(self):
        self.outside()
        self.inside()

    def inside(self):
        pass


B().run()
