// A real OpenID provider as a process of its own: port, Gantry's address, the audience of its access tokens.
// Whoever logs in says who they are; its pages are those that the library has for trying things out.
import process from 'node:process';
import { Provider } from 'oidc-provider';

const [port, gantry, audience] = process.argv.slice(2);
const redirect_uris = [`${gantry}/login/callback`];
const page = { redirect_uris, grant_types: ['authorization_code'], response_types: ['code'] };

const commandLine = {
  application_type: 'native',
  token_endpoint_auth_method: 'none',
  redirect_uris: ['http://127.0.0.1/callback'],
  grant_types: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'],
  response_types: ['code'],
};

const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [
    { ...page, client_id: 'public-page', token_endpoint_auth_method: 'none' },
    { ...page, client_id: 'secret-page', client_secret: 'of-the-page' },
    { ...commandLine, client_id: 'command-line' },
    { ...commandLine, client_id: 'hasty-command-line' },
    {
      client_id: 'ci',
      client_secret: 'of-the-robot',
      grant_types: ['client_credentials'],
      redirect_uris: [],
      response_types: [],
    },
  ],
  // Codes of the hasty one are over before anybody could confirm them.
  ttl: { DeviceCode: (_context, _code, { clientId }) => (clientId === 'hasty-command-line' ? 1 : 600) },
  cookies: { keys: ['test'] },
  findAccount: (_context, id) => ({ accountId: id, claims: async () => ({ sub: id }) }),
  features: {
    devInteractions: { enabled: true },
    clientCredentials: { enabled: true },
    deviceFlow: { enabled: true },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: () => ({ scope: 'api', audience, accessTokenFormat: 'jwt', accessTokenTTL: 300 }),
      useGrantedResource: () => true,
    },
  },
});
provider.listen(Number(port), '127.0.0.1', () => process.stdout.write('ready\n'));
