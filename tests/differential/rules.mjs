// SPDX-License-Identifier: ISC
// Why we and another verifier differ, a rule each: who accepts, the section
// that decides, who is right ("either": it leaves the choice, and we take the
// strict one). when() looks at what the token holds, never at who made it.

// Algorithms of ours that another does not know at all.
export const LACKS = { jose: ['Ed448'], rhonabwy: ['Ed25519', 'Ed448'],
	cjose: ['EdDSA', 'Ed25519', 'Ed448'] };

const everyone = ['jose', 'rhonabwy', 'cjose'];
const rule = (accepts, level) => (name, section, right, test, peers = everyone) =>
	({ accepts, level, name, section, right, peers,
		when: typeof test === 'function' ? test : (f) => f.has(test) });

// A stricter rule of ours holds only if it is why we refused: (f, our reason).
const strict = (reason, feature) => (f, a) => a === reason &&
	[feature].flat().some((name) => f.has(name));
const malformed = (...names) => strict('token_malformed', names);
const claim = (...names) => strict('claim_malformed', names);

const theyTake = rule('theirs', 'jws'), weTake = rule('ours', 'jws');
const theyTakeClaims = rule('theirs', 'claims'), weTakeClaims = rule('ours', 'claims');

export const rules = [
	// ---- we refuse the signature or the form, another accepts
	theyTake('text beyond the cap of 16 KiB', 'RFC 8725 3.2', 'either',
		strict('token_too_large', 'token: too large')),
	theyTake('white space, NUL or junk in base64url', 'RFC 7515 2', 'ours',
		malformed('token: foreign character')),
	theyTake('unused bits of the last character', 'RFC 4648 3.5', 'either',
		malformed('header: tail bits', 'payload: tail bits', 'signature: tail bits')),
	theyTake('member of the header twice', 'RFC 7515 4', 'either',
		malformed('header: duplicate')),
	theyTake('header in wrong UTF-8', 'RFC 7515 5.2 (3)', 'ours',
		malformed('header: wrong UTF-8'), ['jose', 'cjose']),
	theyTake('byte order mark before the header', 'RFC 8259 8.1', 'either',
		malformed('header: byte order mark'), ['jose']),
	theyTake('white space around the header', 'RFC 7515 2', 'either',
		malformed('header: white space around')),
	theyTake('header nested more than 16 deep', 'RFC 8259 9', 'either',
		malformed('header: too deep')),
	theyTake('NUL in a string of the header', 'RFC 8259 9', 'either',
		malformed('header: NUL'), ['jose']),
	theyTake('half a surrogate pair in the header', 'RFC 8259 8.2', 'either',
		malformed('header: lone surrogate'), ['jose']),
	theyTake('crit that names nothing we understand', 'RFC 7515 4.1.11', 'ours',
		malformed('header: crit'), ['rhonabwy', 'cjose']),
	theyTake('b64 in crit, in a JWS that is no JWT', 'RFC 7797 7', 'ours',
		(f, a) => a === 'token_malformed' && f.has('header: crit') && f.has('header: b64'), ['jose']),
	theyTake('b64 without crit', 'RFC 7797 6', 'ours', malformed('header: b64')),
	theyTake('key that the token brings or names, ignored there', 'RFC 8725 3.10', 'either',
		malformed('header: jwk', 'header: jku', 'header: x5u', 'header: x5c')),
	theyTake('kid that is no string', 'RFC 7515 4.1.4', 'ours', malformed('header: kid no string')),
	theyTake('kid of more than 256 bytes', 'RFC 7515 4.1.4', 'either', malformed('header: kid too long')),
	theyTake('typ that is no string', 'RFC 7515 4.1.9', 'ours', malformed('header: typ no string')),
	theyTake('kid that is not the only secret\'s', 'RFC 7515 4.1.4', 'either',
		strict('key_unknown', 'secret: other kid')),
	theyTake('key that says another alg', 'RFC 7517 4.4', 'ours',
		strict('key_unknown', 'key: another alg'), ['rhonabwy', 'cjose']),
	theyTake('key that is not for signatures', 'RFC 7517 4.2', 'ours',
		strict('key_unknown', 'key: use'), ['rhonabwy', 'cjose']),
	theyTake('key whose key_ops lack verify', 'RFC 7517 4.3', 'ours',
		strict('key_unknown', 'key: key_ops'), ['rhonabwy', 'cjose']),
	theyTake('ES* of an odd length, cut in the middle', 'RFC 7518 3.4', 'ours',
		strict('signature_invalid', 'signature: wrong length'), ['cjose']),

	// ---- we accept, another refuses: each of these must be harmless
	weTake('an algorithm that it lacks', 'RFC 8037, 9864', 'ours',
		(f, a, b, c, peer) => LACKS[peer].includes(f.alg)),
	weTake('EdDSA with a key of Ed448, which it lacks', 'RFC 8037 3.1', 'ours',
		(f) => f.alg === 'EdDSA' && f.has('key: Ed448'), ['rhonabwy']),
	weTake('number beyond its own range that nobody reads', 'RFC 8259 6', 'ours',
		(f) => f.has('header: number out of range') || f.has('header: integer over 64 bits'),
		['rhonabwy', 'cjose']),
	weTake('payload of no bytes', 'RFC 7515 7.1', 'ours',
		'payload: empty', ['rhonabwy']),

	// ---- the signature is good for both, the claims only for one
	theyTakeClaims('member of the payload twice', 'RFC 7519 4', 'either', malformed('payload: duplicate')),
	theyTakeClaims('payload in wrong UTF-8', 'RFC 7519 7.2 (10)', 'ours', malformed('payload: wrong UTF-8')),
	theyTakeClaims('byte order mark before the payload', 'RFC 8259 8.1', 'either',
		malformed('payload: byte order mark')),
	theyTakeClaims('payload nested more than 16 deep', 'RFC 8259 9', 'either', malformed('payload: too deep')),
	theyTakeClaims('NUL in a string of the payload', 'RFC 8259 9', 'either',
		(f, a) => malformed('payload: NUL')(f, a) || claim('claims: NUL')(f, a)),
	theyTakeClaims('half a surrogate pair in the payload', 'RFC 8259 8.2', 'either',
		malformed('payload: lone surrogate')),
	theyTakeClaims('date before 1970 or after 9999', 'RFC 7519 2', 'either',
		claim('claims: exp out of range', 'claims: nbf out of range', 'claims: iat out of range',
			'claims: auth_time out of range')),
	theyTakeClaims('exp that is not after iat or nbf', 'RFC 7519 4.1.4', 'either',
		claim('claims: exp not after iat', 'claims: exp not after nbf')),
	theyTakeClaims('iat in the future', 'RFC 7519 4.1.6', 'either',
		strict('not_yet_valid', 'claims: iat in the future')),
	theyTakeClaims('the last fraction of a second before exp', 'RFC 7519 4.1.4', 'either',
		strict('expired', 'claims: exp fraction')),
	theyTakeClaims('sub, jti, sid, acr, azp that are no string', 'RFC 7519 4.1.2', 'ours',
		claim(...['sub', 'jti', 'sid', 'acr', 'azp'].map((n) => `claims: ${n} no string`))),
	theyTakeClaims('aud that holds more than strings', 'RFC 7519 4.1.3', 'ours',
		claim('claims: aud no string and no array of strings')),
	theyTakeClaims('typ of something else', 'RFC 8725 3.11', 'ours',
		strict('type_not_allowed', 'header: typ strange')),
	weTakeClaims('the first fraction of a second before nbf', 'RFC 7519 4.1.5', 'either',
		(f) => f.has('claims: nbf fraction')),
];

// What no verifier may take: held against us even where all agree.
const strange = (part) => ['no JSON', 'no object', 'duplicate', 'wrong UTF-8', 'too deep', 'NUL',
	'lone surrogate', 'byte order mark'].map((note) => `${part}: ${note}`);
export const MUST_REFUSE = {
	jws: [...strange('header'), 'token: not three parts', 'token: too large',
		'token: foreign character', 'header: white space around', 'header: alg not allowed',
		'header: alg no string', 'header: kid no string', 'header: kid too long',
		'header: typ no string', 'header: crit', 'header: b64', 'header: jwk', 'header: jku',
		'header: x5u', 'header: x5c', 'header: not canonical base64url',
		'payload: not canonical base64url', 'signature: not canonical base64url',
		'signature: empty', 'signature: wrong length', 'signature: number out of range',
		'secret: other kid'],
	claims: [...strange('payload'), 'header: typ strange', 'claims: NUL', 'claims: iat in the future',
		'claims: exp not after iat', 'claims: exp not after nbf',
		'claims: aud no string and no array of strings',
		...['exp', 'nbf', 'iat', 'auth_time'].flatMap((n) => [`claims: ${n} no number`, `claims: ${n} out of range`]),
		...['iss', 'sub', 'jti', 'sid', 'acr', 'azp'].map((n) => `claims: ${n} no string`)],
};
