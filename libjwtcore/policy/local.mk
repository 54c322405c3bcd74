libjwtcore_libjwtcore_all_la_SOURCES += \
	libjwtcore/policy/policy.h
