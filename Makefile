# make report YEAR=2023   everything from nothing: environment, notebooks, report
# make test               lint, types and tests
# make picture            all pictures of the documents (needs pdftoppm and Chromium)
# make docs               the reference pages, from the contracts themselves
# make bench              measure against papermill by hand, and write docs/BENCHMARKS.md (half an hour)
# make torture            try to break every promise at length, and write docs/RELIABILITY.md (an hour)
# make lab                JupyterLab on the notebooks, and one of your own to begin with
# make hooks              look at every commit before it is made, and show git what changed in a notebook
# make lock               solve the dependencies anew (needs the network)

YEAR   ?= 2023
PYTHON ?= python3
CACHE  ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/klimatlib/wheels
BIN    := .venv/bin
READY  := .venv/ready

.PHONY: report test picture docs bench torture lab hooks lock clean
.DELETE_ON_ERROR:

report: $(READY)
	@$(BIN)/klimatlib report $(YEAR)

test: $(READY)
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

picture: $(READY)
	@$(BIN)/python docs/picture.py $(YEAR)

docs: $(READY)
	@$(BIN)/python docs/reference.py && $(BIN)/python tests/test_formats.py

bench: $(READY)
	@$(BIN)/python benchmarks/speed.py --write

torture: $(READY)
	@-$(BIN)/python -m pytest -m "short or long" --junitxml=.pytest_cache/campaign.xml
	@cd tests && ../$(BIN)/python -m campaign.reliability ../.pytest_cache/campaign.xml

lab: $(READY)
	@$(BIN)/python -m klimatlib.lab
	@JUPYTER_CONFIG_PATH="$(CURDIR)/.jupyter" $(BIN)/jupyter lab

# The hooks are .pre-commit-config.yaml's, run by pre-commit, which looks at what is staged and at nothing else.
# Diffs of notebooks are nbdime's: sources alone, for .jupyter/nbdime_config.json leaves the rest out.
hooks: $(READY)
	@$(BIN)/pre-commit install
	@git config diff.jupyternotebook.command "env JUPYTER_CONFIG_PATH=.jupyter $(BIN)/git-nbdiffdriver diff"
	@git config merge.jupyternotebook.driver "$(BIN)/git-nbmergedriver merge %O %A %B %L %P"
	@git config merge.jupyternotebook.name "nbdime, cell by cell"

# The environment: only what the lock names, only with the hashes it names. Wheels are kept in a
# cache of our own, because pip's cannot be used without asking the index first.
$(READY): requirements.lock pyproject.toml
	@sh .ci/setup "$(PYTHON)" "$(CACHE)"
	@touch $@

lock: $(READY)
	@$(BIN)/python -m pip install -q uv
	@$(BIN)/uv pip compile -q --universal --generate-hashes --python-version 3.11 --all-extras \
	  --no-emit-index-url --no-emit-find-links --no-header --no-annotate pyproject.toml -o requirements.lock

clean:
	@rm -rf .venv .pytest_cache .mypy_cache .ruff_cache
