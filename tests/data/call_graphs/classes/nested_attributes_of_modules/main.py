import pkg.inner

pkg.inner.Tool().use()
tool = pkg.inner.Tool
tool.use(None)
