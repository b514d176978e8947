# One command each: `make serve` runs the site, `make test` runs the tests, `make check` runs all that CI runs.
# Each makes the environment .venv by itself, from the lock files in requirements/.

PYTHON ?= python3
BIN := .venv/bin
PACKAGE := server tests benchmarks tools
RUFF := $(BIN)/ruff
.DELETE_ON_ERROR:
.PHONY: serve built build test coverage static test-browser test-peers test-fresh clients test-uvicorn screenshots check format lint types imports turtle shacl wheels lock audit dist clean

# At the first time, the scripts of the pages are made beside the set-up and the release.
serve: .venv/bin/python
	@[ -e .venv/assets.stamp ] || $(MAKE) --silent --jobs=2 .venv/assets.stamp built
	@$(MAKE) --silent .venv/serve.stamp .venv/assets.stamp
	@$(BIN)/spacelaw serve

built: .venv/serve.stamp
	@$(BIN)/spacelaw build >/dev/null

build: .venv/serve.stamp
	@$(BIN)/spacelaw build

# One process runs all tests of a file, so that what they share is made once. The files come in the order of their names: with
# those of the most tests first, long ones would come last.
IN_PARALLEL := -n auto --dist loadfile --no-loadscope-reorder
# Meanwhile the branches of server/ that they take are measured (tests/measured.py tells in which processes).
MEASURED := COVERAGE_PROCESS_START=$(CURDIR)/pyproject.toml $(BIN)/python -m pytest
test: .venv/test.stamp .venv/assets.stamp
	@$(BIN)/coverage erase
	@$(MEASURED) $(IN_PARALLEL) -q || $(MEASURED) --last-failed -q
	@$(BIN)/coverage combine --quiet
	@mkdir -p var && touch var/tested

coverage: var/tested
	@$(BIN)/coverage report --fail-under=90 --skip-covered --sort=cover

# Clients, servers and a browser that are not ours, and what takes minutes. What a machine lacks is skipped and named
# (Debian: chromium nginx-light caddy raptor2-utils libowlapi-java virtuoso-opensource-7 npm maven r-base-core wget minisign gcc
# debootstrap podman runc); with CI=true it fails.
PEERS := tests/browser tests/clients tests/site/test_http_all.py tests/sparql/test_supervisor.py tests/sparql/test_storm.py \
    tests/test_deploy.py tests/test_reproducible.py tests/test_soak.py
# Of these, what needs only Chromium, passes on busy machines and takes less than three minutes together.
BROWSER := tests/browser/test_site.py tests/browser/test_scholar_tasks.py tests/browser/test_scripts.py tests/browser/test_take_away.py
BROWSER_TEST := $(BIN)/python -m pytest -o addopts="-ra --strict-markers" -q
test-browser: .venv/test.stamp .venv/assets.stamp
	@$(BROWSER_TEST) -n 2 $(BROWSER) || $(BROWSER_TEST) --last-failed $(BROWSER)

test-peers: .venv/peers.stamp .venv/assets.stamp
	@$(BIN)/python -m pytest -o addopts="-ra --strict-markers" $(IN_PARALLEL) -q $(PEERS)

# The README's way from a fresh Debian to a site, which takes minutes: CI runs it beside the rest, by .ci/fresh-debian.
test-fresh: .venv/test.stamp
	@$(BROWSER_TEST) tests/test_deploy.py -k fresh_debian

# Our connections are called by uvicorn's server: do they pass their tests with its newest version?
test-uvicorn: .venv/test.stamp
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --upgrade --target .venv/newest uvicorn
	@PYTHONPATH=$(CURDIR)/.venv/newest $(BIN)/python -c 'import uvicorn; print("uvicorn", uvicorn.__version__, uvicorn.__file__)'
	@PYTHONPATH=$(CURDIR)/.venv/newest $(BIN)/python -m pytest -q tests/http

# Pictures of every kind of page (Debian: chromium), for those who change how they look.
screenshots: .venv/test.stamp .venv/assets.stamp
	@$(BIN)/python -m tests.browser.screenshots var/screenshots
	@echo "var/screenshots" >&2

check: static coverage test-browser
static: format-check lint types imports turtle shacl

# `make check` runs the tests again only if something changed since they passed.
SOURCES := $(shell find ontology data shapes queries docs server tests benchmarks tools requirements pyproject.toml \
    -name node_modules -prune -o -name __pycache__ -prune -o -type f -print)
var/tested: $(SOURCES)
	@$(MAKE) --no-print-directory test

format: .venv/test.stamp
	$(RUFF) format $(PACKAGE)
	$(RUFF) check --fix $(PACKAGE)
	$(BIN)/turtlefmt ontology data shapes

format-check: .venv/test.stamp
	@$(RUFF) format --check --quiet $(PACKAGE)

lint: .venv/test.stamp
	@$(RUFF) check --quiet $(PACKAGE)

types: .venv/test.stamp
	@$(BIN)/mypy

imports: .venv/test.stamp
	@$(BIN)/lint-imports

turtle: .venv/test.stamp
	@$(BIN)/turtlefmt --check ontology data shapes

shacl: .venv/test.stamp
	@$(BIN)/spacelaw validate --reference

# The environment. Plain venv and pip suffice; a stamp is older than its lock file when that changed.
.venv/bin/python:
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 or later is needed (Debian: apt install python3 python3-venv)." >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or later is needed; $(PYTHON) is $$($(PYTHON) --version). Use: make PYTHON=python3.12 …" >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "The module venv is missing (Debian: apt install python3-venv)." >&2; exit 1; }
	@$(PYTHON) -m venv .venv

.venv/serve.stamp: requirements/serve.txt pyproject.toml | .venv/bin/python
	@echo "Setting up .venv …" >&2
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/serve.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

.venv/test.stamp: requirements/test.txt .venv/serve.stamp
	@echo "Setting up .venv for tests …" >&2
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/test.txt
	@touch $@

# Scripts of the pages, which work without them too, and the geometry of the map.
# Without npm, the Node of PyPI is put into .venv, after pip has set it up.
.venv/assets.stamp: assets/build assets/package-lock.json assets/map.js $(wildcard assets/src/*) \
    | $(if $(shell command -v npm),.venv/bin/python,.venv/serve.stamp)
	@echo "Building the pages' scripts …" >&2
	@assets/build "$(CURDIR)/.venv"
	@touch $@

.venv/peers.stamp: requirements/clients.txt requirements/jena.txt tests/clients/package-lock.json tests/clients/pom.xml .venv/test.stamp
	@echo "Setting up clients that are not ours …" >&2
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/clients.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements/jena.txt
	@if command -v npm >/dev/null; then npm ci --silent --prefix tests/clients; else echo "npm is missing: its clients are skipped." >&2; fi
	@if command -v mvn >/dev/null; then mvn -q -B -f tests/clients/pom.xml dependency:copy-dependencies -DoutputDirectory="$(CURDIR)/.venv/rdf4j" && \
	    mvn -q -B dependency:copy -Dartifact=org.apache.jena:jena-fuseki-server:5.5.0 -DoutputDirectory="$(CURDIR)/.venv/fuseki"; \
	else echo "Maven is missing: RDF4J and Fuseki are skipped." >&2; fi
	@touch $@

# docs/clients.md: what clients that are not ours do here, as their tests find it.
clients: .venv/peers.stamp .venv/assets.stamp
	@$(BIN)/python -m tests.clients.matrix

# All wheels that the set-up needs, for machines without a network: there set PIP_NO_INDEX=1 and PIP_FIND_LINKS to this folder.
WHEELS ?= var/wheels
WHEELS_OF ?= requirements/test.txt
wheels: .venv/bin/python
	@$(BIN)/python -m pip download --quiet --disable-pip-version-check --require-hashes --only-binary :all: --dest $(WHEELS) -r $(WHEELS_OF)
	@echo "$(WHEELS)" >&2

# The lock files name versions and hashes and no host. Run this after changing dependencies.
lock: .venv/test.stamp
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate pyproject.toml --group build -o requirements/serve.txt
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate pyproject.toml --group build --group test --group lint -o requirements/test.txt
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate -c requirements/test.txt --group clients -o requirements/clients.txt
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --group node -o requirements/node.txt

# Known vulnerabilities of what is locked, by pip-audit; it needs a network, and fails where a package cannot be looked up.
audit: .venv/bin/python
	@[ -x .venv/audit/bin/pip-audit ] || { $(BIN)/python -m venv .venv/audit && .venv/audit/bin/pip install --quiet --disable-pip-version-check pip-audit; }
	@.venv/audit/bin/pip-audit --strict --require-hashes --disable-pip --progress-spinner off -r requirements/serve.txt

# Wheel, source archive, bill of materials and checksums, the same bytes on each machine; signed with SPACELAW_SIGNING_KEY (SECURITY.md).
dist: .venv/test.stamp .venv/assets.stamp
	@$(BIN)/python -m tools.dist dist

clean:
	rm -rf .venv var
