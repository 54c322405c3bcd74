# libjwtbase.la: libc only, shared with the PAM module.
# libjwtcore-all.la: every layer, static, for our own programs and tests.
# libjwtcore.la: the same, installed, with the public symbols only.
noinst_LTLIBRARIES += libjwtcore/libjwtbase.la libjwtcore/libjwtcore-all.la
lib_LTLIBRARIES += libjwtcore/libjwtcore.la
include_HEADERS = libjwtcore/jwtcore.h
pkgconfigdir = $(libdir)/pkgconfig
pkgconfig_DATA = libjwtcore/libjwtcore.pc
dist_man_MANS += libjwtcore/jwtcore.3
EXTRA_DIST += libjwtcore/libjwtcore.map examples/verify.c

libjwtcore_libjwtbase_la_SOURCES = \
	libjwtcore/base/auto.h \
	libjwtcore/base/base64.c \
	libjwtcore/base/base64.h \
	libjwtcore/base/bytes.c \
	libjwtcore/base/bytes.h \
	libjwtcore/base/clock.c \
	libjwtcore/base/clock.h \
	libjwtcore/base/file.c \
	libjwtcore/base/file.h \
	libjwtcore/base/frame.c \
	libjwtcore/base/frame.h \
	libjwtcore/base/frame_reply.c \
	libjwtcore/base/ids.c \
	libjwtcore/base/ids.h \
	libjwtcore/base/reason.c \
	libjwtcore/base/report.c \
	libjwtcore/base/report.h

CORE_CFLAGS = $(AM_CFLAGS) $(CRYPTO_CFLAGS) $(JANSSON_CFLAGS) \
	$(LIBCONFIG_CFLAGS) $(HIREDIS_CFLAGS)
CORE_LIBS = $(JANSSON_LIBS) $(LIBCONFIG_LIBS) $(HIREDIS_LIBS) $(SSL_LIBS) \
	$(CRYPTO_LIBS)

libjwtcore_libjwtcore_all_la_CFLAGS = $(CORE_CFLAGS)
libjwtcore_libjwtcore_all_la_LIBADD = libjwtcore/libjwtbase.la $(CORE_LIBS)
libjwtcore_libjwtcore_all_la_SOURCES = \
	libjwtcore/context.c \
	libjwtcore/context.h \
	libjwtcore/judgement.h \
	libjwtcore/jwtcore.h \
	libjwtcore/public.h \
	libjwtcore/public_keys.c \
	libjwtcore/public_rules.c \
	libjwtcore/public_token.c \
	libjwtcore/public_verify.c \
	libjwtcore/replay.c \
	libjwtcore/steps_revocation.c \
	libjwtcore/steps_token.c \
	libjwtcore/verify.c
include libjwtcore/jose/local.mk
include libjwtcore/ssh/local.mk
include libjwtcore/token/local.mk
include libjwtcore/config/local.mk
include libjwtcore/keys/local.mk
include libjwtcore/revocation/local.mk
include libjwtcore/policy/local.mk

libjwtcore_libjwtcore_la_SOURCES =
libjwtcore_libjwtcore_la_LIBADD = libjwtcore/libjwtcore-all.la
libjwtcore_libjwtcore_la_LDFLAGS = $(HARDEN_LDFLAGS) -version-info 0:0:0 \
	-Wl,--version-script=$(srcdir)/libjwtcore/libjwtcore.map
