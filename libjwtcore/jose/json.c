/* SPDX-License-Identifier: ISC */
/*
 * The reader: one pass, no recursion. A stack of open objects and arrays
 * says what may come next; json_text.c knows strings and numbers.
 */
#include "jose/json.h"
#include "jose/json_text.h"

#include <stdlib.h>
#include <string.h>

#define NODES_FIRST 64 /* enough for most headers and claims */

/* What the parser is in the middle of. */
struct parser {
	struct json_cursor at;
	struct json_doc doc;
	size_t count;		       /* nodes so far */
	size_t room;		       /* nodes allocated */
	uint32_t open[JSON_DEPTH_MAX]; /* indices of open containers */
	unsigned depth;
};

void
json_doc_clear(struct json_doc *doc)
{
	if (doc->strings != NULL)
		wipe(doc->strings, doc->strings_len);
	free(doc->strings);
	free(doc->nodes);
	*doc = (struct json_doc){ 0 };
}

/* No escape grows: the text's length is room enough for them all. */
static bool
allocate_strings(struct parser *p, struct slice text)
{
	if (memchr(text.data, '\\', text.len) == NULL)
		return true;
	p->doc.strings_len = text.len;
	p->doc.strings = malloc(text.len);
	p->at.unescaped = p->doc.strings;
	return p->doc.strings != NULL || json_no_memory(&p->at);
}

/* Room is NODES_FIRST, doubled until JSON_NODE_MAX. */
static bool
make_room(struct parser *p, size_t more)
{
	size_t room = p->room > 0 ? 2 * p->room : NODES_FIRST;
	struct json_node *nodes;

	if (p->count + more <= p->room)
		return true;
	if (p->count + more > JSON_NODE_MAX)
		return json_fail(&p->at, "too many values");
	nodes = realloc(p->doc.nodes, room * sizeof(*nodes));
	if (nodes == NULL)
		return json_no_memory(&p->at);
	p->doc.nodes = nodes;
	p->room = room;
	return true;
}

/* make_room() has been called. */
static struct json_node *
add_node(struct parser *p, enum json_kind kind)
{
	struct json_node *node = &p->doc.nodes[p->count++];

	node->kind = kind;
	node->span = 1;
	node->count = 0;
	node->text = slice_of(p->at.next, 0);
	return node;
}

/* The innermost object or array that is open; there must be one. */
static struct json_node *
container(struct parser *p)
{
	return &p->doc.nodes[p->open[p->depth - 1]];
}

static int
closing(const struct json_node *node)
{
	return node->kind == JSON_KIND_OBJECT ? '}' : ']';
}

static bool
open_container(struct parser *p, enum json_kind kind)
{
	if (p->depth == JSON_DEPTH_MAX)
		return json_fail(&p->at, "nested too deep");
	p->open[p->depth++] = (uint32_t)p->count;
	(void)add_node(p, kind);
	p->at.next++;
	return true;
}

static bool
close_container(struct parser *p)
{
	struct json_node *node = container(p);

	p->at.next++;
	node->span = (uint32_t)(p->count - p->open[p->depth - 1]);
	node->text.len = (size_t)(p->at.next - node->text.data);
	p->depth--;
	return node->kind != JSON_KIND_OBJECT || json_check_names(&p->at, node);
}

static bool
literal(struct parser *p, const char *word, enum json_kind kind)
{
	struct json_node *node = add_node(p, kind);

	if (!json_skip_word(&p->at, word))
		return json_fail(&p->at, "not a JSON value");
	node->text.len = strlen(word);
	return true;
}

/* One value, or the opening of one; *opened says which. */
static bool
value(struct parser *p, bool *opened)
{
	*opened = false;
	switch (json_peek(&p->at)) {
	case '{':
		*opened = true;
		return open_container(p, JSON_KIND_OBJECT);
	case '[':
		*opened = true;
		return open_container(p, JSON_KIND_ARRAY);
	case '"':
		return json_read_string(
			&p->at, &add_node(p, JSON_KIND_STRING)->text);
	case 't':
		return literal(p, "true", JSON_KIND_TRUE);
	case 'f':
		return literal(p, "false", JSON_KIND_FALSE);
	case 'n':
		return literal(p, "null", JSON_KIND_NULL);
	default:
		return json_read_number(
			&p->at, &add_node(p, JSON_KIND_NUMBER)->text);
	}
}

/* The name of a member and its colon. */
static bool
name(struct parser *p)
{
	if (json_peek(&p->at) != '"')
		return json_fail(&p->at, "a member's name is expected");
	if (!json_read_string(&p->at, &add_node(p, JSON_KIND_STRING)->text))
		return false;
	json_skip_space(&p->at);
	if (json_peek(&p->at) != ':')
		return json_fail(&p->at, "':' is expected");
	p->at.next++;
	json_skip_space(&p->at);
	return true;
}

/*
 * Behind a value: closes what ends here. *more: another element follows, and
 * the cursor stands before it.
 */
static bool
after_value(struct parser *p, bool *more)
{
	*more = false;
	while (p->depth > 0) {
		struct json_node *node = container(p);
		int c;

		node->count++;
		json_skip_space(&p->at);
		c = json_peek(&p->at);
		if (c == ',') {
			p->at.next++;
			json_skip_space(&p->at);
			*more = true;
			return true;
		}
		if (c != closing(node))
			return json_fail(&p->at, "',' or the end is expected");
		if (!close_container(p))
			return false;
	}
	return true;
}

/* An opened container that is empty is closed at once. */
static bool
empty_container(struct parser *p, bool *was_empty)
{
	json_skip_space(&p->at);
	*was_empty = json_peek(&p->at) == closing(container(p));
	return !*was_empty || close_container(p);
}

static bool
parse(struct parser *p)
{
	bool more = true;

	while (more) {
		bool in_object =
			p->depth > 0 && container(p)->kind == JSON_KIND_OBJECT;
		bool opened, empty = false;

		if (!make_room(p, in_object ? 2 : 1))
			return false;
		if (in_object && !name(p))
			return false;
		if (!value(p, &opened))
			return false;
		if (opened && !empty_container(p, &empty))
			return false;
		if (opened && !empty)
			continue;
		if (!after_value(p, &more))
			return false;
	}
	json_skip_space(&p->at);
	if (p->at.next != p->at.end)
		return json_fail(&p->at, "something follows the object");
	return true;
}

enum jwt_reason
json_parse_object(struct slice text, const char *what, struct json_doc *out,
	struct report *r)
{
	struct parser p = { .at = json_cursor_of(text) };

	json_skip_space(&p.at);
	if (json_peek(&p.at) != '{')
		return report(r, JWT_TOKEN_MALFORMED, "%s is not a JSON object",
			what);
	if (allocate_strings(&p, text) && parse(&p)) {
		*out = p.doc;
		return JWT_OK;
	}
	json_doc_clear(&p.doc);
	if (p.at.no_memory)
		return report(r, JWT_INTERNAL_ERROR, "out of memory");
	return report(r, JWT_TOKEN_MALFORMED,
		"%s is not strict JSON: byte %zu: %s", what,
		(size_t)(p.at.next - text.data) + 1, p.at.fault);
}
