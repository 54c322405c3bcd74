# jwt-login: on clients, as the user.
bin_PROGRAMS += tools/login/jwt-login
tools_login_jwt_login_CFLAGS = $(CORE_CFLAGS)
tools_login_jwt_login_LDADD = libjwtcore/libjwtcore-all.la
tools_login_jwt_login_SOURCES = \
	tools/login/certificate.c \
	tools/login/keygen.c \
	tools/login/login.h \
	tools/login/main.c \
	tools/login/say.c \
	tools/login/token.c
dist_man_MANS += tools/login/jwt-login.1
