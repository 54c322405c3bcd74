/* SPDX-License-Identifier: ISC */
/*
 * Inside the facade: one judgement, and the steps that it is made of. Each
 * takes what the steps before it have found, and leaves what it finds.
 */
#ifndef JWT_JUDGEMENT_H
#define JWT_JUDGEMENT_H

#include "context.h"
#include "jose/jws.h"
#include "policy/policy.h"

/* All that one judgement knows, filled step by step. */
struct judgement {
	struct jwt_context *context;
	const struct jwt_request *request;
	struct jwt_verdict *verdict;
	int64_t now;
	const struct service_config *service;
	struct carried carried;
	struct jws *jws;
	struct claims claims;
	const struct issuer_config *issuer;
	const struct jwks *keys; /* the context's */
	const struct jwk *used;	 /* of keys; NULL: no signature was asked */
	struct report report;	 /* the detail of a failure */
	struct report remark;	 /* what a step that passed has to say */
};

/*
 * Copies what a stranger wrote into a field of the verdict, cut to size: it
 * goes into JSON.
 */
void judgement_set_text(char *out, size_t size, struct slice text);
#define SET_TEXT(field, text) judgement_set_text((field), sizeof(field), (text))

/* Of the token (steps_token.c). */
enum jwt_reason step_find_service(struct judgement *j) JWT_MUST_CHECK;
enum jwt_reason step_open_carrier(struct judgement *j) JWT_MUST_CHECK;
enum jwt_reason step_parse_token(struct judgement *j) JWT_MUST_CHECK;
enum jwt_reason step_parse_claims(struct judgement *j) JWT_MUST_CHECK;
enum jwt_reason step_find_issuer(struct judgement *j) JWT_MUST_CHECK;
enum jwt_reason step_check_algorithm(struct judgement *j) JWT_MUST_CHECK;
enum jwt_reason step_find_keys(struct judgement *j) JWT_MUST_CHECK;
enum jwt_reason step_verify_signature(struct judgement *j) JWT_MUST_CHECK;
enum jwt_reason step_check_claims(struct judgement *j) JWT_MUST_CHECK;
enum jwt_reason step_check_expiry(struct judgement *j) JWT_MUST_CHECK;
enum jwt_reason step_check_binding(struct judgement *j) JWT_MUST_CHECK;
enum jwt_reason step_find_account(struct judgement *j) JWT_MUST_CHECK;
enum jwt_reason step_check_policy(struct judgement *j) JWT_MUST_CHECK;

/* Of what was said about it since it was issued (steps_revocation.c). */
enum jwt_reason step_check_revocation(struct judgement *j) JWT_MUST_CHECK;
enum jwt_reason step_check_replay(struct judgement *j) JWT_MUST_CHECK;

#endif
