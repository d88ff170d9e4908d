import { placeOf } from './markers.ts';

/**
 * Who has written a block, and in which order. Every grant of the lock has a greater fence than the one before, so a late
 * writer finds that a newer one was there.
 */
export interface Stamp {
  /** `service/environment`. */
  readonly target: string;
  readonly fence: number;
  /** Counts the writings of one deployment. */
  readonly writing: number;
}

export type Rewriting =
  /** `isSame`: the words were there already, under an older stamp. */
  | { readonly kind: 'rewritten'; readonly text: string; readonly before: string; readonly isSame: boolean }
  /** This very writing was there already. */
  | { readonly kind: 'same' }
  /** A later writer of the same target was there; `by` says which. */
  | { readonly kind: 'newer'; readonly by: string }
  | { readonly kind: 'trouble'; readonly why: string };

const stamped = /<!--[ \t]*([a-z0-9-]+\/[a-z0-9-]+) ([0-9]{1,15})\.([0-9]{1,15})\b[^\n]*?-->[ \t]*/;

/**
 * Puts `content` between the markers of the block `name`, under the stamp of its writer: also over the same words, so
 * that a late writer finds a newer stamp. The rest of the file stays as it is, its ends of lines too. A block that another
 * target has written is left alone.
 */
export function rewriteBlock(file: string, name: string, stamp: Stamp, content: string): Rewriting {
  const place = placeOf(file, name);
  if (typeof place === 'string') return { kind: 'trouble', why: place };
  const inner = file.slice(place.from, place.to);
  const found = stamped.exec(inner);
  const before = plain(found ? inner.replace(found[0], '') : inner);
  const isSame = before === plain(content);
  if (found) {
    const [, target = '', fence, writing] = found;
    if (target !== stamp.target) return { kind: 'trouble', why: `the block ${name} is that of ${target}` };
    const later = Number(fence) - stamp.fence || Number(writing) - stamp.writing;
    if (later > 0) return { kind: 'newer', by: `${target} ${fence}.${writing}` };
    if (later === 0 && isSame) return { kind: 'same' };
  }
  const eol = inner.startsWith('\r\n') ? '\r\n' : '\n';
  const by = `<!-- ${stamp.target} ${stamp.fence}.${stamp.writing}: written by Gantry, and written again when it changes -->`;
  const lines = ['', by, '', ...plain(content).split('\n'), '', ''];
  return {
    kind: 'rewritten',
    text: file.slice(0, place.from) + lines.join(eol) + file.slice(place.to),
    before,
    isSame,
  };
}

const plain = (text: string) => text.replaceAll('\r\n', '\n').trim();
