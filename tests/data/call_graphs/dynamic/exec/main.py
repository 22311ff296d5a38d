def f():
    pass


exec("f()")
getattr(__import__("os"), "x", f)()
