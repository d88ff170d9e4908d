import { describe, expect, it } from 'vitest';
import { pagesOf } from '../../../src/main/temporal-pages.ts';

describe('where people see a workflow in Temporal’s page', () => {
  it('is nowhere while nobody said where that page is', () => {
    expect(pagesOf(null, 'default')).toBeNull();
  });

  it.each(['https://temporal.example', 'https://temporal.example/'])('has namespace and id in it: %s', (ui) => {
    expect(pagesOf(ui, 'a b')?.('deployment/shop/production/7')).toBe(
      'https://temporal.example/namespaces/a%20b/workflows/deployment%2Fshop%2Fproduction%2F7',
    );
  });
});
