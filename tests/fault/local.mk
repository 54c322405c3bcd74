# What a fault of the machine may do to us: nothing lost, nothing torn.
FAULT_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/tests/fault \
	-I$(srcdir)/tests/unit -I$(srcdir)/tools/fetchd \
	-I$(srcdir)/tools/common
FAULT_PAIR = tests/fault/cache_pair.c tests/fault/cache_pair.h
FAULT_TESTS = tests/fault/kill_cache_writer tests/fault/disk_faults \
	tests/fault/disk_revocations
check_PROGRAMS += $(FAULT_TESTS)
TESTS += $(FAULT_TESTS)

tests_fault_kill_cache_writer_SOURCES = $(FAULT_PAIR) \
	tests/fault/kill_cache_writer.c \
	tools/common/log.c tools/fetchd/sweep.c
tests_fault_kill_cache_writer_CPPFLAGS = $(FAULT_CPPFLAGS)
tests_fault_kill_cache_writer_CFLAGS = $(CORE_CFLAGS)
tests_fault_kill_cache_writer_LDADD = libjwtcore/libjwtcore-all.la

tests_fault_disk_faults_SOURCES = $(FAULT_PAIR) \
	tests/fault/disk_faults.c tests/unit/suite.c tests/unit/suite.h
tests_fault_disk_faults_CPPFLAGS = $(FAULT_CPPFLAGS)
tests_fault_disk_faults_CFLAGS = $(UNIT_CFLAGS)
tests_fault_disk_faults_LDADD = $(UNIT_LIBS)

tests_fault_disk_revocations_SOURCES = tests/fault/disk_revocations.c \
	tests/unit/revocation_fixture.c tests/unit/revocation_fixture.h \
	tests/unit/suite.c tests/unit/suite.h
tests_fault_disk_revocations_CPPFLAGS = $(FAULT_CPPFLAGS)
tests_fault_disk_revocations_CFLAGS = $(UNIT_CFLAGS)
tests_fault_disk_revocations_LDADD = $(UNIT_LIBS)

# Every behaviour of an issuer, against a real server; HTTP.md is what it saw.
TESTS += tests/fault/test_http_table.py
EXTRA_DIST += tests/fault/test_http_table.py tests/fault/http_rows.py \
	tests/fault/http_server.py tests/fault/HTTP.md
CLEANFILES += http-table.md

# The same for Redis, inside a host: tests/integration/test_62_redis_faults.py.
EXTRA_DIST += tests/fault/redis_site.py tests/fault/redis_tls.py \
	tests/fault/redis_rows.py tests/fault/redis_many.py \
	tests/fault/redis_table.py tests/fault/redis_storm.py \
	tests/fault/REDIS.md

# Ten thousand kills, in memory and on a disk, where a store takes long: some
# minutes.
.PHONY: fault
fault: tests/fault/kill_cache_writer
	tests/fault/kill_cache_writer 10000
	tests/fault/kill_cache_writer 10000 /var/tmp

# A thousand revocations and logins at once, while Redis is killed again and
# again: on a host, with the packages of ./bootstrap build. A minute or two.
.PHONY: storm
storm:
	cd $(srcdir) && JWTAUTH_STORM=1000 /usr/bin/python3 -m pytest \
		-p no:cacheprovider -k storm \
		tests/integration/test_62_redis_faults.py
