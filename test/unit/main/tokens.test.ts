import { expect, it } from 'vitest';
import { createToken, hashOfToken } from '../../../src/main/tokens.ts';

/** A store of tokens, as subject and hash. */
function storeOf() {
  const kept: [string, string][] = [];
  return { kept, addToken: (subject: string, hash: string) => Promise.resolve(void kept.push([subject, hash])) };
}

it.each(['key:alice', 'oidc:https://idp.example/|bob'])('a token is made for %s', async (subject) => {
  const store = storeOf();
  const token = await createToken(store, subject);
  expect(store.kept).toStrictEqual([[subject, hashOfToken(token)]]);
});

it.each(['alice', 'github:alice', 'key:', 'key:a b', '', `key:${'a'.repeat(251)}`])(
  'no token is made for %j, which no policy could name',
  async (subject) => {
    const store = storeOf();
    await expect(createToken(store, subject)).rejects.toMatchObject({
      code: 'malformed',
      message: expect.stringMatching(
        / is no subject: write key:<name> or oidc:<issuer>\|<subject>, as in the policy\.$/,
      ),
    });
    expect(store.kept).toStrictEqual([]);
  },
);
