# The front door.  `make run` shows the demo, `make test` runs every test; both set the machine up
# first (Debian packages, host programs, guest C library, guest programs).  CMake does the work.

BUILD := build
RELEASE := $(BUILD)/release
GUEST := $(BUILD)/guest
JOBS ?= $(shell nproc)

.PHONY: all run test setup host guest lint bench spec glibc-check clean

all: guest

setup:
	@scripts/setup.sh $(BUILD)/.packages

host: setup
	@test -f $(RELEASE)/build.ninja || cmake --preset release >$(BUILD)/configure.log 2>&1 || \
	  { cat $(BUILD)/configure.log >&2; exit 1; }
	@cmake --build $(RELEASE) -j $(JOBS) -- $(if $(CI),,--quiet)

guest: host
	@JOBS=$(JOBS) scripts/build_guest.sh $(GUEST)

run: guest
	@scripts/demo.sh

test: guest
	@scripts/run_tests.sh $(RELEASE)

spec: host
	@cd $(RELEASE) && ctest --output-on-failure -L spec

# glibc's own tests, natively and in cages; takes an hour.  DIRS="string stdio-common/tst-sprintf" runs less.
glibc-check: guest
	@JOBS=$(JOBS) tests/glibc/check.py $(GUEST)/sysroot $(BUILD)/bin $(BUILD)/glibc-check $(DIRS)

lint: setup
	@scripts/lint.sh

bench: guest
	@bench/run.py

clean:
	rm -rf $(BUILD)
