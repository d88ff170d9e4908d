import { isMap, isNode, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import type { ErrorIssue } from '../domain/base/errors.ts';

/** Finds the line of a YAML document that a JSON pointer names, 1 for the first; where nothing is, that of what would hold it. */
function linesOf(text: string): (pointer: string) => number {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, version: '1.2', schema: 'core', merge: false });
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
    return lines.linePos(offset ?? 0).line;
  };
}

const startOf = (node: unknown) => (isNode(node) ? node.range?.[0] : undefined);

export type Finding = Pick<ErrorIssue, 'pointer' | 'detail'>;

/** Adds the line to a finding in a text. Of a text that is not YAML the parser's own message names the line. */
export function placesIn(text: string): (finding: Finding) => Finding & { readonly line: number } {
  const lineOf = linesOf(text);
  return ({ pointer, detail }) => {
    const [, line, message = detail] = /^.*?, line (\d+): (.*)$/s.exec(detail) ?? [];
    return { line: line === undefined ? lineOf(pointer) : Number(line), pointer, detail: message };
  };
}

const partsOf = (pointer: string) =>
  pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
