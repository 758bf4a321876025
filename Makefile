# Needs Python 3.11+ with venv, and a package index; everything else is put into .venv. `make help` lists what there is.
# Paths are relative, so that a folder with a space in its name does; nothing here is newer than GNU make 3.81.

BIN := .venv/bin
UV := $(BIN)/uv pip install --quiet --python $(BIN)/python --compile-bytecode
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-header --no-annotate --no-emit-index-url --no-emit-find-links $(ARGS)
# One more than there are processors: some tests wait for the disk, for a clock, or for another program.
JOBS := $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)

# The Python that .venv is made with, if not the newest that is found: `make test SETUP_PYTHON=python3.12`.
SETUP_PYTHON :=

# Pyright would ask a registry for a newer version of itself.
export PYRIGHT_PYTHON_IGNORE_WARNINGS := 1
# Scripts in .venv know the folder it was made in: after a move it is made anew.
moved := $(shell [ ! -f .venv/uv ] || [ "$$(cat .venv/uv)" = "$$(pwd -P)" ] || rm -rf .venv)

help:  ## this list
	@sed -n 's/^\([a-z-]*\):.*  ## /  make \1	/p' Makefile

demo: .venv/runtime  ## the main job, once through: a server, the example program, three pictures
	@$(BIN)/pyimgur demo $(ARGS)

# Real programs that tests start, from Debian's packages.
PROGRAMS := chromium nginx caddy postgresql systemd shells languages bubblewrap
test: .venv/dev $(PROGRAMS)  ## all tests (ARGS="-k pin": some)
	@PYTHONDONTWRITEBYTECODE= $(BIN)/pytest --numprocesses $(JOBS) --maxprocesses 8 --dist worksteal $(ARGS)

# Files that take long, because they start many processes, or wait for something; and files of the server's that are quick.
SLOW := docs executors frozen ledger lifecycles ordered_uploads public relay_attacks testing testing_intercept testing_killed \
	testing_languages testing_projects typing_checkers version without_posix
FAST_SERVER := albums_service blobs contract decoders etags oauth_values rest_account rest_album removed_endpoints \
	response_envelope path_normalization search text_lengths upload_decoder write_coalescing
test-fast: .venv/dev  ## tests for between two edits: less than a minute
	@PYTHONDONTWRITEBYTECODE= $(BIN)/pytest --numprocesses $(JOBS) --dist worksteal $(ARGS) \
		$(filter-out $(SLOW:%=tests/test_%.py),$(wildcard tests/test_*.py)) $(FAST_SERVER:%=tests/server/test_%.py)

PYTHON := python3.13
test-python: .venv/dev  ## the demo and a core of the tests on another Python (PYTHON=python3.12)
	@$(BIN)/python tests/matrix.py $(PYTHON) --core -- --numprocesses $(JOBS) --dist worksteal $(ARGS)

# Servers of these tests run on PostgreSQL instead of SQLite; test_engine.py and test_postgresql.py need no such switch.
CORE_POSTGRESQL := albums_service comments gallery keys oauth_token reports rest_account rest_album rest_credits \
	rest_image search
test-postgresql: .venv/dev postgresql  ## a core of the server's tests on PostgreSQL (ARGS=tests/server: all of them)
	@PYIMGUR_TEST_DATABASE=postgresql $(BIN)/pytest --numprocesses $(JOBS) --maxprocesses 8 --dist worksteal \
		$(or $(ARGS),$(wildcard $(CORE_POSTGRESQL:%=tests/server/test_%.py)))

test-matrix: .venv/dev $(PROGRAMS)  ## all tests: each Python, lowest and newest versions, the wheel
	@$(BIN)/python tests/matrix.py -- --numprocesses $(JOBS) --maxprocesses 8 --dist worksteal $(ARGS)
	@$(MAKE) test-postgresql ARGS=tests/server

# Without the test that limits the size of files: coverage could not write its own. Data of a process that a test killed
# while it wrote them are lost, which combine reports as an error.
coverage: .venv/dev $(PROGRAMS)  ## which lines no test runs; fails below the floor
	@rm -rf build/coverage && mkdir -p build/coverage
	@PYTHONDONTWRITEBYTECODE= PYIMGUR_TEST_PROGRAM="$(CURDIR)/$(BIN)/python" $(BIN)/coverage run -m pytest \
		--numprocesses $(JOBS) --maxprocesses 8 --dist worksteal --deselect tests/cli/test_cli_upload.py::test_a_full_disk $(ARGS)
	@$(BIN)/coverage combine --quiet || true
	@$(BIN)/coverage report

check: lint types check-docs  ## lint, format, types, import contracts, spelling, docs

lint: .venv/dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/lint-imports --no-logo --no-cache
	$(BIN)/codespell --dictionary - --dictionary docs/discouraged-words.txt src docs examples benchmarks *.md
	$(BIN)/codespell tests
	[ ! -d .github ] || $(BIN)/zizmor --offline --quiet .github examples/testing/github-workflow.yml

types: .venv/dev
	$(BIN)/pyright
	$(BIN)/mypy

check-docs: .venv/dev
	$(BIN)/sphinx-build --quiet --fail-on-warning --keep-going --fresh-env docs docs/_build/html

docs: .venv/dev  ## the pages, in docs/_build/html
	@for page in commands endpoints fidelity server_endpoints; do $(BIN)/python docs/$$page.py || exit; done
	$(BIN)/sphinx-build --quiet docs docs/_build/html
	@echo 'docs/_build/html/index.html'

recording: .venv/dev  ## docs/recording.svg anew: a terminal, from the real thing
	@$(BIN)/python docs/recording.py

bench: .venv/dev  ## what it costs, in this machine's own numbers
	@$(BIN)/python benchmarks $(ARGS)

dist: .venv/dev  ## the wheel and the source archive, in dist
	@rm -rf dist
	@$(BIN)/hatchling build -d dist

# Where the wheel was is not what an installed server consists of: hence the rm of direct_url.json.
sbom: dist .venv/release  ## what an installed server consists of, as CycloneDX, in build
	@$(BIN)/uv venv --quiet --clear --python $(BIN)/python .venv/sbom
	@$(BIN)/uv pip install --quiet --python .venv/sbom/bin/python --constraint requirements.txt --no-verify-hashes \
		"$$(ls dist/*.whl)[heic,keyring,server]"
	@rm .venv/sbom/lib/python*/site-packages/pyimgur-*.dist-info/direct_url.json
	@mkdir -p build && rm -f build/*.cdx.json
	@.venv/release/bin/cyclonedx-py environment --output-reproducible --validate --of JSON \
		-o "build/$$(basename dist/*.whl -py3-none-any.whl).cdx.json" .venv/sbom/bin/python
	@ls build/*.cdx.json

lock: .venv/uv  ## requirements*.txt after a change of pyproject.toml; ARGS=--upgrade: all newest versions
	$(COMPILE) --group uv --output-file requirements-uv.txt
	$(COMPILE) --all-extras --group build --output-file requirements.txt pyproject.toml
	$(COMPILE) --all-extras --group build --group dev --group docs --constraint requirements.txt \
		--output-file requirements-dev.txt pyproject.toml
	$(COMPILE) --group release --output-file requirements-release.txt

clean:  ## without .venv and what was built
	rm -rf .venv build dist docs/_build

.PHONY: help demo test test-fast test-python test-postgresql test-matrix coverage check lint types check-docs docs recording bench dist sbom lock clean \
	$(PROGRAMS) desktop

# The set-up, in steps. Each leaves a file behind when it is done, and is not done again until what it reads changes.

.venv/uv: requirements-uv.txt
	@echo 'setting up .venv'
	@for python in $(SETUP_PYTHON) python3.13 python3.12 python3.11 python3; do \
		$$python -c 'import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && exec $$python -m venv .venv; \
	done; echo 'pyimgur needs Python 3.11 or newer with its venv module (on Debian: apt install python3-venv).' >&2; exit 1
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements-uv.txt
	@pwd -P > $@

.venv/runtime: .venv/uv requirements.txt pyproject.toml
	@$(UV) --require-hashes -r requirements.txt
	@$(UV) --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m compileall -q src
	@touch $@

.venv/dev: .venv/runtime requirements-dev.txt
	@$(UV) --require-hashes -r requirements-dev.txt
	@touch $@

.venv/release: .venv/uv requirements-release.txt
	@$(BIN)/uv venv --quiet --clear --python $(BIN)/python $@
	@$(BIN)/uv pip install --quiet --python $@/bin/python --require-hashes -r requirements-release.txt
	@touch $@

# What some tests run: what is there, else from Debian, if this is one and we are root; else those are left out, aloud.
define from_debian
if [ "$$(id -u)" = 0 ] && grep -qx 'ID=debian' /etc/os-release 2>/dev/null; then \
	echo 'installing $(1), for $(2)'; \
	{ apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $(1); } \
		>/dev/null || echo '$(1) could not be installed' >&2; \
fi
endef

chromium:
	@for name in "$$CHROMIUM" chromium chromium-browser google-chrome; do command -v "$$name" >/dev/null && exit; done; \
	$(call from_debian,chromium fonts-liberation,the browser tests)

postgresql:
	@[ -n "$$(ls /usr/lib/postgresql/*/bin/postgres 2>/dev/null)" ] || \
		{ $(call from_debian,postgresql,the tests on PostgreSQL); }

nginx:
	@PATH="$$PATH:/usr/sbin" command -v nginx >/dev/null || { $(call from_debian,nginx-light,the test of its recipe); }

caddy:
	@command -v caddy >/dev/null || { $(call from_debian,caddy,the test of redirects); }

systemd:
	@command -v systemd-analyze >/dev/null || { $(call from_debian,systemd,the test of its recipe); }

shells:
	@{ command -v zsh && command -v fish; } >/dev/null || { $(call from_debian,zsh fish,the tests of completion); }

languages:
	@{ php -r 'exit((int) !function_exists("curl_init"));' && perl -MLWP::Protocol::https -e 1 && ruby -e 1 && \
		wget --version && /usr/bin/python3 -c 'import pycurl' && go version && jq --version && phpunit --version; \
	} >/dev/null 2>&1 || \
	{ $(call from_debian,golang-go jq libwww-perl liblwp-protocol-https-perl php-cli php-curl phpunit \
		python3-pycurl ruby wget,the tests of other languages); }

bubblewrap:
	@command -v bwrap >/dev/null || { $(call from_debian,bubblewrap,the tests of the sandbox); }

# Programs with windows, and a screen that nobody sees; not part of `make test`, for it is much.
desktop: bubblewrap
	@for name in flameshot ksnip xfce4-screenshooter xvfb-run dbus-run-session; do \
		command -v $$name >/dev/null || missing=$$name; \
	done; \
	[ -z "$$missing" ] || { $(call from_debian,flameshot ksnip xfce4-screenshooter xvfb xauth dbus \
		glib-networking,the tests that run them); }
