/* verify JWKS-FILE ISSUER AUDIENCE <TOKEN: may the token's owner read? */
#include <jwtcore.h>
#include <stdio.h>
#include <string.h>

int
main(int argc, char **argv)
{
	static char jwks[JWTCORE_JWKS_MAX + 1], text[JWT_TOKEN_MAX + 2];
	FILE *file = argc == 4 ? fopen(argv[1], "r") : NULL;
	struct jwtcore_rules *rules = jwtcore_rules_new();
	struct jwtcore_keys *keys = NULL;
	struct jwtcore_token *token = NULL;
	char why[JWT_DETAIL_MAX] = "";
	enum jwt_reason reason;
	bool may_read;

	if (file == NULL || fgets(text, sizeof(text), stdin) == NULL)
		return 2;
	reason = jwtcore_keys_from_jwks(jwks,
		fread(jwks, 1, sizeof(jwks), file), &keys, why, sizeof(why));
	jwtcore_rules_set_issuer(rules, argv[2]);
	jwtcore_rules_add_audience(rules, argv[3]);
	jwtcore_rules_add_algorithm(rules, "ES256");
	if (reason == JWT_OK)
		reason = jwtcore_verify_token(keys, rules, text,
			strcspn(text, "\n"), 0, &token, why, sizeof(why));
	may_read = jwtcore_token_list_has(token, "scope", "read");
	printf("%s: %s %s\n", may_read ? "allow" : "deny",
		jwt_reason_name(reason), why);
	jwtcore_token_free(token);
	jwtcore_rules_free(rules);
	jwtcore_keys_free(keys);
	return may_read ? 0 : 1;
}
