import { describe, expect, it } from 'vitest';
import { nextCommand } from '../../../../src/cli/render/next-command.ts';
import { clientVerbs } from '../../../../src/cli/verbs/index.ts';

type Status = Parameters<typeof nextCommand>[0];
const target = { service: 'shop', environment: 'production' } as Status;
const command = (kind: Status['waitingFor'][number]['kind']) =>
  nextCommand(target, { kind, step: 'go', since: '', until: null, then: 'pages' });

describe('what ends a wait', () => {
  it('is a command where a person is waited for', () => {
    expect(command('approval')).toBe('gantry approve shop/production');
    expect(command('gate')).toBe('gantry approve shop/production --gate go');
    expect(command('readiness')).toBe('gantry acknowledge shop/production --for readiness');
    expect(command('handoff')).toBe('gantry acknowledge shop/production --for handoff');
    expect(command('manual')).toBe('gantry complete shop/production --step go');
    expect(command('pause')).toBe('gantry resume shop/production');
  });

  it('is nobody’s to type where a time or the target is waited for', () => {
    for (const kind of ['notification', 'window', 'target', 'hold', 'monitoring'] as const)
      expect(command(kind)).toBeNull();
  });

  it('is a verb that there is', () => {
    for (const kind of ['approval', 'gate', 'readiness', 'handoff', 'manual', 'pause'] as const)
      expect(Object.keys(clientVerbs)).toContain(command(kind)?.split(' ')[1]);
  });
});
