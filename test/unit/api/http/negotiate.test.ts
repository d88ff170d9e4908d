import { expect, it } from 'vitest';
import { negotiate } from '../../../../src/api/http/negotiate.ts';

const [json, markdown] = ['application/json', 'text/markdown'] as const;

it.each<readonly [string | undefined, string | null]>([
  [undefined, json],
  ['', json],
  ['*/*', json],
  ['application/*', json],
  ['text/*', markdown],
  ['TEXT/Markdown', markdown],
  ['text/markdown; charset=utf-8', markdown],
  ['text/markdown, */*', markdown],
  ['*/*, text/markdown', markdown],
  ['text/markdown;q=0.5, */*;q=0.6', json],
  ['text/markdown; q=0.9 , application/json;q=0.8', markdown],
  ['application/json, text/markdown', json],
  ['text/markdown, application/json', markdown],
  ['*/*, application/json;q=0', markdown],
  ['text/html,application/xhtml+xml,*/*;q=0.8', json],
  ['text/html', null],
  ['text/markdown;q=0', null],
  ['text/markdown;q=0.000, application/json;q=0', null],
  ['application/json;q=2', null],
  ['application/jsonx, xtext/markdown', null],
  ['nonsense', json],
  ['*/markdown', null],
])('of JSON and Markdown, Accept %j means %j', (accept, wanted) => {
  expect(negotiate(accept, [json, markdown])).toBe(wanted);
});
