import type { MessageName } from './messages.ts';

/** Who may send each message. `role`: the one that the rule, gate or step names. `anyone`: even a robot, for what it requested. */
export const messageAuthority: { readonly [name in MessageName]: 'role' | 'person' | 'anyone' } = {
  approve: 'role',
  reject: 'role',
  withdraw: 'role',
  abort: 'anyone',
  pause: 'person',
  resume: 'person',
  acknowledge: 'role',
  'complete-step': 'role',
  note: 'person',
};
