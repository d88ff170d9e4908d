import type { Json } from '../base/json.ts';
import { type Patched, withStandIns } from '../base/stand-ins.ts';
import { type ProcedureDocument, procedureSchema } from './procedure.ts';

/** A procedure with stand-ins for what its schema refuses: see {@link withStandIns}. */
export function procedureWithStandIns(written: unknown): Patched<ProcedureDocument> {
  return withStandIns(written, { schema: procedureSchema, code: 'invalid-procedure', at: ['procedure'], standIns });
}

const check = { id: 'stand-in', http: 'http://127.0.0.1/' };
const none = { none: 'a stand-in' };
const manual = { instructions: 'None', role: 'stand-in' };
const step = { id: 'stand-in-{index}', title: 'Stand-in', manual, undo: none };

/** None for `parameters`, `files` and the like: references and commands elsewhere mean what these define. */
const standIns: Readonly<Record<string, Json>> = {
  gantry: 1,
  procedure: 'stand-in',
  description: 'Stand-in',
  steps: [step],
  'steps/*': step,
  'steps/*/id': 'stand-in-{index}',
  'steps/*/title': 'Stand-in',
  'steps/*/do': { http: 'http://127.0.0.1/' },
  'steps/*/hold': '1s',
  'steps/*/gate': { role: 'stand-in' },
  'steps/*/manual': manual,
  'steps/*/undo': none,
  'steps/*/verify': none,
  'steps/*/reason': 'A stand-in',
  health: [check],
  'health/*': check,
  validation: { smoke: [check], performance: none, integrations: none, features: none },
  'validation/smoke': [check],
  'validation/performance': none,
  'validation/integrations': none,
  'validation/features': none,
  rollback: { verify: [check] },
  'rollback/verify': [check],
  // The maximum, so that it is too short for no health check.
  monitoring: { period: '7d' },
  'monitoring/period': '7d',
  documents: [],
};
