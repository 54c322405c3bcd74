libjwtcore_libjwtcore_all_la_SOURCES += \
	libjwtcore/keys/cache.c \
	libjwtcore/keys/cache.h \
	libjwtcore/keys/kept.c \
	libjwtcore/keys/keys.c \
	libjwtcore/keys/keys.h \
	libjwtcore/keys/refresh.c \
	libjwtcore/keys/secrets.c
