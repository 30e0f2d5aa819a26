# Thin on purpose: packaging/bootstrap.py makes the environment and runs everything.
# Arguments go through ARGS:  make demo ARGS="--duration 5"     make test ARGS="tests/core -x"
# Another interpreter:        make demo PYTHON=python3.12
PYTHON ?= python3
ARGS ?=
BOOTSTRAP := $(PYTHON) packaging/bootstrap.py
LOCK := .venv/bin/uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate --no-emit-index-url --no-config --system-certs
LOCKS := packaging/requirements

.PHONY: demo test test-long lint env peers lock bench screenshots clean

demo:
	@$(BOOTSTRAP) demo $(ARGS)

# Two at a time: most of a test is waiting. Those of real processes for tens of seconds come after, one by one.
test:
	@$(BOOTSTRAP) test $(or $(ARGS),-n 2 --dist loadfile -m "not long")

test-long:
	@$(BOOTSTRAP) test $(or $(ARGS),-m "long")

lint:
	@$(BOOTSTRAP) lint

env:
	@$(BOOTSTRAP) env

# What the chart bench races against and cannot share an environment with; without it that line is a miss.
peers:
	@$(BOOTSTRAP) peers

# Takes the newest versions that pyproject.toml allows. The lock names no index: hashes decide, not addresses.
lock:
	$(LOCK) --upgrade pyproject.toml -o $(LOCKS)/run.txt
	$(LOCK) --upgrade pyproject.toml --extra dev --extra peers -c $(LOCKS)/run.txt -o $(LOCKS)/dev.txt
	$(LOCK) --upgrade --group bootstrap -o $(LOCKS)/uv.txt
	$(LOCK) --upgrade --group finplot -o $(LOCKS)/peers.txt
	! grep -n '://' $(LOCKS)/*.txt

# One report a bench in out/; quick unless asked otherwise. All run; fails if one of them missed a goal.
bench: ARGS = --quick
bench: env
	-@$(BOOTSTRAP) peers
	@mkdir -p out
	@status=0; \
	for name in grid chart startup; do .venv/bin/tapedeck bench $$name $(ARGS) --json out/$$name.json || status=1; done; \
	for name in wire aggregator e2e desk replay; do .venv/bin/tapedeckd bench $$name $(ARGS) --json out/$$name.json || status=1; done; \
	exit $$status

# Every picture of the docs, made anew. Look at them before you commit.
screenshots: env
	.venv/bin/python -m tests.screenshots

clean:
	rm -rf .venv .venv-peers .venv.lock build out .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache *.egg-info
