import { shortList } from '../base/short-list.ts';
import type { Run } from './proof.ts';

/** At most so many shards are named one by one. */
const named = 5;

/** `4 shards of run https://ci.example/runs/8841`. */
export function runWords({ name, of }: Run): string {
  const many = of.join(' or ');
  return `${many} ${many === '1' ? 'shard' : 'shards'} of run ${name}`;
}

/** What keeps a run from proving its stage. */
export function runProblem(run: Run): string {
  const { name, of, missing, bad } = run;
  const total = of.join(' or ');
  const problems = [
    ...(of.length > 1 ? [`its shards contradict each other: there are ${total} of them`] : []),
    ...(missing.length > 0 ? [`${listed(missing.map(String))} of ${total} missing`] : []),
    ...bad
      .slice(0, named)
      .map(({ shard, results }) =>
        results.length === 1
          ? `shard ${shard} of ${total} ${results.join('')}`
          : `shard ${shard} of ${total} stands for ${results.join(' and ')}`,
      ),
    ...(bad.length > named ? [`${bad.length - named} more have not passed`] : []),
  ];
  return `run ${name}: ${problems.join(', ')}`;
}

const listed = (shards: readonly string[]) => `${shards.length === 1 ? 'shard' : 'shards'} ${shortList(shards, named)}`;
