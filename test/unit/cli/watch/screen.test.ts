import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { screenOn } from '../../../../src/cli/watch/screen.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function screen(columns = 80, rows = 24) {
  const written: string[] = [];
  const out = { write: (text: string) => written.push(text) > 0 };
  const size = { columns, rows };
  return { written, size, block: screenOn(out, () => size) };
}

it('draws at most five times a second, and what came last at the end', () => {
  const { written, block } = screen();
  for (let i = 0; i < 100; i += 1) {
    block.draw([`line ${i}`]);
    vi.advanceTimersByTime(10);
  }
  expect(written.length).toBeLessThanOrEqual(6);
  block.draw(['last']);
  block.end();
  expect(written.at(-1)).toContain('last');
  vi.advanceTimersByTime(1_000);
  expect(written.at(-1)).toContain('last');
});

it('goes up by as many rows as it has drawn, so it cuts what would wrap or scroll away', () => {
  const { written, block } = screen(10, 4);
  block.draw(['\u001b[31m0123456789 too long\u001b[39m', '漢字漢字漢字', 'c', 'd', 'e']);
  block.end();
  block.draw(['x']);
  block.end();
  expect(written[0]).toBe('\r\u001b[0Jc\r\nd\r\ne\r\n');
  expect(written[1]?.startsWith('\u001b[3A')).toBe(true);
  const wide = screen(10, 4);
  wide.block.draw(['\u001b[31m0123456789 too long\u001b[39m', '漢字漢字漢字']);
  expect(wide.written[0]).toBe('\r\u001b[0J\u001b[31m0123456789\u001b[39m\r\n漢字漢字漢\r\n');
});

it('goes up by the rows that its lines have come to take where the terminal was made narrower', () => {
  const { written, size, block } = screen(40);
  block.draw(['a', '\u001b[31m0123456789012345678901234\u001b[39m', '漢字漢字漢字']);
  block.end();
  size.columns = 10;
  block.draw(['x']);
  block.end();
  // One, three and two.
  expect(written[1]?.startsWith('\u001b[6A')).toBe(true);
});

it('takes a terminal without a size for one of 80 columns and 24 rows', () => {
  const { written, block } = screen(0, 0);
  block.draw(['a', 'x'.repeat(100)]);
  expect(written[0]).toBe(`\r\u001b[0Ja\r\n${'x'.repeat(80)}\r\n`);
});
