// SPDX-License-Identifier: ISC
// node generate.mjs SEED COUNT >cases: one JSON line a case. First each
// algorithm in each shape, then mutations of good tokens up to COUNT.
import crypto from 'node:crypto';
import { pathToFileURL } from 'node:url';
import { Random, b64, hashOf, makeKeys, sign } from './keys.mjs';
import { shapes } from './shapes.mjs';

const NOW = 1800000000;
const ISS = 'https://idp.example.com/r', AUD = 'ssh://web1';
const HS = ['HS256', 'HS384', 'HS512'];
const PUBLIC = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512',
	'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519', 'Ed448'];
const KEY = { RS: 'rsa1', PS: 'rsa2', ES256: 'p256', ES384: 'p384', ES512: 'p521',
	EdDSA: 'ed', Ed25519: 'ed', Ed448: 'ed448', HS: 'hs' };
const OTHER = { rsa1: 'rsa2', rsa2: 'rsa1', p256: 'p256b', p384: 'p256', p521: 'p384',
	ed: 'edb', ed448: 'ed', hs: 'hsb' };
const SIBLING = { RS256: 'RS512', RS384: 'RS256', RS512: 'RS384', PS256: 'PS384',
	PS384: 'PS512', PS512: 'PS256', ES256: 'ES384', ES384: 'ES512', ES512: 'ES256',
	EdDSA: 'Ed25519', Ed25519: 'EdDSA', Ed448: 'EdDSA', HS256: 'HS384', HS384: 'HS512', HS512: 'HS256' };

// A good token's parts, before a shape changes them.
function plain(random, keys, alg, keyName) {
	const kid = keyName ?? KEY[alg] ?? KEY[alg.slice(0, 2)];
	const key = keys[kid], other = OTHER[kid];
	return { random, alg, key, kid, other, now: NOW, sibling: SIBLING[alg],
		stranger: keys[other], algs: HS.includes(alg) ? HS : [...PUBLIC, ...HS],
		head: { alg, kid },
		claims: { iss: ISS, aud: AUD, sub: 'alice', iat: NOW - 60, exp: NOW + 540,
			jti: random.bytes(6).toString('hex') },
		sign: (a, input) => sign(random, key, a, input),
		hmac: (secret, input) => crypto.createHmac('sha256', secret).update(input).digest() };
}

function publicKeys(keys, t, c) {
	const list = Object.values(keys).filter((k) => k.jwk).map((k) => {
		const mine = k === t.key;
		return { ...k.jwk, ...(mine && c.rename ? { kid: c.rename } : {}),
			...(mine ? c.members : {}) };
	});
	if (c.twice && t.key.jwk)
		list.unshift({ ...keys[t.other].jwk, kid: t.kid });
	return c.jwks ?? list;
}

function compact(t, c) {
	const payload = c.payload ?? JSON.stringify(t.claims);
	const input = Buffer.from(`${b64(c.header ?? JSON.stringify(t.head))}.` +
		(c.rawPayload ? payload : b64(payload)));
	let made = sign(t.random, c.key ?? t.key, t.alg, input);
	if (c.signature) made = c.signature(made, input);
	return Buffer.concat([input, Buffer.from('.' + b64(made))]);
}

function finish(keys, t, c, shape) {
	let token = compact(t, c);
	if (c.text) token = c.text(token);
	return { shape, alg: t.alg, key: t.kid, token: token.toString('base64'),
		...(t.key.octets ? { secret: t.key.octets.toString('base64') }
			: { jwks: JSON.stringify({ keys: publicKeys(keys, t, c) }) }),
		algs: c.allowed ?? t.algs, now: NOW, iss: ISS, aud: AUD };
}

// ---- mutations

const SPICE = ['{', '}', '[', ']', '"', ',', ':', '\\', ' ', '\n', '0', '-', '.', 'e',
	'E9', '1e400', 'null', 'true', '\\u0000', '\\ud83d', '\\/', '\\u0061', '\0', '\x7f',
	'\xc0\xaf', '\xed\xa0\x80', '\xff', '\xef\xbb\xbf', '\xc3\xa4', '"alg":"none",',
	'"exp":1,', '"kid":"p256",', '{}', '[]', '/**/', 'Infinity', "'", '\t', '\x0b', '\xc2\xa0'];
const LETTERS = ['A', '_', '-', '=', '+', '/', '.', ' ', '\n', '\0', '\x80', 'z', '%2e'];

function mutate(random, data, spice) {
	const copy = Buffer.from(data), at = random.below(copy.length + 1);
	const length = 1 + random.below(4);
	const word = () => Buffer.from(random.pick(spice), 'latin1');
	const splice = (cut, ...extra) => Buffer.concat(
		[copy.subarray(0, at), ...extra, copy.subarray(at + cut)]);
	switch (random.below(7)) {
	case 0:
		if (at < copy.length) copy[at] ^= 1 << random.below(8);
		return copy;
	case 1: return splice(1, random.bytes(1));
	case 2: return splice(0, word());
	case 3: return splice(word().length, word());
	case 4: return splice(length);
	case 5: return splice(0, copy.subarray(at, at + length * 4));
	default: {
		const from = random.below(copy.length + 1);
		return splice(0, copy.subarray(from, from + length * 8));
	}
	}
}

const BASES = ['header: plain', 'header: typ at+jwt', 'header: good UTF-8',
	'form: no kid', 'claims: aud an array', 'header: unknown members',
	'claims: nbf in the future', 'signature: its twin r, n-s'];

function mutation(random, keys, t) {
	const name = random.pick(BASES);
	const base = shapes.find((s) => s.name === name);
	const c = base.families && !base.families.includes(t.alg.slice(0, 2))
		? {} : base.change(t);
	const times = 1 + random.below(3);
	const wild = (data, spice) => {
		for (let i = 0; i < times; i++) data = mutate(random, data, spice);
		return data;
	};
	switch (random.below(4)) {
	case 0: // any byte of the text
		c.text = (token) => wild(token, LETTERS);
		return finish(keys, t, c, 'mutated: text');
	case 1: // a header that is signed all the same
		c.header = wild(c.header ?? JSON.stringify(t.head), SPICE);
		return finish(keys, t, c, 'mutated: header');
	case 2: // and so the claims
		c.payload = wild(c.payload ?? JSON.stringify(t.claims), SPICE);
		return finish(keys, t, c, 'mutated: payload');
	default: {
		const change = c.signature ?? ((s) => s);
		c.signature = (s, input) => wild(change(s, input), ['\0', '\xff', '\x01']);
		return finish(keys, t, c, 'mutated: signature');
	}
	}
}

export function* generate(seed, count) {
	const random = new Random(seed), keys = makeKeys(random);
	const kinds = [...PUBLIC, ...HS].map((alg) => [alg]);
	let id = 0;
	kinds.push(['EdDSA', 'ed448']);
	for (const { name, change, families } of shapes)
		for (const [alg, keyName] of kinds) {
			const t = plain(random, keys, alg, keyName);

			if (!families || families.includes(alg.slice(0, 2)))
				yield { id: id++, ...finish(keys, t, change(t), name) };
		}
	while (id < count)
		yield { id: id++, ...mutation(random, keys,
			plain(random, keys, ...random.pick(kinds))) };
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
	const [seed, count] = process.argv.slice(2);
	for (const c of generate(seed, Number(count)))
		process.stdout.write(JSON.stringify(c) + '\n');
}
