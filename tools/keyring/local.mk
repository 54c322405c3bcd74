# jwt-keyring: an issuer's signing keys.
bin_PROGRAMS += tools/keyring/jwt-keyring
dist_man_MANS += tools/keyring/jwt-keyring.1

# What the unit tests call too.
noinst_LTLIBRARIES += tools/keyring/libkeyring.la
tools_keyring_libkeyring_la_CPPFLAGS = $(COMMON_CPPFLAGS)
tools_keyring_libkeyring_la_CFLAGS = $(CORE_CFLAGS)
tools_keyring_libkeyring_la_LIBADD = tools/common/libcommon.la \
	libjwtcore/libjwtcore-all.la
tools_keyring_libkeyring_la_SOURCES = \
	tools/keyring/keyring.c \
	tools/keyring/keyring.h \
	tools/keyring/places.c \
	tools/keyring/places.h \
	tools/keyring/plan.c \
	tools/keyring/plan.h \
	tools/keyring/private.c \
	tools/keyring/private.h \
	tools/keyring/private_sweep.c \
	tools/keyring/run.c \
	tools/keyring/run.h \
	tools/keyring/secret_places.c \
	tools/keyring/settings.c \
	tools/keyring/settings.h \
	tools/keyring/settings_read.c \
	tools/keyring/slots.c \
	tools/keyring/store.c \
	tools/keyring/store.h \
	tools/keyring/store_read.c \
	tools/keyring/tell.c \
	tools/keyring/tell.h

tools_keyring_jwt_keyring_CPPFLAGS = $(COMMON_CPPFLAGS)
tools_keyring_jwt_keyring_CFLAGS = $(CORE_CFLAGS) $(CURL_CFLAGS)
tools_keyring_jwt_keyring_LDADD = tools/keyring/libkeyring.la $(CURL_LIBS)
tools_keyring_jwt_keyring_SOURCES = \
	tools/keyring/command.c \
	tools/keyring/command.h \
	tools/keyring/dates.c \
	tools/keyring/dates.h \
	tools/keyring/drop.c \
	tools/keyring/init.c \
	tools/keyring/main.c \
	tools/keyring/mint.c \
	tools/keyring/mint.h \
	tools/keyring/mint_claims.c \
	tools/keyring/mint_options.c \
	tools/keyring/mint_options.h \
	tools/keyring/mint_ssh.c \
	tools/keyring/poll_url.c \
	tools/keyring/poll_url.h \
	tools/keyring/publish.c \
	tools/keyring/rotate.c \
	tools/keyring/rotation.c \
	tools/keyring/rotation.h \
	tools/keyring/rotation_begin.c \
	tools/keyring/rotation_dry.c \
	tools/keyring/rotation_lock.c \
	tools/keyring/rotation_wait.c \
	tools/keyring/status.c \
	tools/keyring/verifiers.c \
	tools/keyring/verifiers.h
