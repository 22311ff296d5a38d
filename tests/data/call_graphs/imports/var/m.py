class C:
    def go(self):
        pass


obj = C()
table = {"a": obj.go}
