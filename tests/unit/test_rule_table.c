/* SPDX-License-Identifier: ISC */
/*
 * The rules of a token, one by one: who demands it, where it is checked, a
 * token that it takes and the nearest one that it refuses. With --table the
 * program prints them for docs/rules.md: see tests/rules/rules.py.
 */
#include "rule_case.h"
#include "suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct rule {
	const char *name;
	const char *demanded_by;
	const char *where; /* file below libjwtcore/, function */
	struct rule_case takes, refuses;
	enum jwt_reason reason; /* of the refusal */
};

static void
put(struct buffer *token, const char *text)
{
	CU_ASSERT_FATAL(buffer_append_string(token, text));
}

static void
cut_the_signature(struct buffer *token)
{
	token->len = (size_t)((uint8_t *)memrchr(token->data, '.', token->len) -
			      token->data);
}

static void
add_a_part(struct buffer *token)
{
	put(token, ".e30");
}

static void
add_padding(struct buffer *token)
{
	put(token, "==");
}

static void
add_a_line_end(struct buffer *token)
{
	put(token, "\n");
}

/* 64 bytes leave four bits of the last character unused. */
static void
set_tail_bits(struct buffer *token)
{
	token->data[token->len - 1]++;
}

static void
use_the_other_alphabet(struct buffer *token)
{
	token->data[token->len - 2] = '/';
}

static void
make_it_json(struct buffer *token)
{
	token->len = 0;
	put(token, "{\"payload\":\"e30\",\"signatures\":[{\"protected\":"
		   "\"e30\",\"signature\":\"AA\"}]}");
}

/* The claims are not looked at before the size. */
static void
grow_beyond_the_cap(struct buffer *token)
{
	while (token->len <= JWT_TOKEN_MAX)
		put(token, "A");
}

static void
change_the_header(struct buffer *token)
{
	/* Of {"alg":"ES256","typ":"at+jwt"...: the typ's name, a letter. */
	uint8_t *at = &token->data[22];

	*at = *at == 'A' ? 'B' : 'A';
}

static void
change_a_claim(struct buffer *token)
{
	uint8_t *dot = memchr(token->data, '.', token->len);

	/* The "s" of iss or a neighbour: one bit of a character. */
	dot[10] = dot[10] == 'A' ? 'B' : 'A';
}

static void
shorten_the_signature(struct buffer *token)
{
	token->len -= 2; /* 63 bytes are left */
}

static void
replace_signature(struct buffer *token, const char *with)
{
	cut_the_signature(token);
	put(token, with);
}

/* SEQUENCE { INTEGER 1, INTEGER 1 }: what other formats would write. */
static void
write_der(struct buffer *token)
{
	replace_signature(token, ".MAYCAQECAQE");
}

static void
write_zeros(struct buffer *token)
{
	replace_signature(token,
		".AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
}

static void
write_nothing(struct buffer *token)
{
	replace_signature(token, ".");
}

static void
cut_the_tag(struct buffer *token)
{
	token->len -= 11; /* 24 of 32 bytes are left */
}

#define TEN(text)		   text text text text text text text text text text
#define KID_OF_250		   TEN(TEN("kk") "kkkkk")
#define ARRAYS(open)		   "\"x\":" open
#define OPEN_14			   "[[[[[[[[[[[[[["
#define CLOSE_14		   "]]]]]]]]]]]]]]"
#define CLAIMS_OF(iss, aud, times) "{" iss "," aud "," times "}"
#define HS_HEADER		   "{\"alg\":\"HS256\",\"typ\":\"at+jwt\",\"kid\":\"k\"}"
#define HEADER_OF(alg, typ, kid) \
	"{\"alg\":" alg ",\"typ\":" typ ",\"kid\":" kid "}"

#define PLAIN_HEADER HEADER_OF("\"ES256\"", "\"JWT\"", "\"k\"")
#define FOR_TWO(azp) \
	CLAIMS_OF(RULE_ISS, "\"aud\":[\"ssh://a\",\"x\"]," azp, RULE_TIMES)

/* A rule about the header's members, where the usual header is taken. */
#define HEADER_RULE(rule, rfc, function, header_text, why)          \
	{                                                           \
		.name = rule, .demanded_by = rfc,                   \
		.where = "jose/jws_parse.c:" function,              \
		.refuses = { .header = header_text }, .reason = why \
	}
/* Without the member all is well; with it the token is malformed. */
#define REFUSED_MEMBER(rule, rfc, member)                               \
	HEADER_RULE(rule, rfc, "read_header", RULE_HEADER_WITH(member), \
		JWT_TOKEN_MALFORMED)
/* A rule about the compact text. */
#define TEXT_RULE(rule, rfc, place, change, why)                  \
	{                                                         \
		.name = rule, .demanded_by = rfc, .where = place, \
		.refuses = { .edit = change }, .reason = why      \
	}
/* A rule about the claims, where the usual ones are taken. */
#define CLAIMS_RULE(rule, rfc, place, claims_text, why)             \
	{                                                           \
		.name = rule, .demanded_by = rfc, .where = place,   \
		.refuses = { .claims = claims_text }, .reason = why \
	}

#include "rule_rows_claims.h"
#include "rule_rows_jws.h"

#define RULES (JWT_COUNT(jws_rules) + JWT_COUNT(claims_rules))

/* In the order of a token's way. */
static const struct rule *
rule_at(size_t i)
{
	return i < JWT_COUNT(jws_rules)
		       ? &jws_rules[i]
		       : &claims_rules[i - JWT_COUNT(jws_rules)];
}

#define TAKES	"takes: "
#define REFUSES "refuses: "

static void
judge_row(const struct rule *rule, bool takes)
{
	enum jwt_reason reason =
		rule_case_run(takes ? &rule->takes : &rule->refuses);
	enum jwt_reason expected = takes ? JWT_OK : rule->reason;

	if (reason != expected)
		fprintf(stderr, "%s %s: %s, not %s\n",
			takes ? "takes" : "refuses", rule->name,
			jwt_reason_name(reason), jwt_reason_name(expected));
	CU_ASSERT_EQUAL(reason, expected);
}

/* CUnit's tests take no argument: the row is told by the test's name. */
static void
takes_or_refuses(void)
{
	const char *name = CU_get_current_test()->pName;
	bool takes = strncmp(name, TAKES, strlen(TAKES)) == 0;
	size_t i = 0;

	name += strlen(takes ? TAKES : REFUSES);
	while (strcmp(rule_at(i)->name, name) != 0)
		i++;
	judge_row(rule_at(i), takes);
}

static void
print_table(void)
{
	for (size_t i = 0; i < RULES; i++) {
		const struct rule *rule = rule_at(i);

		printf("%s\t%s\t%s\ttakes: %s\trefuses: %s\t%s\n", rule->name,
			rule->demanded_by, rule->where, rule->name, rule->name,
			jwt_reason_name(rule->reason));
	}
}

int
main(int argc, char **argv)
{
	static struct unit_test tests[2 * RULES];
	static char names[2 * RULES][96];

	if (argc == 2 && strcmp(argv[1], "--table") == 0) {
		print_table();
		return EXIT_SUCCESS;
	}
	for (size_t i = 0; i < JWT_COUNT(tests); i++) {
		snprintf(names[i], sizeof(names[i]), "%s%s",
			i % 2 == 0 ? TAKES : REFUSES, rule_at(i / 2)->name);
		tests[i] = (struct unit_test){ names[i], takes_or_refuses };
	}
	return suite_run("rule-table", tests, JWT_COUNT(tests));
}
