# The front door.  `make run` shows the demo, `make test` runs every test; both set the machine up
# first (Debian packages, host programs, guest C library, guest programs).  CMake does the work.

BUILD := build
RELEASE := $(BUILD)/release
GUEST := $(BUILD)/guest
JOBS ?= $(shell nproc)

.PHONY: all run test setup host guest lint asan bench spec stress mutate clean glibc-check ports \
  ports-check install deb fuzz-syscalls race-names

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
	@cd $(RELEASE) && ctest --output-on-failure -R '^spec\.(verdicts|own|wrong)'
	@scripts/spec.sh $(RELEASE)

# libFuzzer targets, each for FUZZ_SECONDS (60).
fuzz: host
	@scripts/fuzz.sh $(BUILD)/fuzz

# Generated modules here and in wabt's interpreter, until stopped or for FUZZ_SECONDS; SEED is the first.
SEED ?= 1000
fuzz-differential: host
	@$(RELEASE)/test-bin/differential --seed $(SEED) --count 1000000000 --seconds $(or $(FUZZ_SECONDS),0)

# Random system calls from threads of several cages, for FUZZ_SECONDS (an hour unless told).
fuzz-syscalls: guest
	@tests/fuzz_syscalls/run.py --seed $(SEED) --seconds $(or $(FUZZ_SECONDS),3600)

# Renames, from inside and outside, against lookups.
race-names: guest
	@tests/race_names/run.py --seconds 60

# The unit tests under AddressSanitizer and UndefinedBehaviorSanitizer.
asan: setup
	@test -f $(BUILD)/asan/build.ninja || cmake --preset asan >$(BUILD)/configure-asan.log 2>&1 || \
	  { cat $(BUILD)/configure-asan.log >&2; exit 1; }
	@cmake --build $(BUILD)/asan -j $(JOBS) --target base_test host_test wasm_test object_test \
	  runtime_test threei_test rawposix_test -- $(if $(CI),,--quiet)
	@cd $(BUILD)/asan && ctest --output-on-failure -R '^unit\.(base|host|wasm|object|runtime|threei|rawposix)$$'

# glibc's own tests, natively and in cages; takes hours.  DIRS="string stdio-common/tst-sprintf" runs less, AGAIN=1
# repeats what did not pass.
glibc-check: guest
	@JOBS=$(JOBS) tests/glibc/check.py $(GUEST)/sysroot $(BUILD)/bin $(BUILD)/glibc-check $(if $(AGAIN),--again) \
	  --write docs/glibc-check.md $(DIRS)

# All ports, or PORTS, in build/ports; and their test suites.
PORTS ?= $(patsubst ports/%/port.toml,%,$(wildcard ports/*/port.toml))
PORTS_ENVIRONMENT = JOBS=$(JOBS) LIND_CC=$(abspath $(BUILD)/bin/lind-cc) LIND_SYSROOT=$(abspath $(GUEST)/sysroot)

ports: guest
	@for port in $(PORTS); do $(PORTS_ENVIRONMENT) ports/build.py $$port $(BUILD)/ports || exit; done

ports-check: guest
	@$(PORTS_ENVIRONMENT) ports/check.py $(GUEST)/sysroot $(BUILD)/bin $(BUILD)/ports-check --write docs/ports.md $(PORTS)

PREFIX ?= /usr/local
install: guest
	@scripts/install.sh $(BUILD)/bin $(GUEST) "$(DESTDIR)" $(PREFIX)

# A Debian package in build/deb.
deb: guest
	@scripts/make_deb.sh $(BUILD)/bin $(GUEST) $(BUILD)/deb

lint: setup
	@scripts/lint.sh

stress: guest
	@scripts/stress.sh

# A million mutations of good objects, none of which may be accepted and reach out of its cage.
mutate: guest
	@scripts/mutate.sh $(RELEASE) $(GUEST)

bench: guest
	@bench/run.py

clean:
	rm -rf $(BUILD)
