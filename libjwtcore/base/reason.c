/* SPDX-License-Identifier: ISC */
/* The names of the reasons, in the order of the enum. */
#include "base/auto.h"

static const char *const names[JWT_REASON_COUNT] = {
	[JWT_OK] = "ok",
	[JWT_TOKEN_MALFORMED] = "token_malformed",
	[JWT_TOKEN_TOO_LARGE] = "token_too_large",
	[JWT_ALG_NOT_ALLOWED] = "alg_not_allowed",
	[JWT_ISSUER_UNKNOWN] = "issuer_unknown",
	[JWT_KEY_UNKNOWN] = "key_unknown",
	[JWT_KEYS_UNAVAILABLE] = "keys_unavailable",
	[JWT_KEYS_STALE] = "keys_stale",
	[JWT_SIGNATURE_INVALID] = "signature_invalid",
	[JWT_TYPE_NOT_ALLOWED] = "type_not_allowed",
	[JWT_AUDIENCE_MISMATCH] = "audience_mismatch",
	[JWT_EXPIRED] = "expired",
	[JWT_NOT_YET_VALID] = "not_yet_valid",
	[JWT_LIFETIME_TOO_LONG] = "lifetime_too_long",
	[JWT_CLAIM_MISSING] = "claim_missing",
	[JWT_CLAIM_MALFORMED] = "claim_malformed",
	[JWT_POLICY_DENIED] = "policy_denied",
	[JWT_AUTH_TOO_OLD] = "auth_too_old",
	[JWT_USER_MISMATCH] = "user_mismatch",
	[JWT_PROOF_MISSING] = "proof_missing",
	[JWT_PROOF_MISMATCH] = "proof_mismatch",
	[JWT_REVOKED] = "revoked",
	[JWT_REPLAYED] = "replayed",
	[JWT_REVOCATION_UNREACHABLE] = "revocation_unreachable",
	[JWT_REVOCATION_LOST] = "revocation_lost",
	[JWT_CONFIG_ERROR] = "config_error",
	[JWT_INTERNAL_ERROR] = "internal_error",
};

const char *
jwt_reason_name(enum jwt_reason reason)
{
	if ((unsigned)reason >= JWT_REASON_COUNT)
		return names[JWT_INTERNAL_ERROR];
	return names[reason];
}
