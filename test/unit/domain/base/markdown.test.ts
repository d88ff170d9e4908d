import { expect, it } from 'vitest';
import { code, link, plainText, table, text } from '../../../../src/domain/base/markdown.ts';

it.each(['# x', '> x', '- x', '+ x', '=== x', '1. x', '12) x'])(
  'keeps %s from being structure where it begins a line',
  (value) => {
    expect(text(value).markdown).toMatch(/^(\\|\d+\\)/);
  },
);

it('leaves releases and durations as people write them', () => {
  expect(text('1.4.2').markdown).toBe('1.4.2');
  expect(text('0.087 s').markdown).toBe('0.087 s');
});

it('takes control sequences, bidirectional controls and line ends out of a text', () => {
  expect(plainText('\u001b[31mred\u001b[0m\u202e\n## x\t\u0000')).toBe('red ## x \u{fffd}');
  expect(plainText('\u001b]8;;http://evil.example\u001b\\click\u001b]8;;\u001b\\')).toBe('click');
});

it.each([
  0x00ad, 0x034f, 0x061c, 0x115f, 0x1160, 0x17b4, 0x180b, 0x180e, 0x200b, 0x2064, 0x3164, 0xfe0f, 0xfeff, 0xffa0,
  0xfff0, 0x1d173, 0xe0041, 0xe0100,
])('takes the invisible character %i out of a name', (point) => {
  expect(plainText(`Bob${String.fromCodePoint(point)} May`)).toBe('Bob May');
});

it('takes a blank that is no space for one', () => {
  expect(plainText('Bob\u2800\u2800May\u2800')).toBe('Bob May');
});

it('never cuts a character in half', () => {
  expect(text('ab😀cd', 4).markdown).toBe('ab…');
});

it('puts nothing into a code span that could end it', () => {
  expect(code('a`b').markdown).toBe('a&#96;b');
  expect(code('a|b').markdown).toBe('a&#124;b');
});

it('keeps a link target from ending its parentheses or its cell', () => {
  expect(link('https://ci.example/a)b|c').markdown).toMatch(/^\[[^|`]+\]\(https:\/\/ci\.example\/a%29b%7Cc\)$/);
});

it('refuses a row that has another number of cells than the head', () => {
  expect(() => table(['a', 'b'], [['1']])).toThrow(RangeError);
});
