/* SPDX-License-Identifier: ISC */
/*
 * Inside config/, and for a tool with a settings file of its own:
 * libconfig's settings, read by tables. A table has one
 * row a setting: its name, type and range, whether it must be there, and
 * where its value goes in the structure that is being filled.
 */
#ifndef JWT_CONFIG_CONFIG_READ_H
#define JWT_CONFIG_CONFIG_READ_H

#include "config/config.h"

#include <libconfig.h>

#define CONFIG_STRING_MAX  1024 /* bytes of any string */
#define CONFIG_WHERE_MAX   128
#define CONFIG_DEPTH_MAX   16  /* nested groups, lists and arrays */
#define CONFIG_FILES_MAX   256 /* files in conf.d */
#define CONFIG_SERVICE_MAX 256

/* The file being read, and what part of it, for the errors. */
struct config_reader {
	struct config_error *error;
	const char *file;
	char where[CONFIG_WHERE_MAX]; /* " in issuer "corp"", or empty */
	const char *host_name;	      /* what %h means; NULL: not said */
};

enum setting_type {
	SETTING_STRING,	 /* char * */
	SETTING_INTEGER, /* int64_t */
	SETTING_UINT32,	 /* uint32_t */
	SETTING_BOOL,	 /* bool */
	SETTING_CHOICE,	 /* an enum: the position in choices */
	SETTING_STRINGS, /* struct string_list, never empty */
	SETTING_GROUP,	 /* a group, its table fills the same structure */
	SETTING_CUSTOM,	 /* a function of its own */
};

typedef enum jwt_reason (*setting_read_fn)(struct config_reader *reader,
	const config_setting_t *setting, void *target);

struct setting_spec {
	const char *name;
	enum setting_type type;
	bool required;
	size_t offset;	  /* of the value in the structure */
	int64_t min, max; /* integers */
	/* Strings, also those of a list; expected says what it accepts. */
	bool (*check)(const char *value);
	const char *expected;
	const char *const *choices; /* NULL-terminated */
	const struct setting_table *group;
	setting_read_fn read; /* target is the structure + offset */
};

struct setting_table {
	const struct setting_spec *spec;
	size_t count;
};

#define SETTING_TABLE(specs)            \
	{                               \
		specs, JWT_COUNT(specs) \
	}

/*
 * Fills target by the table. config_error: not a group, an unknown setting,
 * a wrong type or value, or a required one that is missing.
 */
enum jwt_reason config_read_group(struct config_reader *reader,
	const config_setting_t *group, const struct setting_table *table,
	void *target) JWT_MUST_CHECK;

/* A member's line where it is there, else the group's own. */
const config_setting_t *config_member_or(
	const config_setting_t *group, const char *name);
bool config_has(const config_setting_t *group, const char *name);

/*
 * Records "FILE:LINE: TEXT" unless there is an error already; config_error.
 * at NULL leaves the line out.
 */
enum jwt_reason config_fail(struct config_reader *reader,
	const config_setting_t *at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* "NAME in WHERE is FOUND, expected EXPECTED". */
enum jwt_reason config_fail_value(struct config_reader *reader,
	const config_setting_t *setting, const char *expected);
enum jwt_reason config_out_of_memory(struct config_reader *reader);

/* A list or an array of strings: each element to add(), in order. */
typedef enum jwt_reason (*config_each_fn)(struct config_reader *reader,
	const config_setting_t *element, const char *value, void *arg);
enum jwt_reason config_each_string(struct config_reader *reader,
	const config_setting_t *setting, const char *expected,
	config_each_fn each, void *arg) JWT_MUST_CHECK;
/* A copy of value goes to the end of the list. */
enum jwt_reason config_list_add(struct config_reader *reader,
	struct string_list *list, const char *value) JWT_MUST_CHECK;

/* The shapes of values (config_check.c). */
bool config_is_https_url(const char *value);
bool config_is_proxy_url(const char *value); /* no user, no path */
bool config_is_absolute_path(const char *value);
bool config_is_host_name(const char *value);
bool config_is_id(const char *value);		/* [a-z0-9][a-z0-9_-]*, 64 */
bool config_is_service_name(const char *value); /* a file name of pam.d */
bool config_is_account_name(const char *value);
bool config_is_text(const char *value); /* not empty, no control character */
bool config_is_word(const char *value); /* printable, no white space */

/*
 * Before libconfig sees the text: no NUL, no @include (it would go around
 * the checks of the file), no deep nesting, no number that libconfig would
 * wrap silently.
 */
enum jwt_reason config_scan(
	struct config_reader *reader, struct slice text) JWT_MUST_CHECK;

/*
 * One element of issuers = ( ... ), one member of services = { ... }, and
 * revocation = { ... }. out is zeroed, and freed by config_free, also after
 * a failure; the defaults are filled in.
 */
enum jwt_reason config_read_issuer(struct config_reader *reader,
	const config_setting_t *setting,
	struct issuer_config *out) JWT_MUST_CHECK;
/* accounts = ( ... ); target is the issuer. */
enum jwt_reason config_read_accounts(struct config_reader *reader,
	const config_setting_t *setting, void *target) JWT_MUST_CHECK;
enum jwt_reason config_read_service(struct config_reader *reader,
	const config_setting_t *setting,
	struct service_config *out) JWT_MUST_CHECK;
enum jwt_reason config_revocation_default(struct config_reader *reader,
	struct revocation_config *out) JWT_MUST_CHECK;
enum jwt_reason config_read_revocation(struct config_reader *reader,
	const config_setting_t *setting,
	struct revocation_config *out) JWT_MUST_CHECK;
/* Its group redis: the settings, and what no single one of them tells. */
extern const struct setting_table config_redis_table;
enum jwt_reason config_check_redis(struct config_reader *reader,
	const config_setting_t *revocation,
	const struct redis_config *redis) JWT_MUST_CHECK;

/* One file, parsed, and its top-level settings; NULL where not there. */
struct config_source {
	char *path;
	config_t parsed;
	bool has_parsed; /* parsed is to be destroyed */
	char *host_name;
	uint32_t min_uid;
	const config_setting_t *issuers, *services, *revocation;
};

/* The main file, then conf.d in order of name. Settings point into item. */
struct config_sources {
	struct config_source item[1 + CONFIG_FILES_MAX];
	size_t count;
};

/* Reads and parses all files, and the settings at the top of each. */
enum jwt_reason config_sources_read(struct config_reader *reader,
	const char *path, struct config_sources *out) JWT_MUST_CHECK;
void config_sources_free(struct config_sources *sources); /* itself too */
JWT_AUTO_TYPE(config_sources, struct config_sources *, config_sources_free);

#endif
