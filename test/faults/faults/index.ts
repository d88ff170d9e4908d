import type { Fault } from '../plan.ts';
import type { Random } from '../random.ts';
import type { Drawing, FaultKind } from '../stage.ts';
import { abort } from './abort.ts';
import { badRelease } from './bad-release.ts';
import { badSignals } from './bad-signals.ts';
import { brokenUndo } from './broken-undo.ts';
import { cancel } from './cancel.ts';
import { errorAfterEffect } from './error-after-effect.ts';
import { failingReadBack } from './failing-read-back.ts';
import { freeze } from './freeze.ts';
import { killApi } from './kill-api.ts';
import { killTemporal } from './kill-temporal.ts';
import { killWorker } from './kill-worker.ts';
import { lateEffect } from './late-effect.ts';
import { lostAnswer } from './lost-answer.ts';
import { lostRequest } from './lost-request.ts';
import { storeNetwork, targetNetwork, temporalNetwork } from './network.ts';
import { newBuild } from './new-build.ts';
import { pause } from './pause.ts';
import { readers } from './readers.ts';
import { refusedAction } from './refused-action.ts';
import { replaceWorker } from './replace-worker.ts';
import { staleReadBack } from './stale-read-back.ts';
import { stopWorker } from './stop-worker.ts';
import { terminate } from './terminate.ts';

/** Every kind of fault, each as often as it stands here. */
const drawn: readonly FaultKind[] = [
  lostAnswer,
  lostRequest,
  lateEffect,
  errorAfterEffect,
  refusedAction,
  staleReadBack,
  failingReadBack,
  failingReadBack,
  badRelease,
  badRelease,
  brokenUndo,
  targetNetwork,
  storeNetwork,
  temporalNetwork,
  killWorker,
  killWorker,
  stopWorker,
  stopWorker,
  replaceWorker,
  newBuild,
  killApi,
  killTemporal,
  abort,
  abort,
  cancel,
  terminate,
  pause,
  freeze,
  readers,
  badSignals,
];

export const faultKinds: ReadonlyMap<string, FaultKind> = new Map(drawn.map((kind) => [kind.name, kind]));

/** The next fault of a deployment; null where what was drawn does not fit. */
export function drawFault(random: Random, drawing: Drawing): Fault | null {
  const kind = random.pick(drawn);
  const fault = kind.draw(random, drawing);
  if (!fault || drawing.without.includes(kind.name) || drawing.faults.some(({ name }) => name === kind.name))
    return null;
  return { name: kind.name, ...fault };
}
