# Apus: `make` lists the targets.

PREFIX     ?= /usr/local
LIBDIR     ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
PYTHON     ?= python3

VERSION := $(shell cat VERSION)
MAJOR   := $(firstword $(subst ., ,$(VERSION)))
LIBRARY := build/lib/libapus.so.$(VERSION)
BUILT   := .build/release/libapus.so
VENV    := build/venv/bin/python

# Kernels for AVX2 and AVX-512 too; see Package.swift.
export APUS_VARIANTS := 1

# The library and the generator share their compile flags, so that neither makes the other compile
# again. Tests need others, and a folder of their own.
STRICT   := --explicit-target-dependency-import-check error \
            -Xswiftc -warnings-as-errors -Xcc -Werror \
            -Xswiftc -enforce-exclusivity=unchecked
# Nothing here uses regular expressions, which would be a tenth of the library.
COMPILE  := -c release $(STRICT) -Xswiftc -static-stdlib -Xswiftc -use-ld=lld \
            -Xswiftc -Xfrontend -Xswiftc -disable-implicit-string-processing-module-import
LINK     := -Xlinker --version-script=abi/apus.map -Xlinker -soname=libapus.so.$(MAJOR) \
            $(foreach f,retain retain_n release release_n,-Xlinker --wrap=swift_$(f))
TESTING  := -c release $(STRICT) -Xswiftc -enable-testing --scratch-path .build/test
GENERATE := swift run --quiet $(COMPILE) Generate --root

# All but the best, with which the tests run anyway.
ISAS     := baseline avx2

WITH_APUS := PYTHONPATH=$(CURDIR)/bindings/python APUS_LIBRARY=$(CURDIR)/build/lib/libapus.so
D := $(DESTDIR)

.PHONY: help setup build demo test test-swift test-c test-python coverage generate check \
        abi-record bench bench-record install uninstall format clean
.DEFAULT_GOAL := help

help: # List the targets
	@awk -F':.*# ' '/^[a-z-]+:.*# / { printf "make %-12s %s\n", $$1, $$2 }' Makefile

setup: # Install what is missing (apt-get, pip into build/venv); does nothing when all is there
	@PYTHON=$(PYTHON) scripts/setup

build: setup # Build build/lib/libapus.so: self-contained, exporting apus_* only
	@[ $(BUILT) -nt abi/apus.map ] || rm -f $(BUILT) # the map is an input SwiftPM does not track
	swift build $(COMPILE) --product apus $(LINK)
	@scripts/place-library $(BUILT) $(VERSION)

demo: build # Run the autograd notebook's steps and the digits example, from C and from Python
	@$(WITH_APUS) scripts/demo

test: test-swift test-c test-python # Run every test

test-swift: setup # Test the engine, its arrays with the kernels of every instruction set
	swift test $(TESTING)
	@for isa in $(ISAS); do echo "APUS_ISA=$$isa"; \
	  APUS_ISA=$$isa swift test $(TESTING) --skip-build --filter ArraysTests || exit 1; done

test-c: build # Test the library from C and C++, the C examples and `make install`
	@scripts/test-c

test-python: build # Test the Python package, its notebook and examples, and `pip install`
	@$(WITH_APUS) scripts/test-python

coverage: build # How many of PyTorch's 325 common operators pass all of their recorded samples
	@$(WITH_APUS) $(VENV) bindings/python/tests/golden.py

generate: setup # Write every file that follows from the operators
	$(GENERATE) .

check: build # Check generated files, exported symbols, headers, formatting and version numbers
	@status=0; for part in generated abi isa headers format versions; do \
	  if GENERATE="$(GENERATE)" scripts/check-$$part; then echo "ok $$part"; else status=1; fi; \
	done; exit $$status

abi-record: build # Record the exported symbols in abi/symbols.txt
	scripts/exported-symbols > abi/symbols.txt

bench: build # Measure beside the peers of APUS_BENCH_PEERS, a Python; ROWS=regex chooses rows
	@$(WITH_APUS) $(VENV) Benchmarks/run.py

bench-record: build # Measure, and put the table into docs/performance.md and the README
	@ROWS= $(WITH_APUS) $(VENV) Benchmarks/run.py --record

install: $(LIBRARY) # Install library, headers and apus.pc under PREFIX (/usr/local), below DESTDIR
	install -d $(D)$(LIBDIR)/pkgconfig $(D)$(INCLUDEDIR)/apus
	install -m 755 $(LIBRARY) $(D)$(LIBDIR)/
	ln -sf libapus.so.$(VERSION) $(D)$(LIBDIR)/libapus.so.$(MAJOR)
	ln -sf libapus.so.$(MAJOR) $(D)$(LIBDIR)/libapus.so
	install -m 644 include/apus.h $(D)$(INCLUDEDIR)/
	install -m 644 include/apus/*.h $(D)$(INCLUDEDIR)/apus/
	sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@LIBDIR@|$(LIBDIR)|' -e 's|@INCLUDEDIR@|$(INCLUDEDIR)|' \
	    -e 's|@VERSION@|$(VERSION)|' apus.pc.in > $(D)$(LIBDIR)/pkgconfig/apus.pc
	@[ -n "$(D)" ] || ldconfig 2>/dev/null || true # so that /usr/local/lib is found at run time

uninstall: # Remove what `make install` put there
	rm -f $(D)$(LIBDIR)/libapus.so $(D)$(LIBDIR)/libapus.so.$(MAJOR) \
	      $(D)$(LIBDIR)/libapus.so.$(VERSION) $(D)$(LIBDIR)/pkgconfig/apus.pc \
	      $(D)$(INCLUDEDIR)/apus.h
	rm -rf $(D)$(INCLUDEDIR)/apus
	@[ -n "$(D)" ] || ldconfig 2>/dev/null || true

format: # Format the Swift sources in place
	scripts/swift-sources | xargs -0 swift format --in-place --parallel

clean: # Remove everything built, the virtual environment too
	rm -rf .build build

# `sudo make install` after `make build` needs no Swift on root's PATH.
$(LIBRARY): | $(filter build,$(MAKECMDGOALS))
	$(MAKE) build

# Under -j: what rewrites or removes sources comes before what reads them.
setup: | $(filter clean,$(MAKECMDGOALS))
build test-swift: | $(filter generate format,$(MAKECMDGOALS))
