/* SPDX-License-Identifier: ISC */
/* Reads cases, prints verdicts; the payload as a hash, for comparison. */
#include "batch.h"

#include <jansson.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Standard base64 of the generator: always right. Caller frees. */
static uint8_t *
decode(const char *text, size_t *len)
{
	size_t length = strlen(text);
	uint8_t *out = malloc(length / 4 * 3 + 1);

	if (out == NULL)
		abort();
	EVP_DecodeBlock(out, (const uint8_t *)text, (int)length);
	*len = length / 4 * 3;
	for (size_t i = length; i > 0 && text[i - 1] == '='; i--)
		(*len)--;
	out[*len] = '\0';
	return out;
}

static const char *
get(const json_t *line, const char *name)
{
	const char *text = json_string_value(json_object_get(line, name));

	return text != NULL ? text : "";
}

static void
read_case(const json_t *line, struct batch_case *c)
{
	const json_t *algs = json_object_get(line, "algs"), *one;
	size_t i;

	*c = (struct batch_case){ 0 };
	c->token = decode(get(line, "token"), &c->token_len);
	c->secret = decode(get(line, "secret"), &c->secret_len);
	c->jwks = json_string_value(json_object_get(line, "jwks"));
	c->now = json_integer_value(json_object_get(line, "now"));
	c->issuer = get(line, "iss");
	c->audience = get(line, "aud");
	json_array_foreach (algs, i, one)
		if (c->alg_count < BATCH_ALGS_MAX)
			c->algs[c->alg_count++] = json_string_value(one);
}

static json_t *
hash_of(const struct batch_verdict *v)
{
	uint8_t hash[EVP_MAX_MD_SIZE];
	char hex[17];

	if (strcmp(v->jws, "ok") != 0 ||
		EVP_Q_digest(NULL, "SHA256", NULL,
			v->payload_len > 0 ? (const void *)v->payload : "",
			v->payload_len, hash, NULL) != 1)
		return NULL;
	for (size_t i = 0; i < 8; i++)
		snprintf(hex + 2 * i, 3, "%02x", hash[i]);
	return json_string(hex);
}

static void
print(const json_t *line, const struct batch_verdict *v)
{
	json_t *out = json_object();
	char *text;

	json_object_set(out, "id", json_object_get(line, "id"));
	json_object_set_new(out, "jws", json_string(v->jws));
	json_object_set_new(out, "payload", hash_of(v));
	if (v->claims != NULL)
		json_object_set_new(out, "claims", json_string(v->claims));
	if (v->detail != NULL)
		json_object_set_new(out, "detail", json_string(v->detail));
	text = json_dumps(out, JSON_COMPACT);
	puts(text);
	fflush(stdout); /* a crash must not take earlier verdicts along */
	free(text);
	json_decref(out);
}

bool
batch_allows(const struct batch_case *c, const char *alg)
{
	for (size_t i = 0; alg != NULL && i < c->alg_count; i++)
		if (strcmp(c->algs[i], alg) == 0)
			return true;
	return false;
}

int
batch_run(batch_judge *judge)
{
	char *text = NULL;
	size_t room = 0;

	while (getline(&text, &room, stdin) > 0) {
		json_t *line = json_loads(text, 0, NULL);
		struct batch_verdict v = { .jws = "refused" };
		struct batch_case c;

		if (line == NULL)
			return EXIT_FAILURE;
		read_case(line, &c);
		judge(&c, &v);
		print(line, &v);
		free(c.token);
		free(c.secret);
		json_decref(line);
	}
	free(text);
	return EXIT_SUCCESS;
}
