import type { FaultKind } from '../stage.ts';

/** The release serves 500 as soon as traffic reaches it. */
export const badRelease: FaultKind = {
  name: 'bad-release',
  draw: () => ({ at: { kind: 'effect', step: 'switch', undo: false, moment: 'arrives' }, how: {} }),
  async begin({ target, planned }) {
    target.breakRelease(planned.release);
  },
};
