# The module: libpam and libc only, so it takes libjwtbase and no more.
pam_LTLIBRARIES = pam_jwt/pam_jwt.la
PAM_JWT_SOURCES = \
	pam_jwt/account.c \
	pam_jwt/answers.c \
	pam_jwt/answers.h \
	pam_jwt/auth.c \
	pam_jwt/conversation.c \
	pam_jwt/conversation.h \
	pam_jwt/entry.c \
	pam_jwt/exchange.c \
	pam_jwt/exchange.h \
	pam_jwt/folder.c \
	pam_jwt/folder.h \
	pam_jwt/helper.c \
	pam_jwt/helper.h \
	pam_jwt/helper_child.c \
	pam_jwt/judge.c \
	pam_jwt/judge.h \
	pam_jwt/module.h \
	pam_jwt/options.c \
	pam_jwt/options.h \
	pam_jwt/pending.c \
	pam_jwt/pending.h \
	pam_jwt/process.c \
	pam_jwt/process.h \
	pam_jwt/record.c \
	pam_jwt/record.h \
	pam_jwt/session.c \
	pam_jwt/session.h \
	pam_jwt/session_find.c \
	pam_jwt/session_store.c \
	pam_jwt/session_store.h \
	pam_jwt/sessions.c \
	pam_jwt/signals.c \
	pam_jwt/signals.h \
	pam_jwt/socket.c \
	pam_jwt/sshinfo.c \
	pam_jwt/sshinfo.h \
	pam_jwt/state.c \
	pam_jwt/state.h
PAM_JWT_LDFLAGS = $(HARDEN_LDFLAGS) -module -avoid-version -shared \
	-Wl,--version-script=$(srcdir)/pam_jwt/pam_jwt.map
EXTRA_DIST += pam_jwt/pam_jwt.map

pam_jwt_pam_jwt_la_SOURCES = $(PAM_JWT_SOURCES)
pam_jwt_pam_jwt_la_LIBADD = libjwtcore/libjwtbase.la $(PAM_LIBS)
pam_jwt_pam_jwt_la_LDFLAGS = $(PAM_JWT_LDFLAGS)
dist_man_MANS += pam_jwt/pam_jwt.8

# The same sources for the tests, with folders of their own: the module that
# is installed has no way to be told other paths.
PAM_TEST_ROOT = /srv
PAM_TEST_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/pam_jwt \
	-DPAM_TEST_ROOT='"$(PAM_TEST_ROOT)"' \
	-DPAM_TEST_MODULE='"$(abs_builddir)/pam_jwt/.libs/pam_jwt_test.so"' \
	-DPAM_TEST_HELPER='"$(abs_builddir)/tests/unit/pam_helper_stub"' \
	-DPAM_TEST_MAN='"$(abs_srcdir)/pam_jwt/pam_jwt.8"' \
	-UJWT_RUN_DIR -DJWT_RUN_DIR='"$(PAM_TEST_ROOT)/run"' \
	-UJWT_STATE_DIR -DJWT_STATE_DIR='"$(PAM_TEST_ROOT)/state"' \
	-UJWT_HELPER_DIR -DJWT_HELPER_DIR='"$(PAM_TEST_ROOT)/libexec"'

check_LTLIBRARIES = pam_jwt/libpamjwttest.la pam_jwt/pam_jwt_test.la
pam_jwt_libpamjwttest_la_SOURCES = $(PAM_JWT_SOURCES)
pam_jwt_libpamjwttest_la_CPPFLAGS = $(PAM_TEST_CPPFLAGS)
pam_jwt_libpamjwttest_la_LIBADD = libjwtcore/libjwtbase.la $(PAM_LIBS)
pam_jwt_pam_jwt_test_la_SOURCES =
pam_jwt_pam_jwt_test_la_LIBADD = pam_jwt/libpamjwttest.la
# An rpath makes libtool build a real module of what is not installed.
pam_jwt_pam_jwt_test_la_LDFLAGS = $(PAM_JWT_LDFLAGS) -rpath /nonexistent

include tests/unit/pam.mk
