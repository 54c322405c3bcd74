/* SPDX-License-Identifier: ISC */
/*
 * Merging: issuers of all files add up, a service replaces the one of its
 * name as a whole, anything else is said once.
 */
#include "config/config_read.h"

#include <stdlib.h>
#include <string.h>

#define MIN_UID_DEFAULT 1000

/* The services after merging, and where each is said. */
struct service_source {
	const struct config_source *source;
	const config_setting_t *setting;
};
struct service_sources {
	struct service_source item[CONFIG_SERVICE_MAX];
	size_t count;
};

/* The one file that says name, or NULL; an error if two do. */
static enum jwt_reason
said_once(struct config_reader *reader, struct config_sources *sources,
	const char *name, struct config_source **out)
{
	const config_setting_t *first = NULL;

	*out = NULL;
	for (size_t i = 0; i < sources->count; i++) {
		struct config_source *source = &sources->item[i];
		const config_setting_t *setting = config_setting_get_member(
			config_root_setting(&source->parsed), name);

		if (setting == NULL)
			continue;
		reader->file = source->path;
		if (*out != NULL)
			return config_fail(reader, setting,
				"\"%s\" is said twice, expected once; the "
				"other is at %s:%u",
				name, (*out)->path,
				config_setting_source_line(first));
		*out = source;
		first = setting;
	}
	return JWT_OK;
}

static enum jwt_reason
merge_scalars(struct config_reader *reader, struct config_sources *sources,
	struct jwt_config *config)
{
	struct config_source *source;

	JWT_TRY(said_once(reader, sources, "host_name", &source));
	if (source != NULL)
		config->host_name = JWT_TAKE(source->host_name);
	reader->host_name = config->host_name;
	JWT_TRY(said_once(reader, sources, "min_uid", &source));
	config->min_uid = source != NULL ? source->min_uid : MIN_UID_DEFAULT;
	JWT_TRY(config_revocation_default(reader, &config->revocation));
	JWT_TRY(said_once(reader, sources, "revocation", &source));
	if (source != NULL) {
		reader->file = source->path;
		JWT_TRY(config_read_revocation(
			reader, source->revocation, &config->revocation));
	}
	return JWT_OK;
}

static enum jwt_reason
check_issuer_is_new(struct config_reader *reader,
	const config_setting_t *setting, const struct jwt_config *config)
{
	const struct issuer_config *last =
		&config->issuer[config->issuer_count - 1];

	for (const struct issuer_config *i = config->issuer; i < last; i++) {
		if (strcmp(i->name, last->name) == 0)
			return config_fail(reader,
				config_member_or(setting, "name"),
				"\"name\" in issuer \"%s\" is the name of "
				"another issuer too, expected another name",
				last->name);
		if (strcmp(i->issuer, last->issuer) == 0)
			return config_fail(reader,
				config_member_or(setting, "issuer"),
				"\"issuer\" in issuer \"%s\" is \"%.256s\", as "
				"in issuer \"%s\", expected another URL",
				last->name, last->issuer, i->name);
	}
	return JWT_OK;
}

static enum jwt_reason
add_issuers(struct config_reader *reader, const config_setting_t *list,
	struct jwt_config *config)
{
	int count = config_setting_length(list);

	if (!config_setting_is_list(list))
		return config_fail_value(
			reader, list, "( { ... } ), a list of groups");
	for (int i = 0; i < count; i++) {
		const config_setting_t *setting =
			config_setting_get_elem(list, (unsigned)i);

		if (config->issuer_count == CONFIG_ISSUERS_MAX)
			return config_fail(reader, setting,
				"\"issuers\" has too many elements, expected "
				"at most %d",
				CONFIG_ISSUERS_MAX);
		JWT_TRY(config_read_issuer(reader, setting,
			&config->issuer[config->issuer_count++]));
		JWT_TRY(check_issuer_is_new(reader, setting, config));
	}
	return JWT_OK;
}

static enum jwt_reason
merge_issuers(struct config_reader *reader,
	const struct config_sources *sources, struct jwt_config *config)
{
	config->issuer = calloc(CONFIG_ISSUERS_MAX, sizeof(config->issuer[0]));
	if (config->issuer == NULL)
		return config_out_of_memory(reader);
	for (size_t i = 0; i < sources->count; i++) {
		reader->file = sources->item[i].path;
		if (sources->item[i].issuers != NULL)
			JWT_TRY(add_issuers(
				reader, sources->item[i].issuers, config));
	}
	return JWT_OK;
}

/* The place of the service of this name, or the place behind the last. */
static size_t
service_place(const struct service_sources *services, const char *name)
{
	size_t i = 0;

	while (i < services->count &&
		strcmp(config_setting_name(services->item[i].setting), name) !=
			0)
		i++;
	return i;
}

static enum jwt_reason
collect_services(struct config_reader *reader,
	const struct config_source *source, struct service_sources *out)
{
	const config_setting_t *group = source->services;

	reader->file = source->path;
	if (!config_setting_is_group(group))
		return config_fail_value(
			reader, group, "a group { NAME = { ... }; }");
	for (int i = 0; i < config_setting_length(group); i++) {
		const config_setting_t *setting =
			config_setting_get_elem(group, (unsigned)i);
		size_t place = service_place(out, config_setting_name(setting));

		if (place == CONFIG_SERVICE_MAX)
			return config_fail(reader, setting,
				"\"services\" has too many members, expected "
				"at most %d",
				CONFIG_SERVICE_MAX);
		out->item[place] = (struct service_source){ source, setting };
		if (place == out->count)
			out->count++;
	}
	return JWT_OK;
}

/* A service answers to its name and those in also: each belongs to one. */
static enum jwt_reason
check_service_is_new(struct config_reader *reader,
	const config_setting_t *setting, const struct jwt_config *config)
{
	const struct service_config *last =
		&config->service[config->service_count - 1];
	const config_setting_t *also = config_member_or(setting, "also");
	const struct service_config *other = config_service(config, last->name);

	if (other != last)
		return config_fail(reader, setting,
			"service \"%s\" is in \"also\" of service \"%s\" too, "
			"expected one of both",
			last->name, other->name);
	for (size_t i = 0; i < last->also.count; i++) {
		const char *name = last->also.item[i];

		other = config_service(config, name);
		if (other != last || strcmp(name, last->name) == 0)
			return config_fail(reader, also,
				"\"also\" in service \"%s\" names \"%s\", "
				"which service \"%s\" answers to, expected "
				"another name",
				last->name, name, other->name);
	}
	return JWT_OK;
}

static enum jwt_reason
merge_services(struct config_reader *reader,
	const struct config_sources *sources, struct jwt_config *config)
{
	struct service_sources services = { .count = 0 };

	for (size_t i = 0; i < sources->count; i++)
		if (sources->item[i].services != NULL)
			JWT_TRY(collect_services(
				reader, &sources->item[i], &services));
	config->service =
		calloc(services.count + 1, sizeof(config->service[0]));
	if (config->service == NULL)
		return config_out_of_memory(reader);
	for (size_t i = 0; i < services.count; i++) {
		reader->file = services.item[i].source->path;
		/* Counted first, so that one that fails is freed as well. */
		config->service_count = i + 1;
		JWT_TRY(config_read_service(
			reader, services.item[i].setting, &config->service[i]));
		JWT_TRY(check_service_is_new(
			reader, services.item[i].setting, config));
	}
	return JWT_OK;
}

enum jwt_reason
config_load(
	const char *path, struct jwt_config **out, struct config_error *error)
{
	struct config_reader reader = { .error = error, .file = path };
	JWT_AUTO(config_sources)
	sources = calloc(1, sizeof(*sources));
	JWT_AUTO(config) config = calloc(1, sizeof(*config));

	error->text[0] = '\0';
	if (sources == NULL || config == NULL)
		return config_out_of_memory(&reader);
	JWT_TRY(config_sources_read(&reader, path, sources));
	JWT_TRY(merge_scalars(&reader, sources, config));
	JWT_TRY(merge_issuers(&reader, sources, config));
	JWT_TRY(merge_services(&reader, sources, config));
	*out = JWT_TAKE(config);
	return JWT_OK;
}
