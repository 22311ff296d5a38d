from pkg.sub import f as g

g()
