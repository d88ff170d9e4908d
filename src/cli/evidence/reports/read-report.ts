import { readCtrf } from './ctrf.ts';
import { readJunit } from './junit.ts';
import { type TestReport, unreadable } from './report.ts';

/** A report by its content: JUnit in XML, or CTRF in JSON. Throws `invalid-evidence` for anything else. */
export function readReport(bytes: Uint8Array): TestReport {
  const text = textOf(bytes).replace(/^\s+/, '');
  return text.startsWith('<') ? readJunit(text) : readCtrf(text);
}

/** 0x80 to 0x9F in windows-1252, which some versions of Node decode as Latin-1. */
const windows = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ';

/**
 * The text of a report in the encoding that it declares: by its byte order mark, else by the form of its first characters
 * (UTF-16 without a mark), else by its XML declaration, else UTF-8. Latin-1 is read as windows-1252, as browsers do.
 * Throws `invalid-evidence` for an unknown encoding, and for bytes that are invalid in it.
 */
function textOf(bytes: Uint8Array): string {
  const label = encodingOf(bytes);
  try {
    const decoder = new TextDecoder(label, { fatal: true });
    const text = decoder.decode(bytes);
    if (decoder.encoding !== 'windows-1252') return text;
    return text.replace(/[\u0080-\u009f]/g, (char) => windows[char.charCodeAt(0) - 0x80] ?? char);
  } catch (cause) {
    throw unreadable(`it is not in ${label.slice(0, 40)}, or nobody here knows that encoding`, cause);
  }
}

function encodingOf(bytes: Uint8Array): string {
  const [first, second, third] = bytes;
  if (first === 0xef && second === 0xbb && third === 0xbf) return 'utf-8';
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  if (first === 0xfe && second === 0xff) return 'utf-16be';
  // `<` or `{` and half a character.
  if (second === 0 && (first === 0x3c || first === 0x7b)) return 'utf-16le';
  if (first === 0 && (second === 0x3c || second === 0x7b)) return 'utf-16be';
  const start = String.fromCharCode(...bytes.subarray(0, 200));
  const declared = /^\s*<\?xml[^>]*?\sencoding\s*=\s*["']([^"']*)["']/.exec(start)?.[1] ?? 'utf-8';
  // A declaration in single bytes cannot be UTF-16: some producers write it and encode the text as UTF-8.
  return /^utf-?16/i.test(declared) ? 'utf-8' : declared;
}
