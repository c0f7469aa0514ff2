# Every target may be run again at any time: what is up to date is not done twice.

PORT ?= 8000
# Of one `make web`. A process uses one core for Python.
WEB_PROCESSES ?= $(shell nproc 2>/dev/null || echo 2)

PYTHON_SETUP = @python=$$(scripts/find-python) && exec "$$python" -m scripts.setup
PY := .venv/bin/python
# Tests of embedded mode do not see the servers a shell may have in its environment.
EMBEDDED := env -u DATABASE_URL -u REDIS_URL $(PY)
FOREGROUND := @exec $(PY) -m scripts.foreground
CHROMIUM := chromium chromium-browser google-chrome

.DEFAULT_GOAL := help
.PHONY: help setup python dev frontend run web worker beat servers-named \
	test test-services test-browser check audit fuzz bench chaos lock clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-14s %s\n", $$1, $$2 }' Makefile

# --- Setting up -----------------------------------------------------------------------

setup: ## Install what running takes into .venv and build the front end
	$(PYTHON_SETUP) python frontend

python:
	$(PYTHON_SETUP) python

dev:
	$(PYTHON_SETUP) python dev

frontend: ## Build the front end (NODE_FROM=system or NODE_FROM=wheel chooses the Node)
	$(PYTHON_SETUP) frontend

# --- Running --------------------------------------------------------------------------

run: setup ## Run everything in one process on SQLite (PORT, default 8000)
	$(FOREGROUND) manage.py up --port $(PORT)

servers-named:
	@test -n "$$DATABASE_URL" && test -n "$$REDIS_URL" || { \
		echo "Services mode needs DATABASE_URL and REDIS_URL in the environment." >&2; \
		exit 1; }

web: servers-named setup ## Services mode: migrate, then serve HTTP and websockets (PORT)
	@$(PY) manage.py migrate
	$(FOREGROUND) -m uvicorn autogpt_site.asgi:application --host 127.0.0.1 \
		--port $(PORT) --workers $(WEB_PROCESSES) --ws websockets-sansio --ws-max-size 65536 \
		--no-access-log --no-proxy-headers

worker: servers-named python ## Services mode: run agents; as many as you like
	@$(PY) manage.py waitschema
	$(FOREGROUND) -m celery -A autogpt_site worker -P threads -c 4 -Q bell,default \
		--without-gossip --without-mingle --loglevel INFO

beat: servers-named python ## Services mode: ring for work that is due; one is enough
	@$(PY) manage.py waitschema
	@mkdir -p var
	$(FOREGROUND) -m celery -A autogpt_site beat -s var/beat-schedule

# --- Checking -------------------------------------------------------------------------

test: setup dev ## Test in embedded mode, and the front end; needs no server or browser
	$(EMBEDDED) -m pytest
	$(PYTHON_SETUP) frontend-check

test-services: setup dev ## The same tests and those of services mode on PostgreSQL and Redis
	$(PY) -m scripts.services -- $(PY) -m pytest -m "not browser"

test-browser: setup dev ## Test in a real browser (needs Chromium)
	@for name in $(CHROMIUM); do command -v $$name >/dev/null && exit; done; \
		echo "Chromium is needed (Debian and Ubuntu: apt-get install chromium)." >&2; \
		exit 1
	$(EMBEDDED) -m pytest -m browser

check: dev ## Format, lint, types, import contracts, migrations, deployment settings
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(EMBEDDED) -m mypy .
	.venv/bin/lint-imports
	$(EMBEDDED) manage.py makemigrations --check --dry-run
	$(PY) -m scripts.services --nowhere -- \
		$(PY) manage.py check --deploy --fail-level WARNING

audit: dev ## Look for what is known to be unsafe, here and in what this is built of
	$(PY) -m scripts.audit

fuzz: setup dev ## Ask a site of its own whatever the API schema allows (FUZZ_EXAMPLES)
	$(EMBEDDED) -m scripts.fuzz

bench: setup ## Measure (ONLY="FIGURE …"); prints one JSON object of figures last
	$(FOREGROUND) -m benchmarks $(if $(ONLY),--only $(ONLY))

chaos: setup ## Break it on purpose; ends with one JSON object (TRIALS, SEED, ONLY)
	$(FOREGROUND) -m chaos

# --- Keeping --------------------------------------------------------------------------

# Versions already locked stay; LOCK_FLAGS=--upgrade takes the newest.
LOCK = $(PY) -m uv pip compile --quiet --generate-hashes --universal --no-header \
	--no-emit-index-url --no-emit-find-links --python-version 3.11 $(LOCK_FLAGS)

lock: dev ## Compile requirements*.in into the locked requirements*.txt
	$(LOCK) requirements.in -o requirements.txt
	$(LOCK) requirements-dev.in -o requirements-dev.txt
	$(LOCK) requirements-node.in -o requirements-node.txt

clean: ## Remove what these targets made; your data in var/ stay
	rm -rf .venv .venv-node frontend/node_modules static/dist
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
