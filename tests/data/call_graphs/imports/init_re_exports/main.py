import pkg
from pkg import renamed

pkg.run()
renamed()
pkg.Tool().use()
