/** Rules of one environment in tests; every field can be told otherwise. */
export const rules = {
  evidence: { maxAge: '7d' },
  approvals: {
    expireAfter: '1h',
    rules: [{ role: 'service-owner', minimum: 1 }],
    exclude: ['requester', 'authors'],
  },
  stakeholders: [{ name: 'Shop team', log: true, on: ['requested', 'approval-wanted', 'deployed', 'ended', 'page'] }],
  messages: { unsigned: 'accept' },
  monitoring: { minimum: '1s' },
  operators: ['change-manager'],
  procedures: { inline: true },
};

/** The same as Gantry has it by default: what nobody vouches for does not count. */
export const refusing = { ...rules, messages: { unsigned: 'refuse' } };

const people = [
  { subject: 'key:alice', name: 'Alice Roe', roles: ['developer'], aliases: ['github:alice'] },
  { subject: 'key:bob', name: 'Bob May', roles: ['service-owner', 'support'] },
  { subject: 'key:carol', name: 'Carol Ito', roles: ['change-manager'] },
  { subject: 'key:dan', name: 'Dan Osei', roles: ['support'] },
  { subject: 'key:olga', name: 'Olga Own', roles: ['service-owner'] },
];
export const subjects = [...people.map(({ subject }) => subject), 'key:ci-shop'];

/** The policy of tests, one environment for each way of waiting. */
export const testPolicy = {
  gantry: 1,
  people,
  robots: [{ subject: 'key:ci-shop', name: 'CI of shop', may: ['submit-evidence', 'request'] }],
  environments: {
    production: rules,
    /** Two roles, readiness and handoff by support; who is wanted hears of it. */
    strict: {
      ...rules,
      stakeholders: [{ name: 'Shop team', log: true, on: ['requested', 'wanted', 'deployed', 'ended', 'page'] }],
      approvals: {
        ...rules.approvals,
        rules: [
          { role: 'service-owner', minimum: 1 },
          { role: 'change-manager', minimum: 1 },
        ],
      },
      readiness: { roles: ['support'], within: '1h' },
    },
    /** The steps have to be done in a moment. */
    hurried: { ...rules, limits: { executing: '8s' } },
    /** Nothing waits longer than a moment. */
    brief: {
      ...rules,
      approvals: { ...rules.approvals, expireAfter: '3s' },
      readiness: { roles: ['support'], within: '3s' },
      limits: { gate: '2s', manual: '2s', pause: '2s', target: '3s', notification: '2s' },
    },
  },
};
