# Two commands are enough: `make run` and `make test`. Both do their whole set-up.
SHELL := /bin/sh
.DEFAULT_GOAL := help
PY := .venv/bin/python
# The first Python that is new enough and can make an environment; ours, once there is one.
FIND_PYTHON = python=; for each in .venv/bin/python python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$each" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& { python=$$each; break; }; done; \
	[ -n "$$python" ] || { echo "Python 3.11 or newer with venv is needed (Debian: apt-get install python3-venv)." >&2; exit 1; }

CHECKS := check-format check-lint check-types check-imports check-migrations check-django
.PHONY: help run test check $(CHECKS) fmt bench rounds storm mutate messages openapi examples schema lock install install-dev doctor reset

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

run: install ## start everything with sample data; prints addresses and logins; Ctrl-C stops
	@exec $(PY) manage.py up --demo $(UP)

test: install-dev ## run all tests on embedded PostgreSQL and Redis
	@exec $(PY) -m pytest -n 2 --dist worksteal $(PYTEST)

check: install-dev ## format, lint, types, import contracts, migrations, Django's checks
	@exec $(PY) -m config.up.throwaway $(MAKE) --no-print-directory --keep-going $(CHECKS)

check-format:
	$(PY) -m ruff format --check .
check-lint:
	$(PY) -m ruff check .
check-types:
	$(PY) -m mypy .
check-imports:
	.venv/bin/lint-imports
check-migrations:
	$(PY) manage.py makemigrations --check --dry-run
	$(PY) manage.py schema --check
check-django:
	$(PY) manage.py check

fmt: install-dev ## format the code and fix what can be fixed
	$(PY) -m ruff format .
	$(PY) -m ruff check --fix .

bench: install-dev ## measure; prints tables with the physical limit beside each figure
	@exec $(PY) -m benchmarks $(BENCH)

rounds: install-dev ## try at random for longer than make test does: recordings cut anywhere, spoiled bodies, leases, laws
	@ROUNDS=5 $(PY) -m pytest -n 2 --dist worksteal -m "not hypothesis" tests/devices/test_truth.py \
		tests/devices/management/test_mqtt_bridge.py tests/billing/payments/test_storm.py \
		tests/billing/payments/test_invariants.py tests/devices/ownership/test_border_walk.py tests/test_described.py
	@ROUNDS=5 exec $(PY) -m pytest -n 2 --dist worksteal -m hypothesis

storm: install-dev ## ten senders of one day, one killed, the database crashed: stored must be what was sent
	@exec $(PY) -m tests.devices.storm $(STORM)

mutate: install-dev ## change the rules of prices and books one place at a time: a test has to notice (an hour)
	@exec $(PY) -m config.up.throwaway $(PY) -m mutmut run $(MUTATE)

messages: install ## compile the translations
	@$(PY) -m config.up.messages

openapi: install-dev ## write the description of the REST API anew
	@exec $(PY) -m config.up.throwaway $(PY) manage.py openapi

examples: install-dev ## send every request of the tests once more, and write the examples of the REST API anew
	@$(PY) -m pytest -q -p tests.recording $$(grep -rlE "api/v1|reverse\(.api-" tests --include='test_*.py' \
		| grep -vE "e2e|test_doors|test_up|test_page_budgets") || echo "some tests failed: their requests are not among the examples"
	@$(PY) -m tests.examples var/recorded.jsonl
	@exec $(PY) -m config.up.throwaway $(PY) manage.py openapi

schema: install-dev ## write config/schema.sql anew: what an empty database gets instead of each migration
	@exec $(PY) -m config.up.throwaway $(PY) manage.py schema

lock: install-dev ## write both lock files anew from the .in files
	$(PY) -m uv pip compile $(LOCK) requirements.in -o requirements.txt
	$(PY) -m uv pip compile $(LOCK) requirements-dev.in -o requirements-dev.txt
LOCK := --quiet --universal --generate-hashes --python-version 3.11 --no-header --no-emit-index-url --no-emit-find-links

doctor: install ## look for what would keep `make run` from working
	@$(PY) manage.py doctor

reset: install ## forget the database and all other state of `make run`
	@$(PY) manage.py up --reset

install:
	@$(FIND_PYTHON); exec "$$python" config/up/install.py run

install-dev:
	@$(FIND_PYTHON); exec "$$python" config/up/install.py dev
