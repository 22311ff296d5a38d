# `make demo` and `make test` need Python 3.11 or newer, and nothing else: they
# make .venv themselves. On Linux, PyPI's torch brings CUDA libraries; set
# PIP_EXTRA_INDEX_URL to PyTorch's index of CPU wheels for a smaller download.

PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 \
	python3.11; do $$python -c \
	"import sys; sys.exit(sys.version_info < (3, 11))" 2>/dev/null \
	&& echo $$python && break; done)
VENV := .venv
BIN := $(VENV)/bin
# Of all these packages few modules are ever imported: those are compiled then.
INSTALL := $(BIN)/python -m pip install --no-compile -c constraints.txt
TORCH := $(shell grep '^torch==' constraints.txt)

# The checks run beside the build of torch-scatter.
MAKEFLAGS += --jobs=2

.PHONY: demo test slow gpu lint clean

demo: $(VENV)/.installed
	$(BIN)/gmert demo

# As many processes as processors, of one thread each.
test: lint $(VENV)/.scatter
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n auto

# What takes minutes: 20 random `kill -9`, a full disk, several processes.
slow: $(VENV)/.scatter
	$(BIN)/python -m pytest -m slow

# What only a GPU can show: the tests that skip without one, and the benchmarks.
RESULTS := experiments/results
gpu: $(VENV)/.dev
	$(BIN)/python -m pytest tests/nn tests/training/test_cuda.py
	$(BIN)/python experiments/benchmark_hgat.py --device cuda \
		--dtype bfloat16 --json $(RESULTS)/hgat_benchmark/cuda.json
	$(BIN)/python experiments/benchmark_model.py --device cuda \
		--json $(RESULTS)/model_benchmark/cuda.json
	test -d runs/train_gpu || \
		$(BIN)/python experiments/gpu_bundle.py --root runs/data
	HF_HUB_OFFLINE=1 $(BIN)/python experiments/train_gpu.py

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

clean:
	rm -rf $(VENV) build dist *.egg-info
	rm -rf .mypy_cache .pytest_cache .ruff_cache .hypothesis

$(VENV)/.created:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed" >&2; exit 2; }
	$(PYTHON) -m venv $(VENV)
	touch $@

$(VENV)/.torch: $(VENV)/.created constraints.txt
	$(INSTALL) $(TORCH)
	touch $@

$(VENV)/.installed: $(VENV)/.torch pyproject.toml
	$(INSTALL) -e .
	touch $@

$(VENV)/.dev: $(VENV)/.torch pyproject.toml
	$(INSTALL) -e ".[dev]"
	touch $@

# Its build imports torch, so it comes last and without build isolation. Almost
# all of the time (minutes) goes into torch's headers, and it does not use ninja.
$(VENV)/.scatter: $(VENV)/.dev
	FORCE_ONLY_CPU=1 CFLAGS=-g0 $(INSTALL) --use-pep517 --no-build-isolation \
		--config-settings=--build-option="build_ext --parallel=2" \
		torch-scatter
	touch $@
