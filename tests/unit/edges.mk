# Edge cases of each family of signatures, and attacks that were seen.
EDGE_SOURCES = tests/unit/suite.c tests/unit/suite.h \
	tests/unit/edge_maker.c tests/unit/edge_maker.h \
	tests/unit/jose_vectors.h

UNIT_TESTS += tests/unit/test_edges_pkcs1
tests_unit_test_edges_pkcs1_SOURCES = $(EDGE_SOURCES) \
	tests/unit/test_edges_pkcs1.c
tests_unit_test_edges_pkcs1_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_edges_pkcs1_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_edges_pkcs1_LDADD = $(UNIT_LIBS)

UNIT_TESTS += tests/unit/test_edges_pss
tests_unit_test_edges_pss_SOURCES = $(EDGE_SOURCES) \
	tests/unit/test_edges_pss.c
tests_unit_test_edges_pss_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_edges_pss_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_edges_pss_LDADD = $(UNIT_LIBS)

UNIT_TESTS += tests/unit/test_edges_ecdsa
tests_unit_test_edges_ecdsa_SOURCES = $(EDGE_SOURCES) \
	tests/unit/test_edges_ecdsa.c
tests_unit_test_edges_ecdsa_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_edges_ecdsa_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_edges_ecdsa_LDADD = $(UNIT_LIBS)

UNIT_TESTS += tests/unit/test_edges_hmac
tests_unit_test_edges_hmac_SOURCES = $(EDGE_SOURCES) \
	tests/unit/test_edges_hmac.c
tests_unit_test_edges_hmac_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_edges_hmac_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_edges_hmac_LDADD = $(UNIT_LIBS)

UNIT_TESTS += tests/unit/test_edges_eddsa
tests_unit_test_edges_eddsa_SOURCES = $(EDGE_SOURCES) \
	tests/unit/test_edges_eddsa.c
tests_unit_test_edges_eddsa_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_edges_eddsa_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_edges_eddsa_LDADD = $(UNIT_LIBS)

UNIT_TESTS += tests/unit/test_attacks
tests_unit_test_attacks_SOURCES = $(EDGE_SOURCES) \
	tests/unit/test_attacks.c
tests_unit_test_attacks_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_attacks_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_attacks_LDADD = $(UNIT_LIBS)

TESTS += tests/unit/test_attack_table.sh
EXTRA_DIST += tests/attacks.tsv tests/unit/test_attack_table.sh
