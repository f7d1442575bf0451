# smol: sealed, sorted, compressed covering indexes for PostgreSQL 18
#
#   make, make install     use pg_config from PATH, or PG_CONFIG=/path/to/pg_config
#   make demo, make test   find a PostgreSQL 18 themselves, or provide one
#   make help              lists every target
#
# Options: WERROR=1 turns warnings into errors, CC=clang takes another compiler,
# with_llvm=no leaves out the bitcode for JIT.

EXTENSION = smol
MODULE_big = smol

top := $(dir $(abspath $(lastword $(MAKEFILE_LIST))))
DATA := $(patsubst $(top)%,%,$(wildcard $(top)sql/smol--*.sql))
OBJS := $(patsubst $(top)%.c,%.o,$(sort $(wildcard $(top)src/*.c $(top)src/*/*.c)))

# PostgreSQL's headers are not clean under -Wextra: -isystem, which outranks -I
PG_CPPFLAGS = -I$(srcdir)/src -isystem $(includedir_server) -isystem $(includedir_internal)
PG_CFLAGS = -Wall -Wextra -Wno-unused-parameter -Wno-missing-field-initializers $(if $(WERROR),-Werror)

.DEFAULT_GOAL := all

# installcheck: all but setup, which goes first, in a server that smol is installed
# in.  One after the other: another test's transaction would keep VACUUM from
# marking pages all-visible.  REGRESS="setup size" runs some; "make test" has more.
points := $(shell grep -l injection_points $(top)test/sql/*.sql $(top)test/isolation/specs/*.spec)
tests_of = $(basename $(notdir $(filter-out $(points),$(wildcard $(top)test/$(1)))))
REGRESS ?= setup $(filter-out setup,$(call tests_of,sql/*.sql))
REGRESS_OPTS = --inputdir=$(top)test --encoding=UTF8 --no-locale --max-connections=1
ISOLATION ?= $(call tests_of,isolation/specs/*.spec)
ISOLATION_OPTS = --inputdir=$(top)test/isolation --encoding=UTF8 --no-locale

# These find or provide a PostgreSQL 18 themselves (or need none), so that they
# work where pg_config is missing or belongs to another release.
script_goals := demo test start stop psql coverage bench differential fuzz indent dist packages check-release
own_goals := help clean distclean $(script_goals)

ifneq ($(filter-out $(own_goals),$(or $(MAKECMDGOALS),all)),)

PG_CONFIG ?= pg_config
pg_version := $(shell $(PG_CONFIG) --version 2>/dev/null)
ifeq ($(filter 18 18.% 18beta% 18devel 18rc%,$(word 2,$(pg_version))),)
$(error smol needs PostgreSQL 18, but $(PG_CONFIG) is $(if $(pg_version),that of $(pg_version),not to be found). \
Set PG_CONFIG, as in "make PG_CONFIG=/usr/lib/postgresql/18/bin/pg_config"; \
"scripts/postgres" finds or builds a PostgreSQL 18 and prints the path)
endif

PGXS := $(shell $(PG_CONFIG) --pgxs)
ifeq ($(wildcard $(PGXS)),)
$(error $(pg_version) is here without its development files. \
Install them: postgresql-server-dev-18 on Debian and Ubuntu, postgresql18-devel on Red Hat and its kin)
endif
include $(PGXS)

# PostgreSQL hands on the flags of the compiler that it was built with.
ifneq ($(findstring clang,$(shell $(CC) --version 2>/dev/null)),)
gcc_only := -Wshadow=compatible-local -Wimplicit-fallthrough=3 -Wno-format-truncation \
	-Wno-stringop-truncation -fexcess-precision=standard -flto=auto -ffat-lto-objects
override CFLAGS := $(filter-out $(gcc_only),$(CFLAGS)) -Wno-ignored-attributes
override LDFLAGS := $(filter-out $(gcc_only),$(LDFLAGS))
endif

# Out of the source tree, look there for sources only: an object file of another
# build that lies beside its source must not be taken for ours.
srcdir := $(srcdir)
override VPATH :=
vpath %.c $(srcdir)
vpath %.control $(srcdir)

$(shell mkdir -p $(sort $(dir $(OBJS))))
$(OBJS): $(wildcard $(top)src/*.h $(top)src/*/*.h)
ifeq ($(with_llvm),yes)
$(OBJS:.o=.bc): $(wildcard $(top)src/*.h $(top)src/*/*.h)
endif

else

clean:
	rm -f $(OBJS) $(OBJS:.o=.bc) $(MODULE_big).so $(MODULE_big).dylib

distclean: clean
	@$(top)scripts/server stop
	rm -rf $(top)build

endif

.PHONY: $(own_goals)

help:
	@echo 'make, make install    build and install with PG_CONFIG (default: pg_config on PATH)'
	@echo 'make demo             smol beside btree on real flights (FLIGHTS=file.csv[.zst] for more)'
	@echo 'make test             the whole test run, on a release and an assert-enabled PostgreSQL 18'
	@echo 'make differential     random tables, indexes and queries against a sequential scan (SECONDS=120)'
	@echo 'make fuzz             the codec fuzzers'
	@echo 'make coverage         line coverage of src/ by the tests'
	@echo 'make bench            sizes, builds and queries against btree, with a report (FULL=1: an hour or two)'
	@echo 'make start|psql|stop  a private server for development in build/dev'
	@echo 'make indent           pgindent on src/'
	@echo 'make dist             the PGXN bundle of what is committed: build/smol-X.Y.Z.zip'
	@echo 'make packages         PGXN bundle, .rpm and .deb: built, installed, upgraded, removed'
	@echo 'make check-release    one version everywhere, and what else a release needs'
	@echo 'make clean, distclean remove what was built; also build/ with its servers and logs'

demo coverage bench indent check-release:
	@$(top)scripts/$@

dist:
	@$(top)scripts/package-pgxn dist

packages:
	@$(top)scripts/package-pgxn
	@$(top)scripts/package-rpm
	@$(top)scripts/package-deb

test:
	@$(top)scripts/test

differential fuzz:
	@$(top)scripts/test $@

start stop psql:
	@$(top)scripts/server $@
