import { expect, it } from 'vitest';
import { emergencyRules, lacksTicket } from '../../../../src/domain/policy/emergency.ts';

it('only an emergency needs a ticket', () => {
  expect(lacksTicket({ type: 'emergency' })).toBe(true);
  expect(lacksTicket({ type: 'emergency', ticket: 'INC-7' })).toBe(false);
  expect(lacksTicket({ type: 'normal' })).toBe(false);
});

it('an emergency is approved by its own role beside the others, or alone where the quorum is waived', () => {
  const owner = { role: 'service-owner', minimum: 2 };
  const commander = { role: 'incident-commander', minimum: 1 };
  const { role } = commander;
  expect(emergencyRules([owner], { role, waives: ['window'] })).toEqual([owner, commander]);
  expect(emergencyRules([owner], { role, waives: ['quorum'] })).toEqual([commander]);
  expect(emergencyRules([owner], { role: owner.role, waives: [] })).toEqual([owner]);
});
