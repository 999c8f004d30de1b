# Weft for people: `make run` and `make test` do everything that is needed, set-up included.
#
# BUILD    build folder (build)
# UI       enabled, disabled; unless given: enabled where there is a display
# OPTIONS  more options for meson, such as OPTIONS=-Dwerror=true

BUILD   = build
EXAMPLE = data/examples/mnist-mlp.weft
OPTIONS =
DISPLAY_FOUND := $(DISPLAY)$(WAYLAND_DISPLAY)
UI      := $(if $(DISPLAY_FOUND),enabled,disabled)
PROGRAMS = app/weft-cli $(if $(filter enabled,$(UI)),app/weft data/gschemas.compiled)
UI_SET   = $(if $(filter enabled,$(UI)),ui)

help:
	@echo 'make run      install what is missing, build, open the editor (without a display: train an example in the terminal)'
	@echo 'make test     install what is missing, build, run every test'
	@echo 'make bench    build and measure'
	@echo 'make bench-peers  the training steps beside limit programs and other libraries (QUICK=--quick)'
	@echo 'make bench-live  frames of the window while a model learns, and of a pan over a million points (SECONDS=600)'
	@echo 'make bench-data   training from files beside training from memory'
	@echo 'make real-data  the window trains on real data to the end: digits, photographs, prices, months, Shakespeare'
	@echo 'make real-data-peer  the same models on the same rows by weft-cli and by PyTorch, final measures side by side'
	@echo 'make stability  the table of unstable expressions: as written, rewritten, and which rules did it'
	@echo 'make stress   a million training steps and 50 restarts: memory must stay where it is'
	@echo 'make ulp      every elementwise function at every float (an hour)'
	@echo 'make asan     the tests under AddressSanitizer and UBSan'
	@echo 'make tsan     the tests of threads under ThreadSanitizer'
	@echo 'make install  build and install (PREFIX, DESTDIR)'
	@echo 'make translations  list the files with texts, and bring po/*.po up to date with them'
	@echo 'make format   lay out the C files as the project does'
	@echo 'make clean    remove what was built'

run:
	@tools/setup.sh build $(UI_SET)
	@TARGETS='$(PROGRAMS)' tools/build.sh $(BUILD) -Dui=$(UI) $(OPTIONS)
ifeq ($(UI)$(if $(DISPLAY_FOUND),,-none),enabled)
	@GSETTINGS_SCHEMA_DIR=$(BUILD)/data $(BUILD)/app/weft $(EXAMPLE)
else
	@echo 'No display here: training $(EXAMPLE) in the terminal.'
	@$(BUILD)/app/weft-cli train $(EXAMPLE) --epochs 3 --seed 1
endif

test:
	@rm -f $(BUILD)/meson-logs/testlog.*
	@tools/setup.sh build ui test
	@tools/build.sh $(BUILD) -Dui=enabled $(OPTIONS)
	@meson test -C $(BUILD) --no-rebuild --print-errorlogs; tools/count-tests.py $(BUILD)

bench:
	@tools/setup.sh build
	@TARGETS='app/weft-cli tests/bench/bench tests/bench/peer-mlp' tools/build.sh build-bench -Dui=disabled -Dbuildtype=release -Db_ndebug=true $(OPTIONS)
	@build-bench/tests/bench/bench

bench-peers:
	@tools/setup.sh build
	@TARGETS=bench-workers tools/build.sh build-bench -Dui=disabled -Dbuildtype=release -Db_ndebug=true $(OPTIONS)
	@/usr/bin/python3 tests/bench/peers.py --build build-bench $(QUICK)

SECONDS = 20
bench-live:
	@tools/setup.sh build ui
	@TARGETS='tests/bench/bench-live data/gschemas.compiled' tools/build.sh build-bench -Dui=enabled -Dbuildtype=release -Db_ndebug=true $(OPTIONS)
	@SCREEN=1940x1100x24 GSK_RENDERER=cairo GDK_BACKEND=x11 GSETTINGS_BACKEND=memory GSETTINGS_SCHEMA_DIR=build-bench/data \
	  tests/ui/with-x.sh build-bench/tests/bench/bench-live $(SECONDS)

bench-data:
	@tools/setup.sh build
	@TARGETS='tests/bench/bench-data' tools/build.sh build-bench -Dui=disabled -Dbuildtype=release -Db_ndebug=true $(OPTIONS)
	@build-bench/tests/bench/bench-data

real-data:
	@tools/setup.sh build ui test
	@TARGETS='app/weft data/gschemas.compiled' tools/build.sh build-bench -Dui=enabled -Dbuildtype=release -Db_ndebug=true $(OPTIONS)
	@WEFT_REAL_DATA=full WEFT_BUILD_DIR=build-bench WEFT_DATA_DIR=$(CURDIR)/data GSETTINGS_SCHEMA_DIR=build-bench/data GSETTINGS_BACKEND=memory \
	  GSK_RENDERER=cairo GDK_BACKEND=x11 SCREEN=1700x1100x24 tests/ui/with-x.sh /usr/bin/python3 tests/ui/journey-real-data.py

real-data-peer:
	@tools/setup.sh build
	@TARGETS=app/weft-cli tools/build.sh build-bench -Dui=disabled -Dbuildtype=release -Db_ndebug=true $(OPTIONS)
	@WEFT_BUILD_DIR=build-bench WEFT_DATA_DIR=$(CURDIR)/data /usr/bin/python3 tests/bench/real-data.py

stability:
	@tools/setup.sh build
	@TARGETS=tests/test-stability tools/build.sh $(BUILD) -Dui=$(UI) $(OPTIONS)
	@G_TEST_SRCDIR=tests $(BUILD)/tests/test-stability --table

stress:
	@tools/setup.sh build
	@TARGETS='tests/stress' tools/build.sh build-bench -Dui=disabled -Dbuildtype=release -Db_ndebug=true $(OPTIONS)
	@build-bench/tests/stress

ulp:
	@tools/setup.sh build
	@TARGETS=tests/test-ulp tools/build.sh $(BUILD) -Dui=$(UI) $(OPTIONS)
	@WEFT_ULP_STRIDE=1 G_TEST_SRCDIR=tests $(BUILD)/tests/test-ulp

asan:
	@rm -f build-asan/meson-logs/testlog.*
	@tools/setup.sh build ui test
	@tools/build.sh build-asan -Dui=$(UI) -Db_sanitize=address,undefined -Db_lundef=false -Doptimization=1 $(OPTIONS)
	@meson test -C build-asan --no-rebuild --print-errorlogs; tools/count-tests.py build-asan

# What runs on several threads. Addresses must not be random: the sanitizer has places of its own.
THREADED = batches guard phases run-change threads train
tsan:
	@tools/setup.sh build
	@TARGETS='tests/libtsan-glib.so $(addprefix tests/test-,$(THREADED))' tools/build.sh build-tsan -Dui=disabled -Db_sanitize=thread -Db_lundef=false $(OPTIONS)
	@setarch -R meson test -C build-tsan --no-rebuild --print-errorlogs $(THREADED)

PREFIX = /usr/local
install:
	@tools/setup.sh build $(UI_SET)
	@tools/build.sh build-install -Dui=$(UI) -Dprefix=$(PREFIX) -Dbuildtype=release $(OPTIONS)
	@meson install -C build-install --no-rebuild

translations:
	@tools/setup.sh build
	@tools/data-texts.py >po/data-texts.h
	@tools/potfiles.sh >po/POTFILES
	@test -d $(BUILD) || meson setup $(BUILD) -Dui=$(UI) $(OPTIONS)
	@meson compile -C $(BUILD) weft-pot weft-update-po

format:
	@git ls-files '*.c' '*.h' | xargs clang-format-14 -i

clean:
	rm -rf $(BUILD) build-asan build-tsan build-bench build-install

.PHONY: help run test bench bench-peers bench-data bench-live real-data real-data-peer stability stress ulp asan tsan install translations format clean
