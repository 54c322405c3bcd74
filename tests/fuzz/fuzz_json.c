/* SPDX-License-Identifier: ISC */
/*
 * The JSON reader beside jansson: both accept, and then hold the same, or
 * both refuse (oracle.h says where one can't tell). Seconds of each number
 * are counted a second time, as text.
 */
#include "fuzz.h"
#include "oracle.h"

#include <string.h>

#define TIME_MAX 253402300799

static void
check_seconds(const struct json_node *number, int64_t max)
{
	int64_t ours = -1, theirs = -1;
	bool good = json_seconds(number, max, &ours);

	REQUIRE(good == oracle_seconds(number->text, max, &theirs));
	if (good)
		REQUIRE(ours == theirs && ours >= 0);
	else
		REQUIRE(ours == -1);
}

/* All nodes lie behind each other, and what they name lies in the text. */
static void
check_nodes(const struct json_doc *doc, struct slice text)
{
	const struct json_node *root = json_root(doc);

	REQUIRE(json_is(root, JSON_KIND_OBJECT));
	REQUIRE(root->span >= 1 && root->span <= JSON_NODE_MAX);
	for (uint32_t i = 0; i < root->span; i++) {
		const struct json_node *node = root + i;
		const uint8_t *at = node->text.data;

		REQUIRE(node->span >= 1 && i + node->span <= root->span);
		REQUIRE((at >= text.data &&
				at + node->text.len <= text.data + text.len) ||
			(node->kind == JSON_KIND_STRING && at >= doc->strings &&
				at + node->text.len <=
					doc->strings + doc->strings_len));
		if (node->kind == JSON_KIND_STRING)
			REQUIRE(!slice_has_nul(node->text));
		if (node->kind == JSON_KIND_NUMBER) {
			check_seconds(node, TIME_MAX);
			check_seconds(node, INT64_MAX - 1);
		} else {
			int64_t unused;

			REQUIRE(!json_seconds(node, TIME_MAX, &unused));
		}
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = fuzz_copy(slice_of(data, size));
	JWT_AUTO(json_doc) doc = { 0 };
	struct report r = { 0 };
	json_t *theirs = NULL;
	enum oracle oracle;
	enum jwt_reason reason =
		UNDER_TEST(json_parse_object(text, "text", &doc, &r));

	if (fault_struck()) {
		REQUIRE(reason == JWT_INTERNAL_ERROR && doc.nodes == NULL &&
			doc.strings == NULL);
		fuzz_copy_free(text);
		return 0;
	}
	REQUIRE(reason == JWT_OK || reason == JWT_TOKEN_MALFORMED);
	REQUIRE((reason == JWT_OK) == (r.text[0] == '\0'));
	oracle = oracle_json(text, &theirs);
	if (oracle != ORACLE_UNSURE)
		REQUIRE((oracle == ORACLE_ACCEPTS) == (reason == JWT_OK));
	if (reason == JWT_OK) {
		check_nodes(&doc, text);
		if (theirs != NULL)
			oracle_require_same(theirs, json_root(&doc));
	} else {
		REQUIRE(doc.nodes == NULL && doc.strings == NULL);
	}
	json_decref(theirs);
	json_doc_clear(&doc);
	fuzz_copy_free(text);
	return 0;
}
