# What the package puts on a host beside programs: installing these files
# changes no login. "jwtauthctl enable" copies what lies in pkgdatadir.
sysusersdir = $(prefix)/lib/sysusers.d
tmpfilesdir = $(prefix)/lib/tmpfiles.d
pamsnippetdir = $(pkgdatadir)/pam.d
sshdropindir = $(pkgdatadir)/sshd_config.d
sudoersdropindir = $(pkgdatadir)/sudoers.d
redisexampledir = $(docdir)/examples/redis
nginxexampledir = $(docdir)/examples/nginx
keyringexampledir = $(docdir)/examples
completiondir = $(datadir)/bash-completion/completions

dist_sysusers_DATA = \
	etc/sysusers.d/jwtauth.conf \
	etc/sysusers.d/jwtauth-keyring.conf
dist_tmpfiles_DATA = \
	etc/tmpfiles.d/jwtauth.conf \
	etc/tmpfiles.d/jwtauth-keyring.conf
dist_keyringexample_DATA = etc/keyring.conf
dist_pamsnippet_DATA = \
	etc/pam.d/jwtauth-sshd-account \
	etc/pam.d/jwtauth-sshd-auth \
	etc/pam.d/jwtauth-sshd-session \
	etc/pam.d/jwtauth-sudo-account \
	etc/pam.d/jwtauth-sudo-auth \
	etc/pam.d/jwtauth-sudo-session \
	etc/pam.d/jwtauth-sudo-i-account \
	etc/pam.d/jwtauth-sudo-i-auth \
	etc/pam.d/jwtauth-sudo-i-session
dist_sudoersdropin_DATA = etc/sudoers.d/20-jwtauth
dist_redisexample_DATA = etc/redis/jwtauth.acl
dist_nginxexample_DATA = \
	etc/nginx/jwtauth-logout-zone.conf \
	etc/nginx/jwtauth-logout.conf
dist_completion_DATA = \
	etc/bash-completion/jwt-keyring \
	etc/bash-completion/jwtauth-check \
	etc/bash-completion/jwtauthctl
sshdropin_DATA = etc/ssh/20-jwtauth.conf
helper_SCRIPTS = etc/systemd/jwtauth-ids
unit_DATA = \
	etc/systemd/jwt-key-rotation.service \
	etc/systemd/jwt-key-rotation.timer \
	etc/systemd/jwtauth-check.service \
	etc/systemd/jwtauth-check.socket \
	etc/systemd/jwtauth-fetchd.service \
	etc/systemd/jwtauth-followd.service \
	etc/systemd/jwtauth-ids.service \
	etc/systemd/jwtauth-logout.slice \
	etc/systemd/jwtauth-logout.socket \
	etc/systemd/jwtauth-logout@.service \
	etc/systemd/jwtauth-revoke.slice \
	etc/systemd/jwtauth-revoke.socket \
	etc/systemd/jwtauth-revoke@.service \
	etc/systemd/jwtauth-sweep.service \
	etc/systemd/jwtauth-sweep.timer

dist_man_MANS += etc/jwtauth.7 etc/jwtauth.conf.5
EXTRA_DIST += etc/jwtauth.conf

# The configuration belongs to the administrator once it is there.
jwtconfdir = $(sysconfdir)/jwtauth
install-data-local:
	$(MKDIR_P) "$(DESTDIR)$(jwtconfdir)"
	chmod 0750 "$(DESTDIR)$(jwtconfdir)"
	test -e "$(DESTDIR)$(jwtconfdir)/jwtauth.conf" || \
		$(INSTALL) -m 0640 $(srcdir)/etc/jwtauth.conf \
			"$(DESTDIR)$(jwtconfdir)/jwtauth.conf"
uninstall-local:
	if cmp -s $(srcdir)/etc/jwtauth.conf \
		"$(DESTDIR)$(jwtconfdir)/jwtauth.conf"; then \
		rm -f "$(DESTDIR)$(jwtconfdir)/jwtauth.conf"; fi

# Places are known to make only: configure leaves $(prefix) in them.
FILLED_IN = \
	etc/systemd/jwt-key-rotation.service \
	etc/ssh/20-jwtauth.conf \
	etc/systemd/jwtauth-ids \
	etc/systemd/jwtauth-check.service \
	etc/systemd/jwtauth-fetchd.service \
	etc/systemd/jwtauth-followd.service \
	etc/systemd/jwtauth-ids.service \
	etc/systemd/jwtauth-logout@.service \
	etc/systemd/jwtauth-revoke@.service \
	etc/systemd/jwtauth-sweep.service
CLEANFILES += $(FILLED_IN)
EXTRA_DIST += \
	etc/ssh/20-jwtauth.conf.in \
	etc/systemd/jwt-key-rotation.service.in \
	etc/systemd/jwt-key-rotation.timer \
	etc/systemd/jwtauth-check.service.in \
	etc/systemd/jwtauth-check.socket \
	etc/systemd/jwtauth-fetchd.service.in \
	etc/systemd/jwtauth-followd.service.in \
	etc/systemd/jwtauth-ids.in \
	etc/systemd/jwtauth-ids.service.in \
	etc/systemd/jwtauth-logout.slice \
	etc/systemd/jwtauth-logout.socket \
	etc/systemd/jwtauth-logout@.service.in \
	etc/systemd/jwtauth-revoke.slice \
	etc/systemd/jwtauth-revoke.socket \
	etc/systemd/jwtauth-revoke@.service.in \
	etc/systemd/jwtauth-sweep.service.in \
	etc/systemd/jwtauth-sweep.timer

$(FILLED_IN): etc/local.mk Makefile
	$(AM_V_GEN)$(MKDIR_P) $(@D) && $(SED) \
		-e 's|@libexecdir[@]|$(libexecdir)|g' \
		-e 's|@localstatedir[@]|$(localstatedir)|g' \
		-e 's|@sbindir[@]|$(sbindir)|g' \
		-e 's|@bindir[@]|$(bindir)|g' \
		$(srcdir)/$@.in >$@.new && mv $@.new $@
etc/ssh/20-jwtauth.conf: etc/ssh/20-jwtauth.conf.in
etc/systemd/jwt-key-rotation.service: etc/systemd/jwt-key-rotation.service.in
etc/systemd/jwtauth-ids: etc/systemd/jwtauth-ids.in
etc/systemd/jwtauth-check.service: etc/systemd/jwtauth-check.service.in
etc/systemd/jwtauth-fetchd.service: etc/systemd/jwtauth-fetchd.service.in
etc/systemd/jwtauth-followd.service: etc/systemd/jwtauth-followd.service.in
etc/systemd/jwtauth-ids.service: etc/systemd/jwtauth-ids.service.in
etc/systemd/jwtauth-sweep.service: etc/systemd/jwtauth-sweep.service.in
etc/systemd/jwtauth-revoke@.service: etc/systemd/jwtauth-revoke@.service.in
etc/systemd/jwtauth-logout@.service: etc/systemd/jwtauth-logout@.service.in
