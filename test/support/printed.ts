import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect } from 'vitest';

const afterMessage = ['Status', 'Heard'];
const target = ['Target', 'StoredTarget'];

/**
 * What each command of the client prints by `--json`, a line each: one of these schemas of the API's document. `null`: it has
 * no `--json`; `own`: what it prints is no answer of the API.
 */
export const printed: Readonly<Record<string, readonly string[] | 'own' | null>> = {
  init: null,
  login: null,
  logout: null,
  plan: ['Preview'],
  deploy: ['Status', 'JournalEntry'],
  watch: ['JournalEntry', 'HealthSoFar'],
  status: ['Status'],
  list: ['Deployment'],
  record: ['Record'],
  approve: afterMessage,
  reject: afterMessage,
  withdraw: afterMessage,
  abort: afterMessage,
  rollback: afterMessage,
  pause: afterMessage,
  resume: afterMessage,
  acknowledge: afterMessage,
  complete: afterMessage,
  note: afterMessage,
  'evidence list': ['EvidenceOfArtifact'],
  'evidence run': null,
  'evidence keygen': null,
  'evidence sign': null,
  'evidence statement': null,
  'evidence submit': null,
  'target list': target,
  'target show': target,
  'target adopt': ['Target'],
  'target resolve': ['Requested'],
  'target review': ['Target'],
  'freeze list': ['Freeze'],
  'freeze add': ['NewFreeze'],
  'freeze lift': ['Freeze'],
  'policy show': ['PolicyInForce'],
  'procedure list': ['ProcedureSummary'],
  'procedure show': ['ProcedureView'],
  'token show': ['Caller'],
  'key show': ['TrustedKeys/properties/items/items'],
  open: 'own',
  completion: null,
};

/** The commands of a suite, held to the document of its API. */
export interface Printed {
  /** Fails where a line of what `words` printed is not as the API answers it. */
  check(words: readonly string[], lines: readonly string[]): Promise<void>;
  /** Those that have printed nothing yet. */
  unseen(): readonly string[];
}

/** Of the table those commands that are `isOfSuite`, by the document of the API at `url`, which is asked for it once. */
export function printedBy(url: () => string, isOfSuite: (command: string) => boolean): Printed {
  const seen = new Set<string>();
  let validator: Ajv2020 | null = null;
  const load = async () => {
    const document = (await (await fetch(`${url()}/openapi.json`)).json()) as object;
    return new Ajv2020({ strict: false, validateFormats: false }).addSchema(document, 'api');
  };
  return {
    async check(words, lines) {
      const command = Object.keys(printed).find((name) => name.split(' ').every((word, i) => word === words[i]));
      const names = command === undefined ? null : printed[command];
      if (command === undefined || names === null || names === undefined || names === 'own') return;
      validator ??= await load();
      const schema = { anyOf: names.map((name) => ({ $ref: `api#/components/schemas/${name}` })) };
      for (const line of lines.filter((one) => one !== '')) {
        const isValid = validator.validate(schema, JSON.parse(line));
        expect(isValid ? null : validator.errorsText(), `${words.join(' ')}: ${line.slice(0, 500)}`).toBeNull();
      }
      if (lines.some((one) => one !== '')) seen.add(command);
    },
    unseen: () =>
      Object.entries(printed).flatMap(([name, schemas]) =>
        Array.isArray(schemas) && isOfSuite(name) && !seen.has(name) ? [name] : [],
      ),
  };
}
