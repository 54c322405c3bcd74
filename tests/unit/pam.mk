# pam_jwt: parts of it alone, then the module through libpam.
PAM_UNIT_LIBS = pam_jwt/libpamjwttest.la $(CUNIT_LIBS) $(PAM_LIBS)
PAM_HOST_SOURCES = tests/unit/pam_host.c tests/unit/pam_host.h \
	tests/unit/pam_login.c tests/unit/pam_login.h \
	tests/unit/suite.c tests/unit/suite.h
PAM_UNIT_CPPFLAGS = $(PAM_TEST_CPPFLAGS) -I$(srcdir)/tests/unit

check_PROGRAMS += tests/unit/pam_helper_stub
tests_unit_pam_helper_stub_SOURCES = tests/unit/pam_helper_stub.c
tests_unit_pam_helper_stub_CPPFLAGS = $(PAM_TEST_CPPFLAGS)
tests_unit_pam_helper_stub_LDADD = libjwtcore/libjwtbase.la

PAM_TESTS = tests/unit/test_pam_helper
tests_unit_test_pam_helper_SOURCES = $(PAM_HOST_SOURCES) \
	tests/unit/test_pam_helper.c
tests_unit_test_pam_helper_CPPFLAGS = $(PAM_UNIT_CPPFLAGS)
tests_unit_test_pam_helper_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_pam_helper_LDADD = $(PAM_UNIT_LIBS)

PAM_TESTS += tests/unit/test_pam_flow
tests_unit_test_pam_flow_SOURCES = $(PAM_HOST_SOURCES) \
	tests/unit/test_pam_flow.c
tests_unit_test_pam_flow_CPPFLAGS = $(PAM_UNIT_CPPFLAGS)
tests_unit_test_pam_flow_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_pam_flow_LDADD = $(PAM_UNIT_LIBS)

PAM_TESTS += tests/unit/test_pam_session
tests_unit_test_pam_session_SOURCES = $(PAM_HOST_SOURCES) \
	tests/unit/test_pam_session.c
tests_unit_test_pam_session_CPPFLAGS = $(PAM_UNIT_CPPFLAGS)
tests_unit_test_pam_session_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_pam_session_LDADD = $(PAM_UNIT_LIBS)

PAM_TESTS += tests/unit/test_pam_parts
tests_unit_test_pam_parts_SOURCES = tests/unit/suite.c tests/unit/suite.h \
	tests/unit/test_pam_parts.c
tests_unit_test_pam_parts_CPPFLAGS = $(PAM_UNIT_CPPFLAGS)
tests_unit_test_pam_parts_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_pam_parts_LDADD = $(PAM_UNIT_LIBS)

PAM_TESTS += tests/unit/test_pam_answers
tests_unit_test_pam_answers_SOURCES = tests/unit/suite.c tests/unit/suite.h \
	tests/unit/test_pam_answers.c
tests_unit_test_pam_answers_CPPFLAGS = $(PAM_UNIT_CPPFLAGS)
tests_unit_test_pam_answers_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_pam_answers_LDADD = $(PAM_UNIT_LIBS)

PAM_TESTS += tests/unit/test_pam_record
tests_unit_test_pam_record_SOURCES = tests/unit/suite.c tests/unit/suite.h \
	tests/unit/test_pam_record.c
tests_unit_test_pam_record_CPPFLAGS = $(PAM_UNIT_CPPFLAGS)
tests_unit_test_pam_record_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_pam_record_LDADD = $(PAM_UNIT_LIBS)

PAM_TESTS += tests/unit/test_pam_elevate
tests_unit_test_pam_elevate_SOURCES = $(PAM_HOST_SOURCES) \
	tests/unit/test_pam_elevate.c
tests_unit_test_pam_elevate_CPPFLAGS = $(PAM_UNIT_CPPFLAGS)
tests_unit_test_pam_elevate_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_pam_elevate_LDADD = $(PAM_UNIT_LIBS)

check_PROGRAMS += $(PAM_TESTS)
TESTS += $(PAM_TESTS)
