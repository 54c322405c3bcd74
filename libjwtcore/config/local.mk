libjwtcore_libjwtcore_all_la_SOURCES += \
	libjwtcore/config/config.h
