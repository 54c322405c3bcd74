/* SPDX-License-Identifier: ISC */
/*
 * The one idiom for "or pass this failure up" and the one for cleanup.
 */
#ifndef JWT_BASE_AUTO_H
#define JWT_BASE_AUTO_H

#include "jwtcore.h"

/* Leaves the function with the reason of a call that failed. */
#define JWT_TRY(call)                                     \
	do {                                              \
		enum jwt_reason jwt_try_reason_ = (call); \
		if (jwt_try_reason_ != JWT_OK)            \
			return jwt_try_reason_;           \
	} while (0)

/*
 * JWT_AUTO(type) declares a variable that is released when it goes out of
 * scope. JWT_AUTO_TYPE(name, type, release) makes it known; release takes a
 * value of the type and accepts the empty one (NULL or zeros).
 *
 *	JWT_AUTO(json) root = NULL;
 */
#define JWT_AUTO_TYPE(name, type, release)                             \
	typedef type jwt_auto_##name##_t;                              \
	static inline void jwt_auto_##name(jwt_auto_##name##_t *value) \
	{                                                              \
		release(*value);                                       \
	}                                                              \
	struct jwt_auto_##name##_needs_a_semicolon_
#define JWT_AUTO(name) \
	__attribute__((cleanup(jwt_auto_##name))) jwt_auto_##name##_t

/* Gives up ownership: yields the value and leaves the variable empty. */
#define JWT_TAKE(pointer)                                  \
	({                                                 \
		__typeof__(pointer) jwt_take_ = (pointer); \
		(pointer) = NULL;                          \
		jwt_take_;                                 \
	})

#define JWT_COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define JWT_MUST_CHECK __attribute__((warn_unused_result))

#endif
