import { condition, defineQuery, defineSignal, setHandler } from '@temporalio/workflow';

export const note = defineSignal('note');
export const end = defineSignal('end');
/** When each note was taken, in milliseconds since the epoch. */
export const notedAt = defineQuery<readonly number[]>('notedAt');

/** Notes when it was told to, until it is told to end. */
export async function noter(): Promise<void> {
  const times: number[] = [];
  let isOver = false;
  setHandler(note, () => void times.push(Date.now()));
  setHandler(end, () => {
    isOver = true;
  });
  setHandler(notedAt, () => times);
  await condition(() => isOver);
}
