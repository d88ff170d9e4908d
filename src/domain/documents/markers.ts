const marker = /^\uFEFF?[ \t]*<!--[ \t]*(\/?)gantry:([a-z0-9-]+)[ \t]*-->[ \t]*$/;

/** Also behind what makes a list or a quotation: rather a marker too few than one that is an example. */
const fence = /^[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)?(`{3,}|~{3,})(.*)$/;

/** The begin or the end of a block. */
interface Marker {
  readonly isEnd: boolean;
  readonly name: string;
  /** Of its line, without the end of that. */
  readonly from: number;
  readonly to: number;
}

/** Between which characters a block stands: behind the line of its begin, to the line of its end. */
export interface Place {
  readonly from: number;
  readonly to: number;
}

/** Markers stand alone on their lines; what stands in a fenced code block, or within a sentence, is an example. */
function markersIn(file: string): readonly Marker[] {
  const markers: Marker[] = [];
  let from = 0;
  let open: string | null = null;
  for (const whole of file.split(/(?<=\n)/)) {
    const line = whole.replace(/\r?\n$/, '');
    const [, ticks = '', rest = ''] = fence.exec(line) ?? [];
    const [, slash, name] = marker.exec(line) ?? [];
    if (open !== null) {
      if (ticks.startsWith(open) && rest.trim() === '') open = null;
    } else if (ticks !== '' && !(ticks.startsWith('`') && rest.includes('`'))) open = ticks;
    else if (name !== undefined) markers.push({ isEnd: slash === '/', name, from, to: from + line.length });
    from += whole.length;
  }
  return markers;
}

/** Where a block stands, or why that is not clear. */
export function placeOf(file: string, name: string): Place | string {
  const open: string[] = [];
  let place: { readonly from: number; readonly to: number | null } | null = null;
  for (const { isEnd, name: of, from, to } of markersIn(file)) {
    if (!isEnd) {
      if (of === name && place) return `the block ${name} is there more than once`;
      if (open.length > 0 && (of === name || open.includes(name)))
        return `the block ${of} stands inside the block ${open.at(-1)}`;
      if (of === name) place = { from: to, to: null };
      open.push(of);
      continue;
    }
    const isMatching = open.at(-1) === of;
    if (of === name) {
      if (!isMatching || !place || place.to !== null) return `the end of the block ${name} belongs to no begin`;
      place = { ...place, to: from };
    }
    if (isMatching) open.pop();
  }
  if (!place)
    return `there is no block ${name}: write <!-- gantry:${name} --> and <!-- /gantry:${name} --> into the file, each alone on its line and in no code`;
  return place.to === null ? `the block ${name} has no end` : { from: place.from, to: place.to };
}
