import type { Notice } from '../../domain/kinds/notifier.ts';
import { dataOf } from './texts.ts';

/** The versions of the specification that the types below are of. */
const version = '0.4.1';
const draftVersion = '0.6.0-draft';
const source = '/gantry';

/**
 * A notice as a CDEvent: `service.deployed`, `service.upgraded` and `service.rolledback` of CDEvents 0.4.1,
 * `approval.created` of the draft of 0.6, the first that knows approvals; everything else as a custom event of Gantry's,
 * as the specification has them (`dev.cdeventsx.gantry-deployment.…`). What people read stands in `customData`.
 */
export function cdEventOf(notice: Notice) {
  const { predicate, ...content } = contentOf(notice);
  return {
    context: {
      ...(content.isDraft ? { specversion: draftVersion } : { version }),
      id: notice.deliveryId,
      source,
      type: predicate,
      timestamp: notice.at,
    },
    subject: content.subject,
    customData: dataOf(notice),
    customDataContentType: 'application/json',
  };
}

/** A release that a service serves. */
type Served = NonNullable<NonNullable<Notice['facts']>['previous']>;

interface Content {
  readonly predicate: string;
  readonly isDraft?: true;
  readonly subject: { readonly id: string; readonly source: string; readonly type?: string; readonly content: object };
}

function contentOf(notice: Notice): Content {
  const { event, deployment, service, environment, facts } = notice;
  const isServed = service !== null && environment !== null && facts !== null;
  if (isServed && event === 'deployed') {
    const verb = facts.previous === null ? 'deployed' : 'upgraded';
    return aboutService(verb, service, environment, { release: notice.release ?? '', artifact: facts.artifact });
  }
  if (isServed && event === 'ended' && facts.outcome === 'rolled-back' && facts.previous !== null)
    return aboutService('rolledback', service, environment, facts.previous);
  if (facts !== null && event === 'approval-wanted') return wantedApproval(notice, facts.requester);
  return {
    predicate: `dev.cdeventsx.gantry-deployment.${event.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())}.0.1.0`,
    subject: {
      id: deployment,
      source,
      type: 'gantry-deployment',
      content: { service, environment, release: notice.release, outcome: facts?.outcome ?? null },
    },
  };
}

function aboutService(
  verb: 'deployed' | 'upgraded' | 'rolledback',
  service: string,
  environment: string,
  serves: Served,
): Content {
  const content = { environment: { id: environment, source }, artifactId: purlOf(service, serves) };
  return {
    predicate: `dev.cdevents.service.${verb}.0.2.0`,
    subject: { id: `${service}/${environment}`, source, type: 'service', content },
  };
}

/** Without a public address of the API its addresses are relative. */
function wantedApproval({ deployment, links }: Notice, requester: string): Content {
  const of = links.find(({ rel }) => rel === 'deployment')?.url ?? `/v1/deployments/${deployment}`;
  const content = {
    approvalDetailsUrl: of,
    resourceTargetUrl: of,
    requestor: `urn:gantry:person:${encodeURIComponent(requester)}`,
  };
  return {
    predicate: 'dev.cdevents.approval.created.0.1.0',
    isDraft: true,
    subject: { id: deployment, source, content },
  };
}

/** A package URL: what is deployed, by its digest. */
function purlOf(service: string, { release, artifact }: Served): string {
  const qualifiers = `checksum=${artifact.digest}&download_url=${encodeURIComponent(artifact.uri)}`;
  return `pkg:generic/${service}@${encodeURIComponent(release)}?${qualifiers}`;
}
