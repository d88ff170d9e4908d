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
  return { written, block: screenOn(out, () => ({ columns, rows })) };
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
