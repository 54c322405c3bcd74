// SPDX-License-Identifier: ISC
// What is strange about a token, told by a reader of its own: a third
// opinion, so that a difference is explained by what the token holds and not
// by the shape that made it.
import { curves } from './keys.mjs';

const DEPTH = 16;

// A strict reader of RFC 8259 over bytes. Notes what is strange in notes and
// returns the value; undefined: no JSON at all.
class Reader {
	constructor(data, notes) {
		this.data = data;
		this.notes = notes;
		this.at = 0;
		this.depth = 0;
	}
	fail() { throw new SyntaxError('no JSON'); }
	space() { while (' \t\r\n'.includes(this.peek() || 'x')) this.at++; }
	peek() { return this.at < this.data.length ? String.fromCharCode(this.data[this.at]) : ''; }
	take(text) {
		if (this.data.toString('latin1', this.at, this.at + text.length) !== text) this.fail();
		this.at += text.length;
	}
	whole() {
		this.space();
		const value = this.value();
		this.space();
		if (this.at !== this.data.length) this.fail();
		return value;
	}
	value() {
		const c = this.peek();
		if (c === '{') return this.object();
		if (c === '[') return this.array();
		if (c === '"') return this.string();
		if (c === 't') return this.take('true'), true;
		if (c === 'f') return this.take('false'), false;
		if (c === 'n') return this.take('null'), null;
		return this.number();
	}
	enter() { if (++this.depth > DEPTH) this.notes.add('too deep'); this.at++; }
	leave() { this.depth--; this.at++; }
	object() {
		const out = new Map();
		this.enter();
		this.space();
		while (this.peek() !== '}') {
			if (out.size > 0 || out.second) { this.take(','); this.space(); }
			const name = this.string();
			this.space();
			this.take(':');
			this.space();
			if (out.has(name)) this.notes.add('duplicate');
			out.set(name, this.value());
			out.second = true;
			this.space();
		}
		this.leave();
		return out;
	}
	array() {
		const out = [];
		this.enter();
		this.space();
		while (this.peek() !== ']') {
			if (out.length > 0) { this.take(','); this.space(); }
			out.push(this.value());
			this.space();
		}
		this.leave();
		return out;
	}
	number() {
		const match = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/.exec(
			this.data.toString('latin1', this.at, this.at + 2000));
		if (!match) this.fail();
		this.at += match[0].length;
		if (!Number.isFinite(Number(match[0]))) this.notes.add('number out of range');
		else if (!match[2] && !match[3] && (BigInt(match[0]) > 2n ** 63n - 1n ||
			BigInt(match[0]) < -(2n ** 63n))) this.notes.add('integer over 64 bits');
		return Number(match[0]);
	}
	string() {
		const out = [];
		this.take('"');
		for (;;) {
			if (this.at >= this.data.length) this.fail();
			const byte = this.data[this.at++];
			if (byte === 0x22) break;
			if (byte < 0x20) this.fail();
			if (byte === 0x5c) this.escape(out);
			else out.push(byte);
		}
		const bytes = Buffer.from(out), text = bytes.toString('utf8');
		if (!Buffer.from(text).equals(bytes) && !this.lone) this.notes.add('wrong UTF-8');
		this.lone = false;
		if (text.includes('\0')) this.notes.add('NUL');
		return text;
	}
	unit() {
		const hex = this.data.toString('latin1', this.at, this.at + 4);
		if (!/^[0-9a-fA-F]{4}$/.test(hex)) this.fail();
		this.at += 4;
		return parseInt(hex, 16);
	}
	escape(out) {
		const plain = { '"': '"', '\\': '\\', '/': '/', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };
		const c = this.peek();
		this.at++;
		if (c in plain) return out.push(plain[c].charCodeAt(0));
		if (c !== 'u') this.fail();
		let code = this.unit();
		if (code >= 0xd800 && code < 0xdc00 &&
			this.data.toString('latin1', this.at, this.at + 2) === '\\u') {
			const back = this.at;
			this.at += 2;
			const low = this.unit();
			if (low >= 0xdc00 && low < 0xe000)
				code = 0x10000 + (code - 0xd800) * 1024 + low - 0xdc00;
			else this.at = back;
		}
		if (code >= 0xd800 && code < 0xe000) {
			this.notes.add('lone surrogate');
			this.lone = true;
		}
		return out.push(...Buffer.from(String.fromCodePoint(code)));
	}
}

function readJson(data, prefix, f) {
	const notes = new Set();
	let value;
	try {
		value = new Reader(data, notes).whole();
	} catch (error) {
		if (!(error instanceof SyntaxError)) throw error;
		notes.add('no JSON');
		if (data[0] === 0xef && data[1] === 0xbb) notes.add('byte order mark');
	}
	if (value !== undefined && !(value instanceof Map)) notes.add('no object');
	for (const note of notes) f.add(`${prefix}: ${note}`);
	return value instanceof Map ? value : new Map();
}

function decodePart(text, name, f) {
	const bytes = Buffer.from(text, 'base64url');
	if (bytes.toString('base64url') === text) return bytes;
	f.add(`${name}: not canonical base64url`);
	const stripped = text.replace(/[^A-Za-z0-9_+/-]/g, '').replaceAll('+', '-').replaceAll('/', '_');
	if (/^[A-Za-z0-9_-]*$/.test(text)) f.add(`${name}: tail bits`);
	if (text.includes('=')) f.add(`${name}: padding`);
	if (stripped !== text) f.add(`${name}: foreign character`);
	return bytes;
}

const REFUSED = ['crit', 'b64', 'jwk', 'jku', 'x5u', 'x5c'];

function lookAtHeader(bytes, header, f) {
	const kid = header.get('kid'), typ = header.get('typ');
	if (bytes[0] !== 0x7b || bytes.at(-1) !== 0x7d) f.add('header: white space around');
	for (const name of REFUSED) if (header.has(name)) f.add(`header: ${name}`);
	if (typeof header.get('alg') !== 'string') f.add('header: alg no string');
	if (header.has('kid') && typeof kid !== 'string') f.add('header: kid no string');
	if (typeof kid === 'string' && Buffer.byteLength(kid) > 256) f.add('header: kid too long');
	if (kid === '') f.add('header: kid empty');
	if (!header.has('kid')) f.add('header: no kid');
	if (header.has('typ') && typeof typ !== 'string') f.add('header: typ no string');
	if (typeof typ === 'string' && !/^((application\/)?(at\+)?jwt)?$/i.test(typ))
		f.add('header: typ strange');
}

const integer = (bytes) => BigInt('0x' + (bytes.toString('hex') || '0'));

function lookAtSignature(alg, signature, f) {
	const crv = { ES256: 'P-256', ES384: 'P-384', ES512: 'P-521' }[alg];
	const curve = curves[crv];
	if (signature.length === 0) f.add('signature: empty');
	if (!curve) return;
	if (signature.length !== 2 * curve.width) f.add('signature: wrong length');
	else for (const half of [signature.subarray(0, curve.width), signature.subarray(curve.width)])
		if (integer(half) === 0n || integer(half) >= curve.order)
			f.add('signature: number out of range');
}

function lookAtClaims(claims, c, f) {
	for (const name of ['exp', 'nbf', 'iat', 'auth_time']) {
		const value = claims.get(name);
		if (!claims.has(name)) continue;
		if (typeof value !== 'number') f.add(`claims: ${name} no number`);
		else if (value < 0 || value >= 253402300800) f.add(`claims: ${name} out of range`);
		else if (!Number.isInteger(value)) f.add(`claims: ${name} fraction`);
	}
	for (const name of ['iss', 'sub', 'jti', 'sid', 'acr', 'azp']) {
		const value = claims.get(name);
		if (claims.has(name) && typeof value !== 'string') f.add(`claims: ${name} no string`);
		if (typeof value === 'string' && value.includes('\0')) f.add('claims: NUL');
	}
	const aud = claims.get('aud');
	if (aud !== undefined && typeof aud !== 'string' &&
		!(Array.isArray(aud) && aud.every((a) => typeof a === 'string')))
		f.add('claims: aud no string and no array of strings');
	if (claims.get('iat') > c.now) f.add('claims: iat in the future');
	if (Math.floor(claims.get('exp')) <= Math.floor(claims.get('iat'))) f.add('claims: exp not after iat');
	if (Math.floor(claims.get('exp')) <= Math.floor(claims.get('nbf'))) f.add('claims: exp not after nbf');
	if (claims.has('cnf')) f.add('claims: cnf');
}

function lookAtKeys(c, header, f) {
	const alg = header.get('alg'), keys = c.jwks ? JSON.parse(c.jwks).keys : [];
	if (!c.jwks && header.has('kid') && header.get('kid') !== 'hs') f.add('secret: other kid');
	for (const key of keys.filter((k) => !header.has('kid') || k.kid === header.get('kid'))) {
		if (key.crv === 'Ed448') f.add('key: Ed448');
		if (key.alg !== undefined && key.alg !== alg) f.add('key: another alg');
		if (key.use !== undefined && key.use !== 'sig') f.add('key: use');
		if (key.key_ops && !key.key_ops.includes('verify')) f.add('key: key_ops');
	}
}

export function features(c) {
	const f = new Set(), token = Buffer.from(c.token, 'base64');
	const list = token.toString('latin1').split('.');
	if (token.length > 16384) f.add('token: too large');
	if (list.length !== 3) f.add('token: not three parts');
	if (/[^A-Za-z0-9._-]/.test(token.toString('latin1'))) f.add('token: foreign character');
	if (token.includes(0)) f.add('token: NUL');
	const [head, body, tail] = ['header', 'payload', 'signature']
		.map((name, i) => decodePart(list[i] ?? '', name, f));
	const header = readJson(head, 'header', f), claims = readJson(body, 'payload', f);
	f.alg = header.get('alg');
	if (!c.algs.includes(f.alg)) f.add('header: alg not allowed');
	lookAtHeader(head, header, f);
	lookAtSignature(f.alg, tail, f);
	lookAtClaims(claims, c, f);
	lookAtKeys(c, header, f);
	if (body.length === 0) f.add('payload: empty');
	return f;
}
