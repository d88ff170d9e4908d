import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Collects garbage again and again while `work` is under way: whatever nobody holds is gone then. */
export async function amidGarbageCollection<T>(work: () => Promise<T>): Promise<T> {
  const collecting = setInterval(collect, 20);
  try {
    return await work();
  } finally {
    clearInterval(collecting);
  }
}
