// An OpenID provider that is not ours (oidc-provider), for the tests: client
// credentials for one resource, whose access tokens are JWTs (RFC 9068); and,
// where config.json has a logout_uri, people who sign in and out (any name
// will do), with back-channel logout to there.
//
// usage: node provider.mjs FOLDER
// FOLDER has issuer.key, issuer.pem and config.json:
//   { "issuer": URL, "address": TEXT, "port": N, "audience": TEXT, "alg": TEXT,
//     "jwks": {...} }
// The first key of a type that fits signs; change jwks and start again.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import Provider from 'oidc-provider';

const folder = process.argv[2];
const read = (name) => readFileSync(`${folder}/${name}`, 'utf8');
const config = JSON.parse(read('config.json'));

const people = config.logout_uri === undefined ? [] : [{
  client_id: 'hosts',
  client_secret: 'secret-of-the-tests-alone-32-bytes',
  grant_types: ['authorization_code'],
  redirect_uris: ['https://hosts.example.test/back'],
  response_types: ['code'],
  id_token_signed_response_alg: config.alg,
  backchannel_logout_uri: config.logout_uri,
  backchannel_logout_session_required: true,
}];

const provider = new Provider(config.issuer, {
  jwks: config.jwks,
  clients: [{
    client_id: 'robot',
    client_secret: 'secret-of-the-tests-alone-32-bytes',
    grant_types: ['client_credentials'],
    redirect_uris: [],
    response_types: [],
    id_token_signed_response_alg: config.alg, // there is no RSA key else
  }, ...people],
  scopes: ['openid', 'ssh'],
  features: {
    devInteractions: { enabled: people.length > 0 },
    backchannelLogout: { enabled: people.length > 0 },
    clientCredentials: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => config.audience,
      getResourceServerInfo: () => ({
        scope: 'ssh',
        audience: config.audience,
        accessTokenFormat: 'jwt',
        accessTokenTTL: 600,
        jwt: { sign: { alg: config.alg } },
      }),
    },
  },
});

// What the receiver of a logout answered.
provider.on('backchannel.error', (ctx, error) => {
  console.error(error.message, error.response?.body);
});

createServer({ key: read('issuer.key'), cert: read('issuer.pem') },
  provider.callback()).listen(config.port, config.address, () => {
  console.log('ready');
});
