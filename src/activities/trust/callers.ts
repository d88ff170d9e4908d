import { GantryError } from '../../domain/base/errors.ts';
import {
  deliveryWorkflowId,
  deploymentOfWorkflow,
  isDocumentsOf,
  isWorkflowOf,
  pageWorkflowId,
  parseDeploymentId,
  targetWorkflowId,
} from '../../domain/base/ids.ts';
import { deliveryId } from '../../domain/deployment/notification.ts';
import type { Notification } from '../../domain/kinds/notification.ts';
import type { Activities } from '../../domain/ports/activities.ts';

type Input<Name extends keyof Activities> = Parameters<Activities[Name]>[0];

/**
 * Whoever reaches Temporal can ask any worker for anything: what is written in the name of a deployment or a target is
 * written for that one's own workflow only. Throws `forbidden`.
 */
export function checkCaller(activity: string, input: unknown, caller: string): void {
  const owner = ownerOf(activity, input);
  if (owner !== null && !owner(caller))
    throw new GantryError('forbidden', `${activity} is not for ${caller.slice(0, 200)} to ask for.`);
}

function ownerOf(activity: string, input: unknown): ((caller: string) => boolean) | null {
  switch (activity) {
    case 'publish': {
      const { deployment, closing } = input as Input<'publish'>;
      return (caller) => isWorkflowOf(deployment, caller) && (closing === null || closing.row.id === deployment);
    }
    case 'writeDocuments': {
      const { runIdentity } = input as Input<'writeDocuments'>;
      return (caller) => isWorkflowOf(runIdentity.deployment, caller) || isDocumentsOf(runIdentity.deployment, caller);
    }
    case 'saveTarget': {
      const { service, environment } = input as Input<'saveTarget'>;
      return (caller) => caller === targetWorkflowId(service, environment);
    }
    case 'verifyAdoption': {
      const [service = '', environment = ''] = (input as Input<'verifyAdoption'>).target.split('/');
      return (caller) => caller === targetWorkflowId(service, environment);
    }
    case 'planRepair':
    case 'closeReview':
    case 'recordNote':
      return isTargetOf((input as Input<'planRepair' | 'closeReview' | 'recordNote'>).deployment);
    case 'notify':
      return mayNotifyOf((input as Input<'notify'>).notification);
    case 'deliver': {
      const { notification, to } = input as Input<'deliver'>;
      const [channel] = to.channels;
      const id = channel && deliveryId(notification.id, to.name, channel);
      return (caller) => id !== undefined && to.channels.length === 1 && caller === deliveryWorkflowId(id);
    }
    case 'verifyAcknowledgement': {
      const { deployment, page } = input as Input<'verifyAcknowledgement'>;
      return (caller) => caller === pageWorkflowId(deployment, page);
    }
    case 'readPage': {
      const { deployment } = input as Input<'readPage'>;
      return (caller) => isWorkflowOf(deployment, caller);
    }
    case 'recordPage':
      return isTargetOf((input as Input<'recordPage'>).deployment);
    case 'recordDelivery':
    case 'recordDocuments':
      return isTargetOf((input as Input<'recordDelivery' | 'recordDocuments'>).deployment);
    case 'recoverDeployment':
      return isTargetOf(deploymentOfWorkflow((input as Input<'recoverDeployment'>).workflowId) ?? '');
    default:
      return null;
  }
}

/**
 * Of a deployment people are told by itself, by its target, and by what either has left to do: its documents, its pages.
 * Of a target by that one, and its pages.
 */
function mayNotifyOf({ deployment, service, environment }: Notification): (caller: string) => boolean {
  const name = parseDeploymentId(deployment);
  const isOwn = name ? name.service === service && name.environment === environment : true;
  const target = service !== null && environment !== null ? targetWorkflowId(service, environment) : null;
  return (caller) =>
    isOwn &&
    (caller === target ||
      isWorkflowOf(deployment, caller) ||
      isDocumentsOf(deployment, caller) ||
      caller.startsWith(`page/${deployment}/`));
}

function isTargetOf(deployment: string): (caller: string) => boolean {
  const name = parseDeploymentId(deployment);
  return (caller) => name !== undefined && caller === targetWorkflowId(name.service, name.environment);
}
