import { drawAction, type FaultKind } from '../stage.ts';

/** A compensation fails until somebody has mended the target; something makes it necessary. */
export const brokenUndo: FaultKind = {
  name: 'broken-undo',
  draw: (random, drawing) => ({
    at: { kind: 'effect', step: drawAction(random, drawing), undo: true, moment: 'arrives' },
    how: {},
  }),
  async begin(stage, { at }) {
    const { target, deployment, toMend } = stage;
    const mend = target.bend((request) =>
      request.isAction && request.undo && request.deployment === deployment && at.kind === 'effect'
        ? request.step === at.step
          ? Promise.resolve({ status: 500, body: { error: 'jammed' } })
          : null
        : null,
    );
    toMend(mend);
  },
};
