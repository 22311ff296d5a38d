from pkg import a as x, f as g

x.run()
g()
