import { type Document, isMap, isNode, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import type { ErrorIssue } from '../domain/base/errors.ts';

/** A place in a text: line and column, 1 for the first. */
export interface Place {
  readonly line: number;
  /** Null: only the line is known. */
  readonly column: number | null;
}

/** Finds the place in a YAML document that a JSON pointer names; where nothing is, that of what would hold it. */
function placesOf(document: Document, lines: LineCounter): (pointer: string) => Place {
  return (pointer) => {
    let node: unknown = document.contents;
    let offset = startOf(node);
    for (const part of partsOf(pointer)) {
      if (isMap(node)) {
        const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === part);
        // Where its key stands; a long value begins further down.
        offset = startOf(pair?.key) ?? offset;
        node = pair?.value;
      } else if (isSeq(node)) {
        node = node.items[Number(part)];
        offset = startOf(node) ?? offset;
      }
    }
    const { line, col } = lines.linePos(offset ?? 0);
    return { line, column: col };
  };
}

const startOf = (node: unknown) => (isNode(node) ? node.range?.[0] : undefined);

export type Finding = Pick<ErrorIssue, 'pointer' | 'detail'>;

/** Adds its place to a finding in a text. Of a text that is not YAML the parser's own message names the line. */
export function placesIn(text: string): (finding: Finding) => Finding & Place {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, version: '1.2', schema: 'core', merge: false });
  const placeOf = placesOf(document, lines);
  const [fault] = document.errors;
  const broken = fault && lines.linePos(fault.pos[0]);
  return ({ pointer, detail }) => {
    const [, named, message = detail] = /^.*?, line (\d+): (.*)$/s.exec(detail) ?? [];
    if (named === undefined) return { ...placeOf(pointer), pointer, detail: message };
    const line = Number(named);
    return { line, column: broken?.line === line ? broken.col : null, pointer, detail: message };
  };
}

const partsOf = (pointer: string) =>
  pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
