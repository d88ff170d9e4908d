import { ApplicationFailureCategory } from '@temporalio/common';
import { expect, it } from 'vitest';
import { toFailure } from '../../../../src/activities/engine/failures.ts';
import { GantryError } from '../../../../src/domain/base/errors.ts';

it('marks an attempt that was handed over as benign, and no other failure', () => {
  const { BENIGN } = ApplicationFailureCategory;
  expect(toFailure(new GantryError('lost-attempt', 'x'))).toMatchObject({ type: 'lost-attempt', category: BENIGN });
  for (const other of [new GantryError('store-unavailable', 'x'), new Error('x')])
    expect(toFailure(other)).not.toMatchObject({ category: BENIGN });
});
