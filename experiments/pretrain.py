"""Pre-train a model: the flags, presets and checks of `gmert pretrain`.

A file for what starts a file in several processes:

    torchrun --nproc-per-node 4 experiments/pretrain.py --preset paper ...
    accelerate launch experiments/pretrain.py --config run.yaml ...
"""

import sys

from gmert_pyg.cli import main

if __name__ == "__main__":
    sys.exit(main(["pretrain", *sys.argv[1:]]))
