import { setTimeout as delay } from 'node:timers/promises';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { GantryError, hasCode } from '../../domain/base/errors.ts';
import { means } from '../../domain/base/means.ts';
import type { PageAcknowledgementClaim } from '../../domain/journal/paging.ts';
import { type PageLink, pageLinkOf } from '../../domain/trust/page-link.ts';
import type { ApiDeps, RoutesApp } from '../deps.ts';
import { toGantryError } from '../http/problem.ts';
import { declare, open } from '../schemas.ts';
import { vouched } from '../trust/vouch.ts';

/** A page is sent a moment before it can be acknowledged; an early acknowledgement waits so long, in milliseconds. */
const startMs = 5_000;
const lookAgainMs = 200;

const params = z.strictObject({ token: z.string().max(300).meta(means('The end of the link that was sent', 'eyJ…')) });
const page = { description: 'A page for people', content: { 'text/html': { schema: z.string() } } };
const response = { 200: page, '4xx': page, '5xx': page };

/**
 * The page behind the link of a notification. The link permits to acknowledge this one page. Reading acknowledges nothing,
 * since programs follow links to preview them. Register it in a scope of its own.
 */
export async function pageRoutes(app: RoutesApp, deps: ApiDeps): Promise<void> {
  // The form has no fields: its body is ignored.
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'buffer', bodyLimit: 1_024 },
    async () => undefined,
  );
  app.get(
    '/v1/pages/:token',
    declare(open, 'The page behind the link of a notification', { params, response }),
    (request, reply) => answered(reply, async () => form(linkOf(deps, request.params.token))),
  );
  app.post('/v1/pages/:token', declare(open, 'Acknowledge it', { params, response }), (request, reply) =>
    answered(reply, async () => {
      const link = linkOf(deps, request.params.token);
      await acknowledge(deps, link);
      return shown('Acknowledged', `The page about ${link.deployment} is acknowledged. It goes to nobody else.`);
    }),
  );
}

function linkOf({ pageKey }: ApiDeps, token: string): PageLink {
  const link = pageKey ? pageLinkOf(pageKey, token) : null;
  if (!link) throw new GantryError('not-found', 'There is no such page, or its link is of an earlier key.');
  return link;
}

async function acknowledge(deps: ApiDeps, { deployment, page, delivery }: PageLink): Promise<void> {
  const claim = vouched<PageAcknowledgementClaim>(deps, deployment, 'acknowledge', { for: 'page', page, delivery });
  const until = deps.now() + startMs;
  for (;;) {
    try {
      await deps.gateway.acknowledgePage(deployment, page, claim);
      return;
    } catch (error) {
      if (!hasCode(error, 'not-found')) throw error;
      if (await deps.gateway.isPageOver(deployment, page))
        throw new GantryError('ended', 'This page is over: it needs no acknowledgement any more.', { cause: error });
      if (deps.now() >= until) throw error;
      await delay(lookAgainMs);
    }
  }
}

/** Any outcome as a page for people, without scripts, and without a referrer, since its address is secret. */
async function answered(reply: FastifyReply, make: () => Promise<string>): Promise<string> {
  reply
    .type('text/html; charset=utf-8')
    .header(
      'content-security-policy',
      "default-src 'none'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    )
    .header('referrer-policy', 'no-referrer');
  try {
    return await make();
  } catch (thrown) {
    const error = toGantryError(thrown);
    if (error.status >= 500) reply.log.error({ code: error.code }, error.message);
    reply.code(error.status);
    return shown('Not acknowledged', error.message);
  }
}

function form({ deployment }: PageLink): string {
  return document(
    'Acknowledge a page',
    `<p>${escaped(deployment)}: a person must look. Whoever acknowledges looks after it, and the page goes to nobody else.</p><form method="post"><button type="submit">Acknowledge</button></form>`,
  );
}

const shown = (title: string, text: string) => document(title, `<p>${escaped(text)}</p>`);

function document(title: string, body: string): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="robots" content="noindex"><title>${escaped(title)}</title></head><body><h1>${escaped(title)}</h1>${body}</body></html>`;
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escaped = (text: string) => text.replaceAll(/[&<>"]/g, (character) => entities[character] ?? '');
