libjwtcore_libjwtcore_all_la_SOURCES += \
	libjwtcore/revocation/copy.c \
	libjwtcore/revocation/copy.h \
	libjwtcore/revocation/embedded.c \
	libjwtcore/revocation/embedded.h \
	libjwtcore/revocation/embedded_write.c \
	libjwtcore/revocation/entry.c \
	libjwtcore/revocation/entry.h \
	libjwtcore/revocation/epoch.c \
	libjwtcore/revocation/epoch.h \
	libjwtcore/revocation/redis.c \
	libjwtcore/revocation/redis.h \
	libjwtcore/revocation/redis_list.c \
	libjwtcore/revocation/redis_session.c \
	libjwtcore/revocation/redis_session.h \
	libjwtcore/revocation/redis_transport.c \
	libjwtcore/revocation/redis_transport.h \
	libjwtcore/revocation/redis_write.c \
	libjwtcore/revocation/revocation.c \
	libjwtcore/revocation/revocation.h \
	libjwtcore/revocation/store.c \
	libjwtcore/revocation/store.h \
	libjwtcore/revocation/twins.c \
	libjwtcore/revocation/twins.h
