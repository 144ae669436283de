# Every command of this project. `make` lists them.

STACK ?= prod
PLATFORM ?= subsidiaries
PYTHON ?= python3
ARGS ?=

BIN := .venv/bin
READY := .venv/.ready
LOCKS := requirements/uv.txt requirements/locked.txt
SANDBOX := $(BIN)/python -m sandbox
SANDBOX_SERVE_HOME := .sandbox/served

# Compiling the Azure SDK's sources anew takes seconds of every run: keep what Python has compiled.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help environment up preview destroy refresh drift check export move subsidiary assess rightsize sandbox test quick lint format lock docs cluster servers bench clean
# Quiet: what is shown is what the commands say.
.SILENT:

help: ## this list
	echo "make TARGET [STACK=prod] [ARGS='--latency 0.02']"
	awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

environment: $(READY) ## make the Python environment, .venv

up: $(READY) ## deploy a stack in the sandbox: preview with the policies, then up
	$(SANDBOX) up --stack $(STACK) $(ARGS)

preview: $(READY) ## what up would do
	$(SANDBOX) preview --stack $(STACK) $(ARGS)

destroy: $(READY) ## delete a stack from the sandbox; asks nothing, stops at protected data
	$(SANDBOX) destroy --stack $(STACK) $(ARGS)

refresh: $(READY) ## make the state say what is in the sandbox's cloud
	$(SANDBOX) refresh --stack $(STACK) $(ARGS)

drift: $(READY) ## what changed behind the state's back; exit code 5 if anything did, and a report in .check/
	$(BIN)/python -m checks.drift --stack $(STACK) $(ARGS)

check: $(READY) ## every stack, or STACK=, with the policies on full values, into a sandbox of its own; reports in .check/
	$(BIN)/python -m checks $(if $(filter-out file,$(origin STACK)),--stack $(STACK)) $(ARGS)

move: $(READY) ## move component RESOURCE= from the state of stack FROM= to that of TO=, as a tenant to a stack of its own
	$(if $(and $(FROM),$(TO),$(RESOURCE)),,$(error move needs FROM=stack TO=stack RESOURCE=name))
	$(SANDBOX) move --stack $(FROM) --to $(TO) --resource $(RESOURCE) $(ARGS)

subsidiary: $(READY) ## a new tenant NAME= of platform PLATFORM=: asks what it is, writes its file, previews it
	$(if $(NAME),,$(error subsidiary needs NAME=acme-es))
	$(BIN)/python -m stacks.onboarding $(NAME) --platform $(PLATFORM) $(ARGS)
	stack=$(PLATFORM); test ! -f Pulumi.$(NAME).yaml || stack=$(NAME); $(SANDBOX) preview --stack $$stack

assess: $(READY) ## which topology and sizes a business needs: of PROFILE=midmarket or STACK=; without either it asks
	$(BIN)/python -m stacks.assessing $(if $(PROFILE),--profile $(PROFILE),$(if $(filter-out file,$(origin STACK)),--stack $(STACK))) $(ARGS)

rightsize: $(READY) ## what a measured month, FROM=file.csv or a Prometheus' URL, says about STACK= or PROFILE=
	$(if $(FROM),,$(error rightsize needs FROM=measurements.csv or FROM=https://prometheus))
	$(BIN)/python -m stacks.rightsizing $(FROM) $(if $(PROFILE),--profile $(PROFILE),--stack $(STACK)) $(ARGS)

export: $(READY) ## write a stack's state to FILE=
	$(if $(FILE),,$(error export needs FILE=path))
	$(SANDBOX) export --stack $(STACK) --file $(FILE) $(ARGS)

sandbox: $(READY) ## serve the providers for a stock `pulumi` CLI, until Ctrl-C
	echo "In another terminal, with a state of its own (the first line printed below is VALUE):"
	echo "  export PULUMI_DEBUG_PROVIDERS=VALUE PULUMI_BACKEND_URL=file://~ PULUMI_CONFIG_PASSPHRASE=sandbox"
	echo "  export ODOO_AZURE_ALLOW_LOCAL=sandbox"
	echo "  cp Pulumi.$(STACK).yaml Pulumi.sandbox-$(STACK).yaml && pulumi stack init sandbox-$(STACK)"
	echo "  pulumi up -s sandbox-$(STACK) --policy-pack policies"
	$(BIN)/python -m sandbox.serve --home $(SANDBOX_SERVE_HOME) $(ARGS)

test: $(READY) servers ## every test a machine can run, with coverage
	$(BIN)/pytest -n 2 --dist loadgroup --no-loadscope-reorder --cov --cov-report=term --cov-fail-under=95 $(ARGS)

quick: $(READY) ## the tests without the engine, the cluster, the database servers and whole environments, in under a minute
	$(BIN)/pytest -n 2 --dist loadgroup --no-loadscope-reorder -m "not engine and not cluster and not data and not programs and not stacks" $(ARGS)

lint: $(READY) ## ruff, mypy --strict, import-linter
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	PYTHONPATH=images/ops $(BIN)/lint-imports

format: $(READY) ## put the sources into shape
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

docs: $(READY) ## regenerate what is made from the code: the settings' JSON schema, the policy reference
	$(BIN)/python -m stacks.schema
	$(BIN)/python -m policies.schema
	$(BIN)/python -m policies.reference
	$(BIN)/python -m policies.controls.page
	$(BIN)/python -m components.access_model.page

cluster: $(READY) ## build the real API server that `make up` then runs (Go; once, about 10 minutes)
	$(BIN)/python -m sandbox.cluster

servers: ## install the database servers that tests run (Debian packages of tools/debian.txt)
	missing=$$(grep -v '^#' tools/debian.txt | while read -r package; do \
		dpkg-query --show --showformat='$${Status}\n' $$package 2>/dev/null | grep -q ' installed$$' || echo $$package; done); \
	if [ -z "$$missing" ]; then true; \
	elif [ "$$(id -u)" = 0 ] && apt-get update --quiet=2 && \
		DEBIAN_FRONTEND=noninteractive apt-get install --yes --quiet=2 --no-install-recommends $$missing; then true; \
	else echo "Tests of the database servers are skipped until you run: sudo apt-get install --no-install-recommends" $$missing; fi

bench: $(READY) ## the benchmarks
	$(BIN)/python -m benchmarks $(ARGS)
	$(BIN)/python -m benchmarks.tenants
	$(BIN)/python -m benchmarks.ingress
	$(BIN)/python -m benchmarks.policies

LOCK := $(BIN)/uv pip compile --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --no-header --quiet

lock: $(READY) ## resolve the dependencies of the project and of the images again
	$(LOCK) pyproject.toml --extra dev --universal --python-version 3.11 -o requirements/locked.txt
	$(LOCK) images/ops/pyproject.toml --universal --python-version 3.11 -o images/ops/requirements.txt
	# The Python of each series' stock image: Ubuntu 22.04 and 24.04.
	for each in 17.0:3.10 18.0:3.12 19.0:3.12; do series=$${each%:*}; \
		sed "s/SERIES/$${series%.0}/" images/odoo/requirements.in | $(LOCK) - --excludes images/odoo/image.txt \
			--python-version $${each#*:} --python-platform linux --only-binary :all: \
			-o images/odoo/requirements-$$series.txt || exit 1; done

clean: ## remove the environment, the sandbox and what tools have cached in the tree
	rm -rf .venv .sandbox .check .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage* htmlcov dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The environment: a venv with uv of known hash, the locked packages, and this project, editable. Made again when the
# lock files change.
$(READY): $(LOCKS)
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; $(PYTHON) is $$($(PYTHON) --version). Name another: make PYTHON=python3.12"; exit 2; }
	echo "Making the environment in .venv from requirements/ (about a minute; again only when they change) ..."
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements/uv.txt
	$(BIN)/uv pip sync --python $(BIN)/python --quiet --require-hashes requirements/locked.txt
	$(BIN)/uv pip install --python $(BIN)/python --quiet --no-deps --no-build-isolation -e .
	touch $(READY)
