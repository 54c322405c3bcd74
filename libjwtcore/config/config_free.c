/* SPDX-License-Identifier: ISC */
/*
 * Giving a configuration back, and finding one's way in it.
 */
#include "config/config.h"

#include <stdlib.h>
#include <string.h>

static void
list_clear(struct string_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->item[i]);
	free(list->item);
}

static void
issuer_clear(struct issuer_config *issuer)
{
	for (size_t i = 0; i < issuer->account_count; i++) {
		free(issuer->account[i].claim);
		free(issuer->account[i].value);
		free(issuer->account[i].suffix);
		free(issuer->account[i].user);
	}
	free(issuer->account);
	free(issuer->name);
	free(issuer->issuer);
	free(issuer->jwks_uri);
	free(issuer->jwks_file);
	list_clear(&issuer->secret_files);
	list_clear(&issuer->audience);
	list_clear(&issuer->logout_audience);
	free(issuer->fetch.ca_file);
	free(issuer->fetch.proxy);
}

static void
service_clear(struct service_config *service)
{
	free(service->name);
	list_clear(&service->also);
	list_clear(&service->scope_any);
	list_clear(&service->acr_any);
	list_clear(&service->users);
}

static void
redis_clear(struct redis_config *redis)
{
	free(redis->address);
	list_clear(&redis->addresses);
	free(redis->sentinel.name);
	list_clear(&redis->sentinel.addresses);
	free(redis->sentinel.user);
	free(redis->sentinel.password_file);
	free(redis->tls.ca_file);
	free(redis->tls.server_name);
	free(redis->tls.cert_file);
	free(redis->tls.key_file);
	free(redis->user);
	free(redis->password_file);
	free(redis->writer_user);
	free(redis->writer_password_file);
	free(redis->writer_cert_file);
	free(redis->writer_key_file);
	free(redis->follower_user);
	free(redis->follower_password_file);
	free(redis->follower_cert_file);
	free(redis->follower_key_file);
	free(redis->prefix);
	free(redis->raw_prefix);
}

void
config_free(struct jwt_config *config)
{
	if (config == NULL)
		return;
	for (size_t i = 0; i < config->issuer_count; i++)
		issuer_clear(&config->issuer[i]);
	free(config->issuer);
	for (size_t i = 0; i < config->service_count; i++)
		service_clear(&config->service[i]);
	free(config->service);
	redis_clear(&config->revocation.redis);
	free(config->host_name);
	free(config);
}

const struct issuer_config *
config_issuer(const struct jwt_config *config, struct slice iss)
{
	for (size_t i = 0; i < config->issuer_count; i++)
		if (slice_equals_string(iss, config->issuer[i].issuer))
			return &config->issuer[i];
	return NULL;
}

const struct issuer_config *
config_issuer_by_name(const struct jwt_config *config, const char *name)
{
	for (size_t i = 0; i < config->issuer_count; i++)
		if (strcmp(config->issuer[i].name, name) == 0)
			return &config->issuer[i];
	return NULL;
}

static bool
answers_to(const struct service_config *service, const char *name)
{
	if (strcmp(service->name, name) == 0)
		return true;
	for (size_t i = 0; i < service->also.count; i++)
		if (strcmp(service->also.item[i], name) == 0)
			return true;
	return false;
}

const struct service_config *
config_service(const struct jwt_config *config, const char *service)
{
	for (size_t i = 0; i < config->service_count; i++)
		if (answers_to(&config->service[i], service))
			return &config->service[i];
	return NULL;
}

const char *
config_raw_prefix(const struct redis_config *redis)
{
	return redis->raw_prefix != NULL ? redis->raw_prefix : redis->prefix;
}
