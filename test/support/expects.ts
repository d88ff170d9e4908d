import { createAdapters } from '../../src/adapters/index.ts';
import type { JsonObject } from '../../src/domain/base/json.ts';
import type { Expects } from '../../src/domain/kinds/adapter.ts';
import { describeThreshold } from '../../src/domain/kinds/describe.ts';

/** Of a check whose words nobody reads. */
export const nothingExpected: Expects = { answer: [], numbers: [] };

const { checks } = createAdapters();

/** What a check of a kind that there is expects. */
export function expectsOf(kind: string, spec: JsonObject): Expects {
  return checks.get(kind)?.expects(spec) ?? nothingExpected;
}

/** The threshold of such a check in words. */
export const thresholdOf = (kind: string, spec: JsonObject): string => describeThreshold(expectsOf(kind, spec));
