import type { Vouched } from './evidence.ts';

/** Who vouches for what several rows come to. */
export function vouchedTogether(all: readonly Vouched[]): Vouched {
  const groups = all.flatMap((one) => (one.how === 'signed' ? one.by : []));
  if (groups.length > 0)
    return { how: 'signed', by: [...new Map(groups.map((group) => [namesOf(group), group])).values()] };
  const submitters = all.flatMap((one) => (one.how === 'signed' ? [] : one.submittedBy));
  const how = all.some((one) => one.how === 'unsigned') ? 'unsigned' : 'signature-not-asked-for';
  return { how, submittedBy: [...new Set(submitters)] };
}

/** The same in words. What stands between commas signed the same and is one proof; `and` stands between proofs that are all needed. */
export function vouchedText(vouched: Vouched): string {
  if (vouched.how === 'signed') return `signer ${vouched.by.map(namesOf).join(' and ')}`;
  return `${vouched.how.replaceAll('-', ' ')}, submitted by ${vouched.submittedBy.join(' and ')}`;
}

const namesOf = (group: readonly { readonly name: string }[]) => group.map(({ name }) => name).join(', ');
