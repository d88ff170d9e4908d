import { z } from 'zod';
import { notAvailableYet } from '../base/issues.ts';
import { means } from '../base/means.ts';
import { freeTextSchema, subjectSchema } from '../base/text-schemas.ts';
import { lacksTicket } from '../policy/emergency.ts';

const who = z
  .string()
  .regex(/^[A-Za-z0-9._~:/@|+=,-]{1,250}$/, 'write a subject or an alias such as key:alice or github:alice');

/** What a request says of its change. */
export const changeSchema = z
  .strictObject({
    summary: freeTextSchema(200).meta(means('What is changed', 'Faster checkout')),
    reason: freeTextSchema(1000).meta(means('Why', 'Customers left while they waited.')),
    type: z
      .enum(['standard', 'normal', 'emergency'])
      .meta(means('By which rules: a standing approval, those of the environment, or an emergency', 'normal')),
    risk: z.enum(['low', 'medium', 'high']).optional().meta(means('How risky it is, for whoever approves', 'low')),
    impact: freeTextSchema(300).optional().meta(means('What it may do to others', 'checkout is slower for a minute')),
    ticket: freeTextSchema(200)
      .optional()
      .meta(means('What it belongs to; an emergency needs one', 'https://tickets.example/SHOP-12')),
    authors: z
      .array(who)
      .max(50)
      .optional()
      .meta(means('Who wrote it, by any of their names: they approve nothing of it', ['github:alice'])),
    onBehalfOf: subjectSchema
      .optional()
      .meta(means('The person for whom a robot requests, who counts as requester, too', 'key:dan')),
    initial: z
      .boolean()
      .optional()
      .meta(means('It is the first: nothing serves there yet, and nothing is returned to')),
    supersedes: notAvailableYet('naming what a change supersedes').meta(means('Not available yet: it is refused', '…')),
  })
  .refine((change) => !lacksTicket(change), { path: ['ticket'], message: 'an emergency names its ticket' });
