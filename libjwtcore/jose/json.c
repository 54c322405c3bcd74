/* SPDX-License-Identifier: ISC */
/* Strict JSON on top of jansson: what it does not check is checked here. */
#include "jose/json.h"

/*
 * Nesting is bounded before jansson recurses. Brackets inside strings do
 * not count; a text that is no JSON may be miscounted, but jansson refuses
 * it either way.
 */
static bool
nesting_is_bounded(struct slice text)
{
	unsigned depth = 0;
	bool in_string = false;

	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = text.data[i];

		if (in_string) {
			if (c == '\\')
				i++;
			else if (c == '"')
				in_string = false;
		} else if (c == '"') {
			in_string = true;
		} else if (c == '{' || c == '[') {
			if (++depth > JSON_DEPTH_MAX)
				return false;
		} else if ((c == '}' || c == ']') && depth > 0) {
			depth--;
		}
	}
	return true;
}

enum jwt_reason
json_parse_object(
	struct slice text, const char *what, json_t **out, struct report *r)
{
	JWT_AUTO(json) root = NULL;
	json_error_t error;

	if (text.len == 0)
		return report(r, JWT_TOKEN_MALFORMED, "%s is empty", what);
	if (!nesting_is_bounded(text))
		return report(r, JWT_TOKEN_MALFORMED,
			"%s is nested deeper than %d", what, JSON_DEPTH_MAX);
	/* No JSON_ALLOW_NUL, no JSON_DISABLE_EOF_CHECK. */
	root = json_loadb((const char *)text.data, text.len,
		JSON_REJECT_DUPLICATES, &error);
	if (root == NULL)
		return report(r, JWT_TOKEN_MALFORMED,
			"%s is not strict JSON: byte %d: %s", what,
			error.position, error.text);
	if (!json_is_object(root))
		return report(r, JWT_TOKEN_MALFORMED, "%s is not a JSON object",
			what);
	*out = JWT_TAKE(root);
	return JWT_OK;
}

bool
json_get_string(const json_t *object, const char *name, struct slice *out)
{
	const json_t *value = json_object_get(object, name);

	if (!json_is_string(value))
		return false;
	*out = slice_of(json_string_value(value), json_string_length(value));
	return true;
}
