# jwtauth-sshkeys: sshd's AuthorizedKeysCommand.
helper_PROGRAMS += tools/sshkeys/jwtauth-sshkeys
tools_sshkeys_jwtauth_sshkeys_CPPFLAGS = $(COMMON_CPPFLAGS)
tools_sshkeys_jwtauth_sshkeys_CFLAGS = $(CORE_CFLAGS)
tools_sshkeys_jwtauth_sshkeys_LDADD = tools/common/libcommon.la
tools_sshkeys_jwtauth_sshkeys_SOURCES = tools/sshkeys/main.c
dist_man_MANS += tools/sshkeys/jwtauth-sshkeys.8
