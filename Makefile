# SPDX-License-Identifier: BSD-2-Clause
#
# make            build/tisaned and build/tisane, nothing else needed: no root, no network
# make check      unit tests, simulator, short fuzzing seeds, integration tests
# make asan tsan  the same under sanitizers
# make guest      the Linux initiator in QEMU guests (needs root); guest-long: more
# make crash      SIGKILL and power cuts; make hostile: clients and shortages
# make nth-all    not only each place: each call that may fail does
# make soak       both, the simulator and fuzzing, for days; SOAK=1/1000: that share of it;
#                 make crash SOAK=1: of one of them
# make valgrind   unit tests, simulator seeds and the daemon under valgrind
# make coverage   lines and branches of the core that unit tests and simulator reach; are they enough?
# make web-test   the web page in a headless Chromium
# make fuzz       libFuzzer targets, 20 million executions in all
# make bench      against the limit of the sockets, and tgt when installed (see docs/performance.md)
# make demo-storage  the story of docs/storage.md, played (needs root)
# make conformance  iscsi-test-cu over every store (TEST_CU=PATH: the newest, too)
# make install    what was built, to DESTDIR and PREFIX
# make deb        a Debian package in build/deb; make deb-check: and try it in a chroot
# make lint       format, include rule, file size, spelling
# make bare       does it build without every optional library?
B            ?= build
SAN          ?=
PREFIX       ?= /usr/local
DESTDIR      ?=
PKG_CONFIG   ?= pkg-config
CFLAGS       ?= -O2 -g

layers := common backstores target iscsi config server

# pkg NAME PACKAGE: a missing library is named with the command that installs it
pkg = $(if $(shell $(PKG_CONFIG) --exists $(1) && echo y),,$(error $(1) is missing: apt-get install $(2)))

ifneq ($(filter-out clean lint help install install-%,$(or $(MAKECMDGOALS),all)),)
$(if $(shell command -v $(PKG_CONFIG)),,$(error pkg-config is missing: apt-get install pkg-config))
$(call pkg,libevent,libevent-dev)
$(call pkg,libevent_pthreads,libevent-dev)
$(call pkg,libcrypto,libssl-dev)
$(call pkg,libisal,libisal-dev)
$(call pkg,jansson,libjansson-dev)
have_uring := $(shell $(PKG_CONFIG) --exists liburing && echo y)
have_nbd   := $(shell $(PKG_CONFIG) --exists libnbd && echo y)
# librbd comes without a file for pkg-config, and is loaded when it is needed.
have_rbd   := $(shell echo '\#include <rbd/librbd.h>' | $(CC) $(CPPFLAGS) -E -xc -o /dev/null - 2>/dev/null && echo y)
have_seccomp := $(shell $(PKG_CONFIG) --exists libseccomp && echo y)
ifeq ($(MAKELEVEL),0)
$(if $(have_uring),,$(info without io_uring: apt-get install liburing-dev))
$(if $(have_nbd),,$(info without nbd stores: apt-get install libnbd-dev))
$(if $(have_rbd),,$(info without rbd stores: apt-get install librbd-dev))
$(if $(have_seccomp),,$(info without the system call filter: apt-get install libseccomp-dev))
endif
endif

pkgs   := libevent libevent_pthreads libcrypto libisal jansson $(if $(have_uring),liburing) $(if $(have_nbd),libnbd) $(if $(have_seccomp),libseccomp)
libs   := $(shell $(PKG_CONFIG) --libs $(pkgs)) -lpthread
cflags := -std=c11 -D_GNU_SOURCE -I. $(shell $(PKG_CONFIG) --cflags $(pkgs)) \
	$(if $(have_uring),-DHAVE_URING) $(if $(have_nbd),-DHAVE_NBD) $(if $(have_rbd),-DHAVE_RBD) \
	$(if $(have_seccomp),-DHAVE_SECCOMP) -pthread -fPIE \
	-fstack-protector-strong -fstack-clash-protection \
	-Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wvla -Wwrite-strings -Wformat=2 -Wno-unused-parameter -MMD -MP
ldflags := -pie -Wl,-z,relro,-z,now -pthread
ifdef DEV
cflags += -Werror
endif
ifneq ($(SAN),)
cflags  += -fsanitize=$(SAN) -fno-omit-frame-pointer -fno-sanitize-recover=undefined
ldflags += -fsanitize=$(SAN)
else
cflags  += $(if $(findstring -O0,$(CFLAGS)),,-D_FORTIFY_SOURCE=2)
endif

objs = $(patsubst %.c,$(B)/%.o,$(sort $(wildcard $(1)/*.c)))
$(foreach l,$(layers),$(eval $(l)_objs := $(call objs,$(l))))

.PHONY: demo-storage web-test all bare check conformance unit sim crash hostile nth-all nth-valgrind soak valgrind valgrind-units valgrind-daemon coverage integration guest guest-long install lint clean asan tsan fuzz fuzzers
all: $(B)/tisaned $(B)/tisane $(B)/tisane-tcmu

# The web page is in the daemon.
server_objs += $(B)/server/web_files.o
$(B)/server/web_files.o: server/web_files.S $(wildcard web/*)
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) -c -o $@ $<

$(B)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(cflags) $(CFLAGS) -c -o $@ $<

define layer_lib
$(B)/lib$(1).a: $$($(1)_objs)
	@rm -f $$@
	$$(AR) rcs $$@ $$^
endef
$(foreach l,common backstores target iscsi config,$(eval $(call layer_lib,$(l))))

# The daemon without its main(), for its unit tests.
$(B)/libserver.a: $(filter-out %/main.o,$(server_objs))
	@rm -f $@
	$(AR) rcs $@ $^

layer_libs = $(foreach l,$(1),$(B)/lib$(l).a)

$(B)/tisaned: $(server_objs) $(call layer_libs,config iscsi target backstores common)
	$(CC) $(cflags) $(CFLAGS) $(ldflags) $(LDFLAGS) -o $@ $^ $(libs)

# The admin's command.
$(B)/tisane: $(call objs,cli) $(call layer_libs,config common)
	$(CC) $(cflags) $(CFLAGS) $(ldflags) $(LDFLAGS) -o $@ $^ $(libs)

# Hosts a module of tcmu-runner: that finds in it what it wants, by a list.
$(call objs,tcmu): cflags += -DTCMU_MODULES='"/usr/lib/$(shell $(CC) -print-multiarch)/tcmu-runner"'
$(B)/tisane-tcmu: $(call objs,tcmu) $(call layer_libs,backstores common) tcmu/symbols.list
	$(CC) $(cflags) $(CFLAGS) $(ldflags) -Wl,--dynamic-list=tcmu/symbols.list $(LDFLAGS) -o $@ \
		$(filter-out %.list,$^) -lpthread -ldl

# ---- tests -----------------------------------------------------------------
# One CUnit program per layer: tests/unit/LAYER/*.c, linked with that layer and
# those below it.
stairs_common     := common
stairs_backstores := backstores common
stairs_target     := target backstores common
stairs_iscsi      := iscsi target backstores common
stairs_config     := config common
stairs_server     := server config iscsi target backstores common
unit_layers       := $(foreach l,common backstores target iscsi config server,$(if $(wildcard tests/unit/$(l)/*.c),$(l)))

# The model initiator drives connections on the target's kit.
kit_iscsi         := $(B)/tests/unit/target/kit.o
wrap_common       := -Wl,--wrap=renameat2 -Wl,--wrap=linkat -Wl,--wrap=unlink
wrap_iscsi        := -Wl,--wrap=malloc -Wl,--wrap=calloc
# Calls that fail: tests/unit/backstores/strike.c; a librbd that is none: ceph.c
wrap_backstores   := $(foreach c,malloc calloc strdup posix_memalign mmap mprotect madvise fstat stat statx \
	fstatfs fstatvfs lseek ftruncate fallocate fsync fdatasync flock fchmod fchown preadv2 pwritev2 \
	pthread_create eventfd open ioctl fcntl rbd_lib_load,-Wl,--wrap=$(c))

define unit_program
$(B)/unit-$(1): $$(call objs,tests/unit/$(1)) $$(call objs,tests/unit) $$(kit_$(1)) $$(call layer_libs,$$(stairs_$(1)))
	$$(CC) $$(cflags) $$(CFLAGS) $$(ldflags) $$(LDFLAGS) $$(wrap_$(1)) -o $$@ $$^ $$(libs) -lcunit
endef
$(foreach l,$(unit_layers),$(eval $(call unit_program,$(l))))

# Some start the process of tcmu-runner's modules.
unit: $(unit_layers:%=$(B)/unit-%) | $(B)/tisane-tcmu
	@for p in $^; do echo "== $$p"; $$p || exit 1; done

sim_objs := $(filter-out %/main.o %/script.o,$(call objs,tests/sim))
SIM_SEEDS ?= 20000
# Allocations of the core go through tests/sim/starve.c.
sim_wrap := -Wl,--wrap=malloc -Wl,--wrap=calloc -Wl,--wrap=strdup

$(B)/sim: $(call objs,tests/sim) $(call layer_libs,iscsi target backstores common)
	$(CC) $(cflags) $(CFLAGS) $(ldflags) $(LDFLAGS) $(sim_wrap) -o $@ $^ $(libs)

sim: $(B)/sim
	$(if $(SOAK),$(hostile_run) $(abspath $(B))/sim=20000/5000000,$(B)/sim $(SIM_SEEDS))

demo-storage: $(B)/tisaned $(B)/tisane
	B=$(B) scripts/demo-storage

integration: $(B)/tisaned $(B)/tisane $(B)/tisane-tcmu $(B)/load $(B)/unit-backstores
	TISANED=$(B)/tisaned TISANE=$(B)/tisane tests/integration/run $(JOBS:%=-j %) $(TESTS)

# The page in a headless Chromium; SHOTS=DIRECTORY: pictures of it.
web-test: $(B)/tisaned
	TISANED=$(B)/tisaned tests/web/run $(SHOTS)

# Power cuts: the store's way to the kernel goes through tests/crash/disk.c.
$(B)/cut: $(call objs,tests/crash) $(call layer_libs,target backstores common)
	$(CC) $(cflags) $(CFLAGS) $(ldflags) $(LDFLAGS) -Wl,--wrap=pwritev2 \
		-Wl,--wrap=fallocate -Wl,--wrap=fdatasync -o $@ $^ $(libs)

# To be preloaded into a daemon whose calls are to fail.
$(B)/fault.so: tests/hostile/fault.c tests/hostile/fault_ring.c tests/hostile/fault.h
	@mkdir -p $(@D)
	$(CC) -std=c11 -D_GNU_SOURCE -I. -Wall -Wextra -Wno-unused-parameter -O1 -g -fPIC -shared -o $@ $(filter %.c,$^) -ldl

$(B)/no_ring.so: tests/integration/no_ring.c
	@mkdir -p $(@D)
	$(CC) -std=c11 -Wall -Wextra -Wno-unused-parameter -O1 -g -fPIC -shared -o $@ $<

# The machines of docs/reliability.md: how much they do, and how much in a soak (see
# tests/hostile/run), or in the share of one that SOAK says.
hostile_run = TISANED=$(B)/tisaned tests/hostile/run $(if $(SOAK),--soak $(SOAK))
crash: $(B)/tisaned $(B)/cut
	$(hostile_run) -j 2 ../crash/sigkill=200/5000 $(abspath $(B))/cut=5000/200000

hostile: $(B)/tisaned $(B)/fault.so
	$(hostile_run) -j 4 stuck_store=20/500 silent=2000-10000 held_sessions=1000-10000 \
		no_read=20/500 reload_load=200/10000 leaks=10000-250000 shortage=1/25 bad_wire=300/50000 \
		malformed=50000/5000000 storm=400/10000 nth_failure=10-7200

# Every site once more, the daemon under valgrind.
nth-valgrind: $(B)/tisaned $(B)/fault.so
	$(hostile_run) 'nth_failure --valgrind=20-2000'

# Every site of nth_failure.py; DONE=FILE keeps which are done, and goes on.
nth-all: $(B)/tisaned $(B)/fault.so
	TISANED=$(B)/tisaned tests/hostile/nth_failure.py

# One after the other, whatever one finds.
soak:
	@found=; for t in sim crash hostile nth-valgrind fuzz; do \
		echo "== $$t"; $(MAKE) --no-print-directory SOAK=$(or $(SOAK),1) $$t || found="$$found $$t"; \
	done; \
	if [ -n "$$found" ]; then echo "verdict: of a soak,$$found found something"; exit 1; fi; \
	echo "verdict: $(or $(SOAK),1) of a soak, nothing lost, nothing fell over, nothing found"

# Memory that was never set, and what ASan cannot see in libraries: the unit tests,
# seeds of the simulator, and the daemon with what it starts under these tests.
valgrind_tests := raw_write_then_read raw_login_statuses chap_admits_the_right_secret_only \
	raw_data_digest_error_is_rejected raw_abort_task raw_lun_reset raw_reservation_survives_sigkill \
	raw_connections_of_a_session raw_error_recovery_level_2 raw_copy_between_luns raw_write_atomic \
	sighup_grows_a_lun sighup_adds_a_lun snapshots_share_blocks tcmu_serves_qcow2 \
	sigterm_ends_cleanly_with_sessions
valgrind: valgrind-units valgrind-daemon
valgrind-units: $(unit_layers:%=$(B)/unit-%) $(B)/sim | $(B)/tisane-tcmu
	scripts/valgrind $(B)
valgrind-daemon: $(B)/tisaned $(B)/tisane $(B)/tisane-tcmu $(B)/no_ring.so
	TISANED=$(B)/tisaned TISANE=$(B)/tisane TEST_SLOWDOWN=10 \
		tests/integration/run --valgrind -j 2 $(valgrind_tests)

# What is left of another run would count.
coverage:
	find build/coverage -name '*.gcda' -delete 2>/dev/null || true
	$(MAKE) B=build/coverage CFLAGS="-O0 -g --coverage" LDFLAGS=--coverage SIM_SEEDS=1000 \
		unit sim build/coverage/cut
	build/coverage/cut 200
	scripts/coverage build/coverage iscsi target backstores config

guest: $(B)/tisaned $(B)/tisane
	TISANED=$(B)/tisaned tests/guest/run $(TESTS)
guest-long: $(B)/tisaned $(B)/tisane
	TISANED=$(B)/tisaned tests/guest/run --long $(TESTS)

check: unit sim integration

# Over every store, as a table for docs/conformance.md; TEST_CU: the newest suite.
conformance: $(B)/tisaned
	TISANED=$(B)/tisaned tests/conformance/matrix $(COMBINATIONS)


# Integration tests two at a time: what is about time is checked without.
asan:
	ASAN_OPTIONS=detect_leaks=1 UBSAN_OPTIONS=print_stacktrace=1 TEST_SLOWDOWN=4 SIM_SEEDS=1000 \
		$(MAKE) B=build/asan SAN=address,undefined JOBS=2 unit sim integration
tsan:
	TSAN_OPTIONS="halt_on_error=1 second_deadlock_stack=1" TEST_SLOWDOWN=8 SIM_SEEDS=200 \
		$(MAKE) B=build/tsan SAN=thread JOBS=2 unit sim integration

# ---- fuzzing: tests/fuzz/fuzz_NAME.c, corpus in tests/fuzz/corpus/NAME ---------
fuzz_names := $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))

fuzz:
	$(MAKE) B=build/fuzz CC=clang SAN=address,undefined,fuzzer-no-link fuzz-run

$(B)/fuzz_%: $(B)/tests/fuzz/fuzz_%.o $(B)/tests/fuzz/kit.o $(sim_objs) $(B)/libserver.a \
		$(call layer_libs,config iscsi target backstores common)
	$(CC) $(cflags) $(CFLAGS) $(ldflags) -fsanitize=fuzzer $(LDFLAGS) $(sim_wrap) -o $@ $^ $(libs)

# Executions of each, 20 million in all; what is cheap has the most. 300 times as many take a day.
FUZZ_TIMES ?= $(if $(SOAK),300,1)
fuzz_counts := login=10500000 chap=5000000 frame=4250000 connection=20000 \
	config=20000 bytes=60000 cdb=130000 state=40000 journal=40000

fuzz-run: $(fuzz_names:%=$(B)/fuzz_%)
	$(foreach n,$(fuzz_names),$(if $(filter $(n)=%,$(fuzz_counts)),,$(error fuzz_counts has no row for $(n))))
	tests/fuzz/run -s $(FUZZ_TIMES) $(SOAK:%=-s %) $(B) $(fuzz_counts)

# ---- benchmark: tests/bench/run; BENCH="--rounds 3 ..." --------------------
$(B)/load: $(filter-out %/limit.o,$(call objs,tests/bench))
	$(CC) $(cflags) $(CFLAGS) $(ldflags) $(LDFLAGS) -o $@ $^

$(B)/limit: $(B)/tests/bench/limit.o
	$(CC) $(cflags) $(CFLAGS) $(ldflags) $(LDFLAGS) -o $@ $^

.PHONY: bench
bench: $(B)/tisaned $(B)/load $(B)/limit
	tests/bench/run --build $(B) $(BENCH)

# ---- install: what was built, nothing is compiled ----------------------------
dest  := $(DESTDIR)$(PREFIX)
units ?= $(PREFIX)/lib/systemd/system
# systemd before 253 does not know notify-reload
service_type ?= $(if $(shell systemctl --version 2>/dev/null | awk 'NR == 1 && $$2 >= 253'),notify-reload,notify)

install:
	install -d -m 755 $(dest)/sbin $(dest)/libexec $(dest)/share/man/man5 $(dest)/share/man/man8 \
		$(dest)/share/bash-completion/completions $(dest)/share/doc/tisane \
		$(dest)/lib/sysusers.d $(dest)/lib/tmpfiles.d $(DESTDIR)$(units)
	install -m 755 $(B)/tisaned $(B)/tisane $(dest)/sbin
	install -m 755 $(B)/tisane-tcmu $(dest)/libexec
	install -m 644 docs/tisane.conf.5 $(dest)/share/man/man5
	install -m 644 docs/tisane.8 docs/tisaned.8 $(dest)/share/man/man8
	install -m 644 dist/tisane.bash $(dest)/share/bash-completion/completions/tisane
	install -m 644 docs/example.conf dist/lvm.conf dist/tisane.rules.yml dist/tisane-dashboard.json \
		$(dest)/share/doc/tisane
	install -m 644 dist/tisane.sysusers $(dest)/lib/sysusers.d/tisane.conf
	install -m 644 dist/tisane.tmpfiles $(dest)/lib/tmpfiles.d/tisane.conf
	sed 's|@PREFIX@|$(PREFIX)|; s|@TYPE@|$(service_type)|' dist/tisaned.service.in \
		>$(DESTDIR)$(units)/tisaned.service
	chmod 644 $(DESTDIR)$(units)/tisaned.service
	install -m 644 dist/tisaned.socket $(DESTDIR)$(units)

# ---- Debian package: from the tree, by debhelper -----------------------------
deb_version := $(shell sed -n 's/.*TISANE_VERSION "\(.*\)"/\1/p' common/version.h)
deb_tree    := $(B)/deb/tisane-$(deb_version)

.PHONY: deb deb-check
deb:
	rm -rf $(B)/deb
	mkdir -p $(deb_tree)
	tar -c --exclude=./build --exclude=./tests --exclude=./.git . | tar -x -C $(deb_tree)
	cp -r dist/debian $(deb_tree)/debian
	sed "s|@VERSION@|$(deb_version)|; s|@DATE@|$$(LC_ALL=C date -R)|" \
		dist/debian/changelog.in >$(deb_tree)/debian/changelog
	rm $(deb_tree)/debian/changelog.in
	cd $(deb_tree) && env -u MAKEFLAGS -u MAKELEVEL dpkg-buildpackage -jauto -us -uc -b
	@ls $(B)/deb/*.deb

# lintian, and its life in a chroot, then under systemd; needs root and mmdebstrap
deb-check: deb
	tests/package/run $(B)/deb

# ---- lint ------------------------------------------------------------------
c_files := $(wildcard $(layers:%=%/*.[ch]) cli/*.[ch] tcmu/*.[ch] tests/*/*.[ch] tests/unit/*/*.[ch])

lint:
	scripts/lint $(c_files)

# Without any of the libraries that are optional.
bare:
	$(MAKE) B=build/bare DEV=1 CFLAGS=-O0 have_uring= have_nbd= have_rbd= have_seccomp= all
	build/bare/tisaned --version | grep -q 'with nothing optional'

# One after the other: some of them are about time.
test:
	for t in lint bare unit sim coverage integration web-test crash hostile valgrind asan tsan fuzz guest deb-check; do \
		$(MAKE) $$t || exit 1; \
	done


clean:
	rm -rf build

-include $(shell find $(B) -path $(B)/deb -prune -o -type f -name '*.d' -print 2>/dev/null)
