/* SPDX-License-Identifier: ISC */
/*
 * For the tests of config/: a folder of files, loaded, and what came of it.
 */
#ifndef JWT_TESTS_CONFIG_CASE_H
#define JWT_TESTS_CONFIG_CASE_H

#include "config/config.h"

#define CASE_PATH_MAX 256

/* A folder with main.conf and perhaps conf.d; removed at the end. */
struct config_case {
	char folder[CASE_PATH_MAX];
	char path[CASE_PATH_MAX + 16]; /* of main.conf */
	struct jwt_config *config;     /* NULL: refused */
	struct config_error error;
	enum jwt_reason reason;
};

void case_begin(struct config_case *c);
/* name within the folder; a folder before the name is made as well. */
void case_write(const struct config_case *c, const char *name, const char *text,
	size_t len, unsigned mode);
void case_load(struct config_case *c);
void case_end(struct config_case *c);
static inline void
jwt_auto_config_case(struct config_case *c)
{
	case_end(c);
}
typedef struct config_case jwt_auto_config_case_t;

/* One main.conf of this text, loaded. */
void case_of_text(struct config_case *c, const char *text);
/* Refused with config_error and exactly FOLDER/main.conf:REST? */
bool case_refused(const struct config_case *c, const char *rest);
/* The same for a text; says on stdout what came instead. */
bool refuses(const char *text, const char *rest);
bool accepts(const char *text);

/*
 * An issuer that is right, a setting a line: name 2, issuer 3, algorithms 4,
 * audience 5, accounts 6. With setting not NULL its line is "SETTING =
 * VALUE;" (without a value: nothing), or line 7 for any other setting.
 * Static storage.
 */
const char *issuer_with(const char *setting, const char *value);

#endif
