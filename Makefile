# mailassay: `make audit` audits the lab, or the hosts of INVENTORY; `make test` examines mailassay itself.
.PHONY: audit why plan propose adopt collector test unit stand-ins lab-tests lab-changes quick-faults lint lab-up lab-down lab-reset faults harmless bench clean help
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
LAB := playbooks/lab/lab
LAB_INVENTORY := inventories/lab/hosts.yml
# Tests that start whole audits.
AUDITS := tests/test_audit.py tests/test_capture.py tests/test_site.py tests/test_trouble.py tests/test_shards.py tests/test_load.py tests/test_awx.py
# Images of containers set this, and then each audit would compile the whole suite again.
unexport PYTHONDONTWRITEBYTECODE
OPTIONS := $(if $(LIMIT),--limit '$(LIMIT)') $(if $(ALLOW),--allow $(ALLOW)) $(ARGS)

# The folder that holds an inventory gives a site its name (checks/inventory.py).
SITE = $(shell if [ -d '$(INVENTORY)' ]; then basename '$(INVENTORY)'; else basename "$$(dirname '$(or $(INVENTORY),$(LAB_INVENTORY))')"; fi)

help: ## what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1 \t/' | expand -t 22

$(VENV)/ready: requirements.lock
	@echo "setting up $(VENV) from requirements.lock (about half a minute)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "mailassay needs Python 3.11 or newer: make PYTHON=python3.12 …")'
	@$(PYTHON) -m venv $(VENV)
	@$(VENV)/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $@

ifdef INVENTORY
audit: $(VENV)/ready ## audit the lab; or your own: make audit INVENTORY=… [LIMIT='mx*:&prod'] [ALLOW=…]
	@$(VENV)/bin/pytest checks --inventory '$(INVENTORY)' $(OPTIONS)
else
audit: $(VENV)/ready lab-up
	@$(VENV)/bin/pytest checks --inventory $(LAB_INVENTORY) --expect inventories/lab/expected.yml $(OPTIONS)
endif

why: $(VENV)/ready ## what explains a symptom of one host: make why HOST=mx1 SYMPTOM='587 refused' [INVENTORY=…]
	@$(VENV)/bin/pytest checks --inventory '$(or $(INVENTORY),$(LAB_INVENTORY))' --limit '$(HOST)' --out reports/out/why --symptom '$(SYMPTOM)' $(ARGS)

plan: $(VENV)/ready ## what an audit would ask of whom, contacting nobody: make plan INVENTORY=…
	@$(VENV)/bin/pytest checks --plan --inventory '$(or $(INVENTORY),$(LAB_INVENTORY))' $(OPTIONS)

propose: $(VENV)/ready ## print what an inventory could say of its hosts, read once each: make propose INVENTORY=… [LIMIT=…]
	@$(PY) -m checks.propose --inventory '$(or $(INVENTORY),$(LAB_INVENTORY))' $(if $(LIMIT),--limit '$(LIMIT)')

collector: $(VENV)/ready ## print the root-owned script of mailassay_become: collector: make collector INVENTORY=… [LIMIT=…]
	@$(PY) -m checks.collector --inventory '$(or $(INVENTORY),$(LAB_INVENTORY))' $(if $(LIMIT),--limit '$(LIMIT)')

adopt: $(VENV)/ready ## record the root causes of the last audit as dated debt: make adopt INVENTORY=… OWNER='…' [RUN=…]
	@$(PY) -m reports adopt '$(or $(RUN),reports/out/$(SITE)/latest)' --owner '$(OWNER)' $(ARGS)

test: ## everything .ci/run runs, with the time of each part
	@$(PYTHON) tests/parts.py

lint: $(VENV)/ready ## ruff, mypy, ansible-lint
	@$(VENV)/bin/ruff check . && $(VENV)/bin/ruff format --check . && $(VENV)/bin/mypy && $(VENV)/bin/ansible-lint --offline -q playbooks

unit: $(VENV)/ready ## tests that need no lab and no network
	@$(VENV)/bin/pytest -q -m "not lab" tests $(AUDITS:%=--ignore %)

stand-ins: $(VENV)/ready ## whole audits of hosts that a few lines of shell stand in for: hanging, lost, refusing, hostile
	@$(VENV)/bin/pytest -q $(AUDITS)

lab-tests: $(VENV)/ready ## tests on the lab's real hosts (root)
	@$(VENV)/bin/pytest -q -m lab tests --ignore tests/test_faults.py --ignore tests/lab/test_prechange.py

lab-changes: $(VENV)/ready ## mx1 really upgraded, really broken, really drained by prechange.yml (root; ten minutes, apart from make test)
	@$(VENV)/bin/pytest -q -m lab tests/lab/test_prechange.py

quick-faults: $(VENV)/ready ## a dozen faults, each of which must be named; all of them: make faults
	@$(VENV)/bin/pytest -q tests/test_faults.py

lab-up: $(VENV)/ready ## build and start the lab's hosts (root)
	@$(LAB) up

lab-down: ## stop the lab and remove its network
	@$(LAB) down

lab-reset: ## put lab hosts back to their configured state: make lab-reset [HOST=mx1]
	@$(LAB) reset $(HOST)

faults: $(VENV)/ready ## break the lab in every known way and score the diagnosis: make faults [ONLY=…] [JOBS=2]
	@$(PY) -m tests.bench faults $(if $(ONLY),--only '$(ONLY)') $(if $(JOBS),--jobs $(JOBS))

harmless: $(VENV)/ready ## vary the lab in harmless ways, on which the audit must stay silent
	@$(PY) -m tests.bench harmless $(if $(ONLY),--only '$(ONLY)') $(if $(JOBS),--jobs $(JOBS))

bench: $(VENV)/ready ## measure speed and scale, and write BENCHMARKS.md (root, after an audit of the lab): make bench [ONLY='fleet judging']
	@$(PY) -m tests.scale $(ONLY)

clean: ## remove the virtual environment (reports are kept)
	@rm -rf $(VENV)
