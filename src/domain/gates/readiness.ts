import { fillable } from '../policy/quorum.ts';
import { onCallWords } from '../policy/readiness.ts';
import { evaluated, gate } from './gate.ts';
import { asks } from './preview-people.ts';

/** Those who run it say that they are ready, or are on call by schedule. */
export const readiness = gate({
  name: 'readiness',
  title: 'Monitoring and support ready',
  absence: ({ policy }) => (policy.readiness ? null : 'not asked for'),
  evaluate: {
    readiness: ({ policy }, { acknowledged, missing }) => {
      const { roles = [], onCall = [] } = policy.readiness ?? {};
      const required = [...roles, ...onCall].join(', ');
      if (missing.length > 0) {
        const lacks = missing.join(', ');
        const found = `not acknowledged in time: ${lacks}`;
        return evaluated({ required, found, verdict: 'failed' }, `not ready in time: ${lacks}`);
      }
      const given = acknowledged.filter((known) => known.for === 'readiness');
      const said = given.map(({ by, role, at }) => `${by.name} for ${role} ${at} (${by.via}, ${by.identity})`);
      return evaluated({ required, found: [...said, ...onCall.map(onCallWords)].join('; '), verdict: 'passed' });
    },
  },
  preview: ({ policy: { readiness: asked, people } }) => {
    const { roles = [], onCall = [] } = asked ?? {};
    const standing = onCall.map(onCallWords).join('; ');
    if (roles.length === 0) return { state: 'passed', required: 'nobody is asked', found: standing };
    const rules = roles.map((role) => ({ role, minimum: 1 }));
    // Whoever has several of the roles speaks for all of them.
    const shown = asks(fillable(rules, people, new Set()), people, 'each by anybody');
    return onCall.length === 0 ? shown : { ...shown, found: standing };
  },
  waivedBy: null,
});
