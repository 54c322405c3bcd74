libjwtcore_libjwtcore_all_la_SOURCES += \
	libjwtcore/config/config.h \
	libjwtcore/config/config_accounts.c \
	libjwtcore/config/config_check.c \
	libjwtcore/config/config_error.c \
	libjwtcore/config/config_free.c \
	libjwtcore/config/config_issuer.c \
	libjwtcore/config/config_load.c \
	libjwtcore/config/config_read.c \
	libjwtcore/config/config_read.h \
	libjwtcore/config/config_redis.c \
	libjwtcore/config/config_redis_check.c \
	libjwtcore/config/config_revocation.c \
	libjwtcore/config/config_scan.c \
	libjwtcore/config/config_service.c \
	libjwtcore/config/config_source.c \
	libjwtcore/config/config_suggest.c \
	libjwtcore/config/suggest.h
