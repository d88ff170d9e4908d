import { remembering as rememberingAlways } from '../../src/domain/base/remembering.ts';
import { switches } from './switches.ts';

/** Stands in for what rules remember by: each run of a test begins with nothing, since an answer from before a mutant would hide it. */
export function remembering<T extends object | boolean>(max: number): (key: string, workOut: () => T) => T {
  let run = switches.runs;
  let remember = rememberingAlways<T>(max);
  return (key, workOut) => {
    if (run !== switches.runs) {
      run = switches.runs;
      remember = rememberingAlways(max);
    }
    return remember(key, workOut);
  };
}
