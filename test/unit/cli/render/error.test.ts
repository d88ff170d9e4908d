import pc from 'picocolors';
import { expect, it } from 'vitest';
import { renderError } from '../../../../src/cli/render/error.ts';
import { GantryError } from '../../../../src/domain/base/errors.ts';

const colourless = pc.createColors(false);

it('an error has its code, what is wrong, each finding at its place, and what to do next', () => {
  const issues = [
    { pointer: '/service', code: 'malformed', detail: 'no name' },
    { pointer: '/release', code: 'malformed', detail: 'too\u001b[2J long' },
  ] as const;
  expect(renderError(new GantryError('malformed', '2 faults', { issues }), colourless, true)).toEqual([
    'error[malformed]: 2 faults',
    '  /service: no name',
    '  /release: too [2J long',
  ]);
  expect(renderError(new GantryError('self-approval', 'key:alice requested this change.'), colourless, true)).toEqual([
    'error[self-approval]: key:alice requested this change.',
    '  → ask somebody who neither requested nor wrote the change',
  ]);
  const full = new GantryError('queue-full', 'full');
  expect(renderError(full, colourless, true).at(-1)).toMatch(/→ repeat it/);
  expect(renderError(full, colourless, false)).toEqual(['error[queue-full]: full']);
});

it('only a fault of Gantry’s own shows where in its code it was found', () => {
  expect(renderError(new TypeError('x is no function'), colourless, true)[0]).toMatch(
    /^error\[internal\]: TypeError: x is no function\n +at /,
  );
  expect(renderError('odd', colourless, true)).toEqual(['error[internal]: odd']);
});
