import { z } from 'zod';
import { addFault } from '../base/issues.ts';
import type { JsonObject } from '../base/json.ts';
import { means } from '../base/means.ts';
import { freeTextSchema } from '../base/text-schemas.ts';
import { type Stakeholder, stakeholderEvents } from '../kinds/notification.ts';

/** Ways in one stakeholder: more than there are kinds would be no kinds. */
const maxChannels = 20;

/** Addresses are short; a plan holds all of them. */
const maxSpecLength = 4096;

/**
 * A stakeholder, with one way or several beside its name, each under its kind: `log: true`, `email: ops@shop.example`.
 * Which kinds there are, and what stands under them, is checked by `checkNotifiers`.
 */
export const stakeholderSchema = z
  .object({
    name: freeTextSchema(100).meta(means('Their name, which nobody else of the environment has', 'Shop team')),
    on: z
      .array(z.enum(stakeholderEvents))
      .min(1)
      .meta(means('What they hear of', ['requested', 'deployed', 'ended', 'page'])),
  })
  .catchall(z.json())
  .transform(({ name, on, ...written }, context): Stakeholder => {
    // `secret` is an option of `webhook` that stands beside it.
    const { secret, ...ways } = written;
    if (secret !== undefined && !Object.hasOwn(ways, 'webhook'))
      addFault(context, 'a secret stands beside a webhook', ['secret']);
    const channels = Object.entries(ways).map(([kind, value]) => ({
      kind,
      spec: { [kind]: value, ...(kind === 'webhook' && secret !== undefined ? { secret } : {}) } as JsonObject,
    }));
    if (channels.length === 0) addFault(context, 'say how this stakeholder is notified, such as log: true');
    if (channels.length > maxChannels) addFault(context, `at most ${maxChannels} ways`);
    for (const { kind, spec } of channels)
      if (JSON.stringify(spec).length > maxSpecLength) addFault(context, `at most ${maxSpecLength} characters`, [kind]);
    return { name, on, channels };
  });

/** Everybody who is notified of changes to an environment. */
export const stakeholdersSchema = z
  .array(stakeholderSchema)
  .min(1)
  .max(20)
  .superRefine((stakeholders, context) => {
    for (const [i, { name }] of stakeholders.entries())
      if (stakeholders.findIndex((one) => one.name === name) < i)
        addFault(context, `there is another stakeholder named ${name}`, [i, 'name']);
    const all = ['requested', 'deployed', 'ended'] as const;
    if (!stakeholders.some(({ on }) => all.every((event) => on.includes(event))))
      addFault(context, 'at least one stakeholder is notified of requested, deployed and ended');
    if (!stakeholders.some(({ on }) => on.includes('page')))
      addFault(context, 'at least one stakeholder is notified of page');
  });
