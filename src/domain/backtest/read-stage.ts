/** What a stage that passed was proven by, as far as its gate in the journal tells. */
export type Proof =
  /** Each of them vouched for a part of it. */
  | { readonly kind: 'unsigned' | 'signature-not-asked-for'; readonly submittedBy: readonly string[] }
  /** By the names that the policy of that time gave to signers: one of each group must count. */
  | { readonly kind: 'signed'; readonly by: readonly (readonly string[])[] }
  | { readonly kind: 'untold' };

export interface ReadStage {
  /** When the stage finished, or the first shard of its run, in milliseconds; null: it is not told so. */
  readonly finishedAt: number | null;
  readonly proof: Proof;
  /** Whether newer statements did not count then. */
  readonly hasIgnored: boolean;
}

/** Newer statements that did not count are told behind the one that did. */
const ignored = '; newer, not counted: ';

const pattern = /^finished (\S+Z)(?:, too long ago)?(?:, \d+ shards? of run \S+, the first finished (\S+Z))?, (.+)$/;

/** Reads the `found` of a stage that passed or was waived: `evaluateStages` writes it. */
export function readStage(found: string): ReadStage {
  // What stands behind the first semicolon did not count: newer statements, and refused ones.
  const [counted = ''] = found.split(';');
  const [, time, first, vouched = ''] = pattern.exec(counted) ?? [];
  const finishedAt = Date.parse(first ?? time ?? '');
  return {
    finishedAt: Number.isNaN(finishedAt) ? null : finishedAt,
    proof: proofOf(vouched),
    hasIgnored: found.includes(ignored),
  };
}

function proofOf(vouched: string): Proof {
  const [, how, submittedBy] =
    /^(unsigned|signature not asked for), submitted by (\S+(?: and \S+)*)$/.exec(vouched) ?? [];
  if (submittedBy !== undefined)
    return {
      kind: how === 'unsigned' ? 'unsigned' : 'signature-not-asked-for',
      submittedBy: submittedBy.split(' and '),
    };
  const names = /^signer ([a-z0-9-]+(?:(?:, | and )[a-z0-9-]+)*)$/.exec(vouched)?.[1];
  return names === undefined
    ? { kind: 'untold' }
    : { kind: 'signed', by: names.split(' and ').map((group) => group.split(', ')) };
}
