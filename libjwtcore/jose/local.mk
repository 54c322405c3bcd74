libjwtcore_libjwtcore_all_la_SOURCES += \
	libjwtcore/jose/alg.c \
	libjwtcore/jose/alg.h \
	libjwtcore/jose/ec.c \
	libjwtcore/jose/evp.c \
	libjwtcore/jose/evp.h \
	libjwtcore/jose/family.h \
	libjwtcore/jose/hmac.c \
	libjwtcore/jose/json.c \
	libjwtcore/jose/json.h \
	libjwtcore/jose/json_text.c \
	libjwtcore/jose/json_text.h \
	libjwtcore/jose/json_value.c \
	libjwtcore/jose/json_write.h \
	libjwtcore/jose/jwk.c \
	libjwtcore/jose/jwk.h \
	libjwtcore/jose/jwk_export.c \
	libjwtcore/jose/jwks.c \
	libjwtcore/jose/jws.h \
	libjwtcore/jose/jws_parse.c \
	libjwtcore/jose/jws_sign.c \
	libjwtcore/jose/jws_verify.c \
	libjwtcore/jose/okp.c \
	libjwtcore/jose/ed_point.c \
	libjwtcore/jose/roca.c \
	libjwtcore/jose/rsa.c \
	libjwtcore/jose/thumbprint.c
