import { describe, expect, it } from 'vitest';
import { parseReference } from '../../../src/cli/references.ts';

const seven = { kind: 'id', id: 'shop.production.7' };

describe('a deployment is named', () => {
  it.each([
    'shop.production.7',
    'deployment/shop/production/7',
    'shop/production/7',
    'https://gantry.example/deployments/shop.production.7',
    'https://gantry.example/v1/deployments/shop.production.7/record?x=1',
    'https://gantry.example/#/deployments/shop.production.7',
    'http://127.0.0.1:8233/namespaces/default/workflows/deployment%2Fshop%2Fproduction%2F7/01a22b/history',
  ])('by its id, in whatever it stands: %s', (text) => {
    expect(parseReference(text)).toEqual(seven);
  });

  it('as the newest of a target, or as the last of one’s own', () => {
    expect(parseReference('shop/production')).toEqual({ kind: 'newest', service: 'shop', environment: 'production' });
    expect(parseReference('@')).toEqual({ kind: 'own' });
  });

  it.each([
    '',
    'shop',
    'shop.production',
    'shop.production.0',
    'shop/production/x',
    'Shop/production',
    'a/b/1/2',
    '@@',
  ])('by nothing else: %j', (text) => {
    expect(() => parseReference(text)).toThrow(expect.objectContaining({ code: 'malformed' }));
  });

  it.each(['https://gantry.example/', 'https://gantry.example/%zz', 'https://', 'http://[/shop.production.7'])(
    'not by a URL without one: %s',
    (text) => {
      expect(() => parseReference(text)).toThrow(/names no deployment/);
    },
  );
});
