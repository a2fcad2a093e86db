# Postroom. `make help` lists what can be made.
.DEFAULT_GOAL := help
.PHONY: help setup demo lab lab-stop lab-reset lab-status check lint test bench

PYTHON ?= python3
VENV := .venv
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)

help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 14

setup: $(VENV)/.complete ## Install packages and make the virtual environment

$(VENV)/.complete: requirements.txt requirements-dev.txt lab/packages.sh
	@lab/packages.sh
	@test -x $(VENV)/bin/python || $(PYTHON) -m venv $(VENV)
	@echo "setup: installing the Python libraries"
	@$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

lab: setup ## Start the practice mail world
	@lab/packages.sh
	@ansible-playbook playbooks/lab.yml

lab-stop: setup ## Stop it
	@python lab/services.py stop .lab

lab-status: setup ## Say what runs
	@python lab/services.py status .lab

lab-reset: lab-stop ## Stop it and forget everything: the next start is from empty
	@rm -rf .lab/* "$$(readlink -f .lab)" && rm -f .lab

check: setup ## Check the declarations
	@ansible-playbook playbooks/validate.yml
