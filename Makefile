# `make run` starts Isoscope, `make test` runs every test, `make help` lists the rest.
SHELL := /bin/bash
.DEFAULT_GOAL := help

PORT ?=
PYTHON ?= $(firstword $(foreach version,3.13 3.12 3.11,$(if $(shell python$(version) -c 'import venv' 2>/dev/null && echo yes),python$(version))) python3)

# Under sudo everything but the agent belongs to the caller.
ifneq ($(filter-out 0,$(SUDO_UID)),)
AS_CALLER := sudo -H -u "\#$(SUDO_UID)"
export PYTHONDONTWRITEBYTECODE := 1
export RUFF_NO_CACHE := true
export MYPY_CACHE_DIR := /dev/null
export PYTEST_ADDOPTS := -p no:cacheprovider
endif

# Ctrl-C is held until Python runs our first line. Before that line Python would answer it with a traceback.
HOLD_INTERRUPT = $(shell env --block-signal=INT true 2>/dev/null && echo env --block-signal=INT)

.PHONY: help run test bench demo demo-stop pictures check-pictures lint wheel lock clean ready ready-dev

help: ## list the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 20

run: ready ## start the server and the local agent, and print a sign-in link
	@exec $(HOLD_INTERRUPT) .venv/bin/python manage.py run $(if $(PORT),--port $(PORT))

test: ready-dev ## run all tests: properties, kernel, Docker, browser
	@.venv/bin/python -m tests.all

bench: ready-dev ## measure every figure, beside its limit
	@.venv/bin/python -m bench

demo: ready ## start a few sample containers
	@.venv/bin/python -m tests.demo start

demo-stop: ready ## remove the sample containers
	@.venv/bin/python -m tests.demo stop

pictures: ready-dev ## draw the documents' pictures from sample containers
	@.venv/bin/python -m tests.pictures docs/images

check-pictures: ready-dev ## fail if the documents' pictures no longer show what is
	@.venv/bin/python -m tests.pictures --check docs/images

lint: ready-dev ## check style, types and import rules
	@.venv/bin/python -m tests.all --lint

wheel: ready-dev ## build the package: dist/isoscope-*.whl
	@$(AS_CALLER) .venv/bin/python -m build --wheel --no-isolation

lock: ready-dev ## write the lock files again, after a change to requirements*.txt
	@for name in requirements requirements-dev requirements-node; do $(AS_CALLER) .venv/bin/uv pip compile --quiet --universal --python-version 3.11 \
	    --generate-hashes --no-annotate --custom-compile-command 'make lock' $$name.txt -o $$name.lock; done

clean: ## remove what set-up made; history in var/ stays
	$(AS_CALLER) rm -rf dist .venv node_modules static/vendor

ready: .venv/ready static/vendor/d3.js locale/ko/LC_MESSAGES/django.mo
ready-dev: ready .venv/ready-dev

.venv/ready: requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Isoscope needs Python 3.11 or newer; $(PYTHON) is older. Name another: make PYTHON=python3.12 run"; exit 2; }
	@echo "Setting up the Python environment in .venv …"
	@$(AS_CALLER) $(PYTHON) -m venv .venv || { echo "No virtual environment could be made; on Debian: apt install python3-venv"; exit 2; }
	@$(AS_CALLER) .venv/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(AS_CALLER) touch $@

.venv/ready-dev: requirements-dev.lock .venv/ready
	@echo "Adding what the tests need …"
	@$(AS_CALLER) .venv/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@$(AS_CALLER) touch $@

static/vendor/d3.js: package-lock.json d3.entry.js .venv/ready
	@echo "Bundling D3 …"
	@$(AS_CALLER) .venv/bin/python -m dashboard.assets.bundle_d3

%.mo: %.po .venv/ready
	@$(AS_CALLER) .venv/bin/python -m dashboard.assets.compile_messages
