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
