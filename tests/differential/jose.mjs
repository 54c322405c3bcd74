// SPDX-License-Identifier: ISC
// The contestant jose, of npm: the calls that its documentation tells an
// application to make.
import crypto from 'node:crypto';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import readline from 'node:readline';
import { pathToFileURL } from 'node:url';

const here = createRequire(pathToFileURL(path.join(process.argv[2], 'x.js')));
const jose = await import(pathToFileURL(here.resolve('jose')));

// Several keys that fit are an error there, and trying each is documented.
async function withKeys(c, verify) {
	if (c.secret) return verify(Buffer.from(c.secret, 'base64'));
	try {
		return await verify(jose.createLocalJWKSet(JSON.parse(c.jwks)));
	} catch (error) {
		if (error.code !== 'ERR_JWKS_MULTIPLE_MATCHING_KEYS') throw error;
		for await (const key of error) {
			try {
				return await verify(key);
			} catch (inner) {
				if (inner.code !== 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED')
					throw inner;
			}
		}
		throw Object.assign(new Error('no key of several'),
			{ code: 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED' });
	}
}

const why = (error) => error.code ?? error.name;

async function judge(c) {
	const token = Buffer.from(c.token, 'base64'), algorithms = c.algs;
	let jws;
	try {
		jws = await withKeys(c, (key) => jose.compactVerify(token, key, { algorithms }));
	} catch (error) {
		return { jws: why(error), detail: error.message };
	}
	const payload = crypto.createHash('sha256').update(jws.payload)
		.digest('hex').slice(0, 16);
	// jwtVerify takes a text: that of the bytes, as compactVerify made it.
	try {
		const { payload: claims } = await withKeys(c, (key) => jose.jwtVerify(
			new TextDecoder().decode(token), key, { algorithms,
				issuer: c.iss, audience: c.aud, requiredClaims: ['exp'],
				currentDate: new Date(c.now * 1000) }));
		return { jws: 'ok', payload, claims: claims ? 'ok' : 'none' };
	} catch (error) {
		return { jws: 'ok', payload, claims: why(error), detail: error.message };
	}
}

for await (const line of readline.createInterface({ input: process.stdin })) {
	const c = JSON.parse(line);
	fs.writeSync(1, JSON.stringify({ id: c.id, ...await judge(c) }) + '\n');
}
