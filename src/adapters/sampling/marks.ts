import type { SampleWindow } from '../../domain/kinds/adapter.ts';

// Bad samples of a window, by their places: the number of the sample, or its time in milliseconds. As text they are
// short (base 36, the first one whole, each other one by its distance), since they travel with every heartbeat.

function read(marks: string): readonly number[] {
  let place = 0;
  if (marks === '') return [];
  return marks.split(',').map((text) => {
    place += Number.parseInt(text, 36);
    return place;
  });
}

const write = (places: readonly number[]) =>
  places.map((place, i) => (place - (places[i - 1] ?? 0)).toString(36)).join(',');

/** How many of a window's samples are bad. */
export function marksIn(marks: string): number {
  return marks === '' ? 0 : marks.split(',').length;
}

/** The marks after one more sample at `place`: those that have left the window are gone, and only the last `most` are kept. */
export function withPlace(marks: string, window: SampleWindow, place: number, isBad: boolean, max: number): string {
  const from = place - (window.kind === 'samples' ? window.size : window.ms);
  const kept = read(marks).filter((one) => one > from);
  return write((isBad ? [...kept, place] : kept).slice(-max));
}
