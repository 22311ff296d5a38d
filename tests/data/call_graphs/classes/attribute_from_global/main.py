def render(self): pass
def validate(x): pass
class Form:
    render = render
    check = staticmethod(validate)
    fields = {"a": validate}
    def clean(self):
        self.check(1)
        self.fields["a"](1)
f = Form()
f.render()
f.clean()
Form.fields["a"](2)
