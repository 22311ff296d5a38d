"""`python -m gmert_pyg` is the command `gmert`."""

import sys

from gmert_pyg.cli import main

sys.exit(main())
