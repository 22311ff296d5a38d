from pkg.sub import deep

deep.run()
