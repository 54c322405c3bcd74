# jwt-keyring: an issuer's signing keys.
bin_PROGRAMS += tools/keyring/jwt-keyring
tools_keyring_jwt_keyring_CFLAGS = $(CORE_CFLAGS)
tools_keyring_jwt_keyring_LDADD = libjwtcore/libjwtcore-all.la
tools_keyring_jwt_keyring_SOURCES = \
	tools/keyring/command.c \
	tools/keyring/command.h \
	tools/keyring/drop.c \
	tools/keyring/init.c \
	tools/keyring/keyring.c \
	tools/keyring/keyring.h \
	tools/keyring/main.c \
	tools/keyring/mint.c \
	tools/keyring/mint.h \
	tools/keyring/mint_claims.c \
	tools/keyring/mint_options.c \
	tools/keyring/mint_options.h \
	tools/keyring/mint_ssh.c \
	tools/keyring/publish.c \
	tools/keyring/rotate.c \
	tools/keyring/status.c \
	tools/keyring/store.c
dist_man_MANS += tools/keyring/jwt-keyring.1
