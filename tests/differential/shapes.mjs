// SPDX-License-Identifier: ISC
// The shapes of tokens: each takes a plain good token's parts and changes
// what its name says. Fields: header and payload (text or bytes), key (signs),
// jwks (list), allowed (algorithms), signature(bytes, input) and text(token).
import { b64, derOf, plusOrder, sign, signEcdsa, signPss, twin } from './keys.mjs';
import { hashOf } from './keys.mjs';

const json = JSON.stringify;
const withHeader = (members) => (t) => ({ header: json({ ...t.head, ...members }) });
const headerText = (change) => (t) => ({ header: change(json(t.head), t) });
const withClaims = (members) => (t) => ({ payload: json({ ...t.claims, ...members }) });
const rawClaim = (text) => (t) => ({ payload: json(t.claims).replace(/}$/, `,${text}}`) });
const dateText = (name, text) => (t) => {
	const { [name]: gone, ...rest } = t.claims;
	return { payload: json(rest).replace(/}$/, `,"${name}":${text}}`) };
};
const without = (name) => (t) => {
	const { [name]: gone, ...rest } = t.claims;
	return { payload: json(rest) };
};
const text = (change) => () => ({ text: change });
const signature = (change) => () => ({ signature: change });
const only = (families, shape) => Object.assign(shape, { families });
const ec = (shape) => only(['ES'], shape);
const rsa = (shape) => only(['RS', 'PS'], shape);
const bytes = (...parts) => Buffer.concat(parts.map((p) => Buffer.from(p)));
const parts = (token, change) => {
	const list = token.toString('latin1').split('.');
	return Buffer.from(change(...list), 'latin1');
};
const flip = (data, at, bit = 1) => {
	const copy = Buffer.from(data);
	copy[at < 0 ? copy.length + at : at] ^= bit;
	return copy;
};
const nested = (depth) => '['.repeat(depth) + ']'.repeat(depth);
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
// The last character with its unused bits set: the same bytes, another text.
const tail = (part) => part.length % 4 === 0 ? part : part.slice(0, -1) +
	alphabet[alphabet.indexOf(part.at(-1)) | 1];

const headers = {
	plain: () => ({}),
	'typ at+jwt': withHeader({ typ: 'at+jwt' }),
	'typ application/AT+JWT': withHeader({ typ: 'application/AT+JWT' }),
	'typ JOSE': withHeader({ typ: 'JOSE' }),
	'typ a number': withHeader({ typ: 7 }),
	'typ null': withHeader({ typ: null }),
	'cty JWT': withHeader({ cty: 'JWT' }),
	'unknown members': withHeader({ foo: { bar: [1, 2.5, null, true] } }),
	'crit of exp': withHeader({ crit: ['exp'], exp: 1 }),
	'crit empty': withHeader({ crit: [] }),
	'crit a string': withHeader({ crit: 'exp' }),
	'crit null': withHeader({ crit: null }),
	'b64 true': withHeader({ b64: true }),
	'b64 false without crit': withHeader({ b64: false }),
	'b64 false in crit': (t) => ({ ...withHeader({ b64: false, crit: ['b64'] })(t),
		rawPayload: true }),
	'b64 true in crit': withHeader({ b64: true, crit: ['b64'] }),
	'jwk of the signer': (t) => withHeader({ jwk: t.key.jwk ?? { kty: 'oct', k: 'AA' } })(t),
	jku: withHeader({ jku: 'https://evil.example/jwks' }),
	x5u: withHeader({ x5u: 'https://evil.example/x5c' }),
	x5c: withHeader({ x5c: ['MIIB'] }),
	x5t: withHeader({ x5t: 'AAAA' }),
	'no alg': (t) => ({ header: json({ kid: t.head.kid }) }),
	'alg none': withHeader({ alg: 'none' }),
	'alg none unsigned': (t) => ({ ...withHeader({ alg: 'none' })(t),
		signature: () => Buffer.alloc(0) }),
	'alg in lower case': (t) => withHeader({ alg: t.alg.toLowerCase() })(t),
	'alg with a space': (t) => withHeader({ alg: t.alg + ' ' })(t),
	'alg null': withHeader({ alg: null }),
	'alg in an array': (t) => withHeader({ alg: [t.alg] })(t),
	'alg twice': headerText((h, t) => h.replace('{', `{"alg":"${t.alg}",`)),
	'alg twice, none first': headerText((h) => h.replace('{', '{"alg":"none",')),
	'alg twice by an escape': headerText((h, t) =>
		h.replace('{', `{"\\u0061lg":"${t.alg}",`)),
	'alg by an escape': headerText((h) => h.replace('"alg"', '"\\u0061lg"')),
	'alg value by an escape': headerText((h, t) => h.replace(`"${t.alg}"`,
		`"\\u00${t.alg.charCodeAt(0).toString(16)}${t.alg.slice(1)}"`)),
	'other member twice': headerText((h) => h.replace('{', '{"a":1,"a":2,')),
	'nested member twice': headerText((h) => h.replace('{', '{"a":{"b":1,"b":2},')),
	'white space inside': headerText((h) => h.replace('{', '{ \t\r\n ')),
	'white space before': headerText((h) => ' ' + h),
	'white space after': headerText((h) => h + '\n'),
	'byte order mark': headerText((h) => bytes([0xef, 0xbb, 0xbf], h)),
	'junk after': headerText((h) => h + 'x'),
	'NUL after': headerText((h) => bytes(h, [0])),
	'second object': headerText((h) => h + '{}'),
	'in an array': headerText((h) => `[${h}]`),
	'trailing comma': headerText((h) => h.replace(/}$/, ',}')),
	comment: headerText((h) => h.replace('{', '{/**/')),
	'single quotes': headerText((h) => h.replaceAll('"', "'")),
	'escaped NUL': headerText((h) => h.replace('{', '{"a":"x\\u0000y",')),
	'NUL in a name': headerText((h) => h.replace('{', '{"alg\\u0000":"none",')),
	'raw NUL': headerText((h) => h.replace('{', '{"a":"x\0y",')),
	'raw control character': headerText((h) => h.replace('{', '{"a":"\x01",')),
	'lone surrogate': headerText((h) => h.replace('{', '{"a":"\\ud800",')),
	'wrong UTF-8': headerText((h) => bytes('{"a":"', [0xff], '",', h.slice(1))),
	'overlong UTF-8': headerText((h) => bytes('{"a":"', [0xc0, 0xae], '",', h.slice(1))),
	'surrogate in UTF-8': headerText((h) => bytes('{"a":"', [0xed, 0xa0, 0x80], '",', h.slice(1))),
	'good UTF-8': headerText((h) => h.replace('{', '{"ä😀":"€",')),
	'nested 15 deep': headerText((h) => h.replace('{', `{"a":${nested(15)},`)),
	'nested 16 deep': headerText((h) => h.replace('{', `{"a":${nested(16)},`)),
	'nested 1500 deep': headerText((h) => h.replace('{', `{"a":${nested(1500)},`)),
	'number 1e400': headerText((h) => h.replace('{', '{"a":1e400,')),
	'number of 30 digits': headerText((h) => h.replace('{', '{"a":' + '9'.repeat(30) + ',')),
	'number 01': headerText((h) => h.replace('{', '{"a":01,')),
	'NaN': headerText((h) => h.replace('{', '{"a":NaN,')),
	'empty header': () => ({ header: '' }),
	'empty object': () => ({ header: '{}' }),
};

const forms = {
	'no kid': (t) => ({ header: json({ alg: t.alg }) }),
	'wrong kid': withHeader({ kid: 'nobody' }),
	'empty kid': withHeader({ kid: '' }),
	'kid a number': withHeader({ kid: 7 }),
	'kid null': withHeader({ kid: null }),
	'kid of 256 bytes': (t) => ({ ...withHeader({ kid: 'k'.repeat(256) })(t),
		rename: 'k'.repeat(256) }),
	'kid of 257 bytes': (t) => ({ ...withHeader({ kid: 'k'.repeat(257) })(t),
		rename: 'k'.repeat(257) }),
	'kid a path': withHeader({ kid: '../../../../dev/null' }),
	'kid SQL': withHeader({ kid: "' OR '1'='1" }),
	'kid with a NUL behind': (t) => withHeader({ kid: t.head.kid + '\0x' })(t),
	'kid in another case': (t) => withHeader({ kid: t.head.kid.toUpperCase() })(t),
	'kid of another key': (t) => withHeader({ kid: t.other })(t),
	'two keys of one kid': (t) => ({ twice: true }),
	'alg not in the list': (t) => ({ allowed: t.algs.filter((a) => a !== t.alg) }),
	'JWKS empty': () => ({ jwks: [] }),
	'key says its alg': (t) => ({ members: { alg: t.alg } }),
	'key says another alg': (t) => ({ members: { alg: t.alg === 'RS256' ? 'PS256' : 'RS256' } }),
	'key use sig': () => ({ members: { use: 'sig' } }),
	'key use enc': () => ({ members: { use: 'enc' } }),
	'key_ops verify': () => ({ members: { key_ops: ['verify'] } }),
	'key_ops encrypt': () => ({ members: { key_ops: ['encrypt'] } }),
	'padding on the header': text((k) => parts(k, (h, p, s) => `${h}=.${p}.${s}`)),
	'padding on the payload': text((k) => parts(k, (h, p, s) => `${h}.${p}==.${s}`)),
	'padding on the signature': text((k) => parts(k, (h, p, s) => `${h}.${p}.${s}==`)),
	'tail bits of the signature': text((k) => parts(k, (h, p, s) => `${h}.${p}.${tail(s)}`)),
	'standard base64': text((k) => Buffer.from(k.toString('latin1')
		.replaceAll('-', '+').replaceAll('_', '/'), 'latin1')),
	'space before': text((k) => bytes(' ', k)),
	'newline after': text((k) => bytes(k, '\n')),
	'NUL after the token': text((k) => bytes(k, [0])),
	'newline in the signature': text((k) => parts(k, (h, p, s) => `${h}.${p}.${s.slice(0, 4)}\n${s.slice(4)}`)),
	'dot after': text((k) => bytes(k, '.')),
	'dot before': text((k) => bytes('.', k)),
	'fourth part': text((k) => bytes(k, '.AAAA')),
	'five parts': text((k) => bytes(k, '.AAAA.AAAA')),
	'no signature': text((k) => parts(k, (h, p) => `${h}.${p}.`)),
	'two parts': text((k) => parts(k, (h, p) => `${h}.${p}`)),
	'no payload': text((k) => parts(k, (h, p, s) => `${h}..${s}`)),
	'empty': text(() => Buffer.alloc(0)),
	'only dots': text(() => Buffer.from('..')),
	'JSON serialization, flattened': text((k) => parts(k, (h, p, s) =>
		json({ protected: h, payload: p, signature: s }))),
	'JSON serialization, two signatures': text((k) => parts(k, (h, p, s) =>
		json({ payload: p, signatures: [{ protected: h, signature: s },
			{ protected: h, signature: s }] }))),
	'JSON around the compact form': text((k) => parts(k, (h, p, s) => json({ a: `${h}.${p}.${s}` }))),
	'payload changed': text((k) => parts(k, (h, p, s) => `${h}.${b64('{"iss":"evil"}')}.${s}`)),
	'payload of 9 KB': (t) => withClaims({ x: 'y'.repeat(9000) })(t),
	'payload of 20 KB': (t) => withClaims({ x: 'y'.repeat(20000) })(t),
};

const signatures = {
	'first bit': signature((s) => flip(s, 0, 0x80)),
	'last bit': signature((s) => flip(s, -1)),
	'cut by a byte': signature((s) => s.subarray(0, -1)),
	'halved': signature((s) => s.subarray(0, s.length / 2)),
	'longer by a zero': signature((s) => bytes(s, [0])),
	'a zero before': signature((s) => bytes([0], s)),
	zeros: signature((s) => Buffer.alloc(s.length)),
	ones: signature((s) => Buffer.alloc(s.length, 0xff)),
	'of another key': (t) => ({ key: t.stranger }),
	'of another algorithm': (t) => ({ signature: (s, input) => t.sign(t.sibling, input) }),
	'HMAC with the public key': only(['RS', 'PS', 'ES', 'Ed'], (t) => ({
		header: json({ ...t.head, alg: 'HS256' }),
		signature: (s, input) => t.hmac(json(t.key.jwk), input) })),
	'HMAC with the modulus': rsa((t) => ({
		header: json({ ...t.head, alg: 'HS256' }),
		signature: (s, input) => t.hmac(Buffer.from(t.key.jwk.n, 'base64url'), input) })),
	'HMAC with nothing': (t) => ({ header: json({ ...t.head, alg: 'HS256' }),
		signature: (s, input) => t.hmac('', input) }),
	'PKCS1 as PSS and back': rsa((t) => ({ header: json({ ...t.head,
		alg: (t.alg.startsWith('RS') ? 'PS' : 'RS') + t.alg.slice(2) }) })),
	'PSS without salt': only(['PS'], (t) => ({ signature: (s, input) =>
		signPss(t.random, t.key, hashOf(t.alg), input, 0) })),
	'PSS with a salt too short': only(['PS'], (t) => ({ signature: (s, input) =>
		signPss(t.random, t.key, hashOf(t.alg), input, 20) })),
	'PSS with the longest salt': only(['PS'], (t) => ({ signature: (s, input) =>
		signPss(t.random, t.key, hashOf(t.alg), input,
			t.key.width - parseInt(t.alg.slice(2), 10) / 8 - 2) })),
	'PSS with MGF1 of SHA-1': only(['PS'], (t) => ({ signature: (s, input) =>
		signPss(t.random, t.key, hashOf(t.alg), input,
			parseInt(t.alg.slice(2), 10) / 8, 'sha1') })),
	DER: ec((t) => ({ signature: (s, input) =>
		derOf(signEcdsa(t.random, t.key, hashOf(t.alg), input)) })),
	'its twin r, n-s': ec((t) => ({ signature: (s, input) =>
		twin(t.key, signEcdsa(t.random, t.key, hashOf(t.alg), input)) })),
	's + n': ec((t) => ({ signature: (s, input) =>
		plusOrder(t.key, signEcdsa(t.random, t.key, hashOf(t.alg), input)) })),
	'r is 0': ec(signature((s) => bytes(Buffer.alloc(s.length / 2), s.subarray(s.length / 2)))),
	's is 0': ec(signature((s) => bytes(s.subarray(0, s.length / 2), Buffer.alloc(s.length / 2)))),
	'r and s swapped': ec(signature((s) => bytes(s.subarray(s.length / 2), s.subarray(0, s.length / 2)))),
	'EC alg of another curve': ec((t) => withHeader({ alg: t.alg === 'ES256' ? 'ES384' : 'ES256' })(t)),
};

const claims = {
	'exp missing': without('exp'),
	'exp in the past': (t) => withClaims({ exp: t.now - 100 })(t),
	'exp now': (t) => withClaims({ exp: t.now })(t),
	'exp in a second': (t) => withClaims({ exp: t.now + 1 })(t),
	'exp half a second ago': (t) => withClaims({ exp: t.now - 0.5 })(t),
	'exp in half a second': (t) => withClaims({ exp: t.now + 0.5 })(t),
	'exp a string': (t) => withClaims({ exp: String(t.now + 100) })(t),
	'exp 1e400': dateText('exp', '1e400'),
	'exp -1e400': dateText('exp', '-1e400'),
	'exp 1e15': dateText('exp', '1e15'),
	'exp 1e9 as a float': (t) => dateText('exp', `${t.now / 1e9 + 1}e9`)(t),
	'exp negative': dateText('exp', '-1'),
	'exp of 20 digits': dateText('exp', '9'.repeat(20)),
	'exp of 400 digits': dateText('exp', '9'.repeat(400)),
	'exp true': withClaims({ exp: true }),
	'exp null': withClaims({ exp: null }),
	'exp in an array': (t) => withClaims({ exp: [t.now + 100] })(t),
	'exp twice': rawClaim('"exp":99999999999'),
	'nbf in the future': (t) => withClaims({ nbf: t.now + 100 })(t),
	'nbf in half a second': (t) => withClaims({ nbf: t.now + 0.5 })(t),
	'nbf a string': withClaims({ nbf: '1' }),
	'nbf negative': withClaims({ nbf: -5 }),
	'nbf after exp': (t) => withClaims({ nbf: t.now + 5, exp: t.now + 4 })(t),
	'iat in the future': (t) => withClaims({ iat: t.now + 100 })(t),
	'iat a string': withClaims({ iat: 'x' }),
	'iat after exp': (t) => withClaims({ iat: t.claims.exp + 1 })(t),
	'iss missing': without('iss'),
	'iss of another': withClaims({ iss: 'https://evil.example' }),
	'iss with a slash behind': (t) => withClaims({ iss: t.claims.iss + '/' })(t),
	'iss with a NUL behind': (t) => withClaims({ iss: t.claims.iss + '\0' })(t),
	'iss in capitals': (t) => withClaims({ iss: t.claims.iss.toUpperCase() })(t),
	'iss in an array': (t) => withClaims({ iss: [t.claims.iss] })(t),
	'iss twice': rawClaim('"iss":"https://evil.example"'),
	'iss twice by an escape': rawClaim('"\\u0069ss":"https://evil.example"'),
	'aud missing': without('aud'),
	'aud an array': (t) => withClaims({ aud: ['a', t.claims.aud] })(t),
	'aud an array of others': withClaims({ aud: ['a', 'b'] }),
	'aud an empty array': withClaims({ aud: [] }),
	'aud an array with a number': (t) => withClaims({ aud: [1, t.claims.aud] })(t),
	'aud nested': (t) => withClaims({ aud: [[t.claims.aud]] })(t),
	'aud an object': (t) => withClaims({ aud: { [t.claims.aud]: 1 } })(t),
	'aud longer': (t) => withClaims({ aud: t.claims.aud + 'x' })(t),
	'sub a number': withClaims({ sub: 5 }),
	'jti a number': withClaims({ jti: 5 }),
	'__proto__': rawClaim('"__proto__":{"iss":"x"}'),
	'payload an array': () => ({ payload: '[]' }),
	'payload a string': () => ({ payload: '"x"' }),
	'payload empty': () => ({ payload: '' }),
	'payload not JSON': () => ({ payload: 'hello' }),
	'payload with white space around': (t) => ({ payload: ` ${json(t.claims)}\n` }),
	'payload with a byte order mark': (t) => ({ payload: '\ufeff' + json(t.claims) }),
	'payload nested 15 deep': rawClaim(`"a":${nested(15)}`),
	'payload nested 16 deep': rawClaim(`"a":${nested(16)}`),
	'payload with wrong UTF-8': (t) => ({ payload: bytes('{"a":"', [0xff], '",', json(t.claims).slice(1)) }),
	'payload with a lone surrogate': rawClaim('"a":"\\udfff"'),
	'payload with an escaped NUL': rawClaim('"a":"\\u0000"'),
	'payload number 1e400': rawClaim('"a":1e400'),
	'payload number of 30 digits': rawClaim('"a":' + '7'.repeat(30)),
};

const named = (group, shapes) => Object.entries(shapes)
	.map(([name, change]) => ({ name: `${group}: ${name}`, change,
		families: change.families }));
export const shapes = [...named('header', headers), ...named('form', forms),
	...named('signature', signatures), ...named('claims', claims)];
