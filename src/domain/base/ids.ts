import { namePattern } from './names.ts';

/** One service in one environment. */
export interface TargetName {
  readonly service: string;
  readonly environment: string;
}

const workflowIdOf = (kind: string) => (service: string, environment: string, number: number) =>
  `${kind}/${service}/${environment}/${number}`;

/** The workflow id of a deployment: `deployment/<service>/<environment>/<n>`. */
export const deploymentWorkflowId = workflowIdOf('deployment');

/** The workflow id of documents that a deployment has left behind unwritten: `documents/<service>/<environment>/<n>`. */
export const documentsWorkflowId = workflowIdOf('documents');

/** The workflow id of the export of a deployment's record: `record/<service>/<environment>/<n>`. */
export const exportWorkflowId = workflowIdOf('record');

/** The workflow id of a target: `target/<service>/<environment>`. */
export function targetWorkflowId(service: string, environment: string): string {
  return `target/${service}/${environment}`;
}

/** A target's name, `service/environment`, as its parts; both are empty where it is none. */
export function parseTarget(name: string): TargetName {
  const [service = '', environment = '', ...rest] = name.split('/');
  const isTarget = rest.length === 0 && service !== '' && environment !== '';
  return isTarget ? { service, environment } : { service: '', environment: '' };
}

/** The workflow id of a delivery that is tried again, by its id. */
export function deliveryWorkflowId(delivery: string): string {
  return `delivery/${delivery}`;
}

/** The workflow id of a page about a deployment or a target: `page/<deployment>/<page>`. */
export function pageWorkflowId(of: string, page: string): string {
  return `page/${of}/${page}`;
}

/** The id of a deployment in the API: `<service>.<environment>.<n>`. */
export function deploymentId(service: string, environment: string, number: number): string {
  return `${service}.${environment}.${number}`;
}

/** `shop.production.7` → its parts; undefined when it is no deployment id. */
export function parseDeploymentId(id: string): (TargetName & { readonly number: number }) | undefined {
  const [service, environment, number, ...rest] = id.split('.');
  if (rest.length > 0 || !isName(service) || !isName(environment)) return;
  if (!/^[1-9]\d{0,8}$/.test(number ?? '')) return;
  return { service, environment, number: Number(number) };
}

/** The workflow id of a deployment by its own id; undefined where that is none. */
export function workflowOfDeployment(deployment: string): string | undefined {
  return parseDeploymentId(deployment) && `deployment/${deployment.replaceAll('.', '/')}`;
}

/** The name of a deployment's target, `service/environment`, by the deployment's id; undefined where that is none. */
export function targetOfDeployment(deployment: string): string | undefined {
  const name = parseDeploymentId(deployment);
  return name && `${name.service}/${name.environment}`;
}

/** `deployment/shop/production/7` → `shop.production.7`; null when it is the workflow of no deployment. */
export function deploymentOfWorkflow(workflowId: string): string | null {
  const id = workflowId.replace(/^deployment\//, '').replaceAll('/', '.');
  return isWorkflowOf(id, workflowId) ? id : null;
}

/** Whether a deployment, by its id, is one of this target. */
export function isDeploymentOf(deployment: string, { service, environment }: TargetName): boolean {
  const name = parseDeploymentId(deployment);
  return name?.service === service && name.environment === environment;
}

/** Whether a workflow is that of a deployment, both by their ids. */
export function isWorkflowOf(deployment: string, workflowId: string): boolean {
  return workflowId === workflowOfDeployment(deployment);
}

/** Whether a workflow is that of documents which a deployment has left behind, both by their ids. */
export function isDocumentsOf(deployment: string, workflowId: string): boolean {
  return parseDeploymentId(deployment) !== undefined && workflowId === `documents/${deployment.replaceAll('.', '/')}`;
}

function isName(text: string | undefined): text is string {
  return text !== undefined && namePattern.test(text);
}
