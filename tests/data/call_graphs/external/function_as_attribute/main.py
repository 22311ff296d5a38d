import ext


class A:
    action = ext.act

    def run(self):
        self.action()


A().run()
