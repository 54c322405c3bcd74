// SPDX-License-Identifier: ISC
// Randomness from a seed, and from it keys and signatures that are the same
// on every run: the same seed makes the same tokens, byte for byte.
import crypto from 'node:crypto';

export class Random {
	constructor(seed) {
		this.seed = String(seed);
		this.counter = 0;
		this.pool = Buffer.alloc(0);
	}
	bytes(count) {
		while (this.pool.length < count) {
			const block = crypto.createHash('sha256')
				.update(`${this.seed}/${this.counter++}`).digest();
			this.pool = Buffer.concat([this.pool, block]);
		}
		const out = this.pool.subarray(0, count);
		this.pool = this.pool.subarray(count);
		return out;
	}
	below(limit) { return this.bytes(4).readUInt32BE() % limit; }
	pick(list) { return list[this.below(list.length)]; }
}

export const b64 = (data) => Buffer.from(data).toString('base64url');
const number = (bytes) => BigInt('0x' + (bytes.toString('hex') || '0'));
const fixed = (value, width) =>
	Buffer.from(value.toString(16).padStart(width * 2, '0'), 'hex');
const minimal = (value) => {
	const hex = value.toString(16);
	return Buffer.from(hex.length % 2 ? '0' + hex : hex, 'hex');
};

function power(base, exponent, modulus) {
	let result = 1n;
	for (base %= modulus; exponent > 0n; exponent >>= 1n) {
		if (exponent & 1n) result = result * base % modulus;
		base = base * base % modulus;
	}
	return result;
}

function inverse(value, modulus) {
	let [a, b, x, y] = [((value % modulus) + modulus) % modulus, modulus, 1n, 0n];
	while (a > 1n) [a, b, x, y] = [b % a, a, y - (b / a) * x, x];
	return ((x % modulus) + modulus) % modulus;
}

function prime(random, bits) {
	for (;;) {
		const bytes = Buffer.from(random.bytes(bits / 8));
		bytes[0] |= 0xc0;
		bytes[bytes.length - 1] |= 1;
		if (number(bytes) % 65537n !== 1n &&
			crypto.checkPrimeSync(bytes, { checks: 20 }))
			return number(bytes);
	}
}

function rsaKey(random, bits) {
	const e = 65537n, p = prime(random, bits / 2), q = prime(random, bits / 2);
	const n = p * q, d = inverse(e, (p - 1n) * (q - 1n));
	const part = (value) => b64(minimal(value));
	const jwk = { kty: 'RSA', n: part(n), e: part(e), d: part(d), p: part(p),
		q: part(q), dp: part(d % (p - 1n)), dq: part(d % (q - 1n)),
		qi: part(inverse(q, p)) };
	return { jwk: { kty: 'RSA', n: jwk.n, e: jwk.e }, width: bits / 8,
		secret: crypto.createPrivateKey({ key: jwk, format: 'jwk' }) };
}

export const curves = {
	'P-256': { name: 'prime256v1', width: 32, order:
		0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n },
	'P-384': { name: 'secp384r1', width: 48, order: BigInt(
		'0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf' +
		'581a0db248b0a77aecec196accc52973') },
	'P-521': { name: 'secp521r1', width: 66, order: BigInt('0x01' + 'f'.repeat(64) +
		'fa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409') },
};

function ecPoint(curve, scalar) {
	const side = crypto.createECDH(curve.name);
	side.setPrivateKey(fixed(scalar, curve.width));
	return side.getPublicKey().subarray(1);
}

function ecKey(random, crv) {
	const curve = curves[crv];
	const scalar = number(random.bytes(curve.width)) % (curve.order - 1n) + 1n;
	const point = ecPoint(curve, scalar);
	return { curve, scalar, jwk: { kty: 'EC', crv,
		x: b64(point.subarray(0, curve.width)),
		y: b64(point.subarray(curve.width)) } };
}

function edKey(random, crv) {
	const prefix = { Ed25519: ['302e020100300506032b657004220420', 32],
		Ed448: ['3047020100300506032b6571043b0439', 57] }[crv];
	const secret = crypto.createPrivateKey({ format: 'der', type: 'pkcs8',
		key: Buffer.concat([Buffer.from(prefix[0], 'hex'),
			random.bytes(prefix[1])]) });
	const { x } = crypto.createPublicKey(secret).export({ format: 'jwk' });
	return { secret, jwk: { kty: 'OKP', crv, x } };
}

export function makeKeys(random) {
	const keys = { rsa1: rsaKey(random, 2048), rsa2: rsaKey(random, 2048),
		p256: ecKey(random, 'P-256'), p256b: ecKey(random, 'P-256'),
		p384: ecKey(random, 'P-384'), p521: ecKey(random, 'P-521'),
		ed: edKey(random, 'Ed25519'), edb: edKey(random, 'Ed25519'),
		ed448: edKey(random, 'Ed448') };
	for (const [name, key] of Object.entries(keys)) key.jwk.kid = name;
	keys.hs = { octets: Buffer.from(random.bytes(64)) };
	keys.hsb = { octets: Buffer.from(random.bytes(64)) };
	return keys;
}

export const hashOf = (alg) => 'sha' + (alg.match(/\d+$/) ?? ['512'])[0];
const digest = (hash, data) => crypto.createHash(hash).update(data).digest();

function mgf1(hash, seed, length) {
	let out = Buffer.alloc(0);
	for (let i = 0; out.length < length; i++)
		out = Buffer.concat([out, digest(hash, Buffer.concat([seed,
			fixed(BigInt(i), 4)]))]);
	return out.subarray(0, length);
}

const rawRsa = (key, block) => crypto.privateEncrypt({ key: key.secret,
	padding: crypto.constants.RSA_NO_PADDING }, block);

// RFC 8017 section 9.1.1, with a salt of any length and any hash for MGF1.
export function signPss(random, key, hash, data, saltLength, mgfHash = hash) {
	const salt = random.bytes(saltLength);
	const h = digest(hash, Buffer.concat([Buffer.alloc(8), digest(hash, data), salt]));
	const db = Buffer.alloc(key.width - h.length - 1);
	db[db.length - salt.length - 1] = 1;
	salt.copy(db, db.length - salt.length);
	const mask = mgf1(mgfHash, h, db.length);
	for (let i = 0; i < db.length; i++) db[i] ^= mask[i];
	db[0] &= 0x7f;
	return rawRsa(key, Buffer.concat([db, h, Buffer.from([0xbc])]));
}

export function signEcdsa(random, key, hash, data) {
	const { order, width } = key.curve;
	const nonce = number(random.bytes(width)) % (order - 1n) + 1n;
	const r = number(ecPoint(key.curve, nonce).subarray(0, width)) % order;
	let z = number(digest(hash, data));
	const extra = parseInt(hash.slice(3), 10) - order.toString(2).length;
	if (extra > 0) z >>= BigInt(extra);
	const s = inverse(nonce, order) * (z + r * key.scalar) % order;
	return { r, s, raw: Buffer.concat([fixed(r, width), fixed(s, width)]) };
}

export const twin = (key, { r, s }) => Buffer.concat([fixed(r, key.curve.width),
	fixed(key.curve.order - s, key.curve.width)]);
export const plusOrder = (key, { r, s }) => Buffer.concat([
	fixed(r, key.curve.width), fixed(s + key.curve.order, key.curve.width + 1)]);

export function derOf({ r, s }) {
	const integer = (value) => {
		let bytes = minimal(value);
		if (bytes[0] & 0x80) bytes = Buffer.concat([Buffer.alloc(1), bytes]);
		return Buffer.concat([Buffer.from([2, bytes.length]), bytes]);
	};
	const body = Buffer.concat([integer(r), integer(s)]);
	return Buffer.concat([Buffer.from(body.length > 127
		? [0x30, 0x81, body.length] : [0x30, body.length]), body]);
}

// The signature that alg asks for, with whatever key is at hand.
export function sign(random, key, alg, data) {
	const hash = hashOf(alg);
	if (key.octets)
		return crypto.createHmac(hash, key.octets).update(data).digest();
	if (key.curve) return signEcdsa(random, key, hash, data).raw;
	if (key.jwk.kty === 'OKP') return crypto.sign(null, data, key.secret);
	if (alg.startsWith('PS'))
		return signPss(random, key, hash, data, digest(hash, '').length);
	return crypto.sign(hash, data, key.secret); // PKCS #1 v1.5
}
