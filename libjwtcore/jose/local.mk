libjwtcore_libjwtcore_all_la_SOURCES += \
	libjwtcore/jose/alg.h \
	libjwtcore/jose/json.h \
	libjwtcore/jose/jwk.h \
	libjwtcore/jose/jws.h
