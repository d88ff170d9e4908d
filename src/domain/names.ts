import { z } from 'zod';

// The patterns of everything that becomes part of a file name, a workflow id, an argv or a URL.

/** Services, environments, procedures, steps, checks, roles, parameters, secrets, slots. */
export const nameSchema = z
  .string()
  .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, 'use 1 to 63 lower-case letters, digits and inner hyphens');

export const releaseSchema = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._+-]{0,62}$/, 'use 1 to 63 of letters, digits and ._+-, first a letter or digit')
  .refine((release) => !release.includes('..'), 'a release has no ..');

export const digestSchema = z.string().regex(/^sha256:[0-9a-f]{64}$/, 'write sha256: and 64 lower-case hex digits');

export const artifactSchema = z.strictObject({
  uri: z.string().regex(/^[A-Za-z0-9._~:/@%+=,-]{1,512}$/, 'use 1 to 512 of letters, digits and ._~:/@%+=,-'),
  digest: digestSchema,
});
export type Artifact = z.infer<typeof artifactSchema>;

/** String parameters: may become an argument of a command, so never begin with a hyphen. */
export const parameterStringSchema = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._:/@+=,-]{0,255}$/,
    'use 1 to 256 of letters, digits and ._:/@+=,-, first a letter or digit',
  );

/** Who somebody is to Gantry: `key:alice`, `oidc:https://idp.example/|bob`. */
export const subjectSchema = z
  .string()
  .regex(/^(key|oidc):[A-Za-z0-9._~:/@|+=,-]{1,250}$/, 'write key:<name> or oidc:<issuer>|<subject>');

/** Anything a person writes for people. Kept as it is, made harmless where it is shown. */
export const freeTextSchema = (longest: number) =>
  z
    .string()
    .min(1)
    .max(longest)
    .refine((text) => !text.includes('\0') && text.isWellFormed(), 'text has no NUL and no lone surrogates');

export const linkSchema = z
  .string()
  .max(512)
  .refine((text) => /^https?:\/\/[^\s]+$/.test(text) && URL.canParse(text), 'write an http or https URL')
  .refine((text) => {
    const url = URL.canParse(text) ? new URL(text) : null;
    return !url?.username && !url?.password;
  }, 'a URL holds no credentials');

/** The workflow id of a deployment: `deployment/<service>/<environment>/<n>`. */
export function deploymentWorkflowId(service: string, environment: string, number: number): string {
  return `deployment/${service}/${environment}/${number}`;
}

/** The workflow id of a target: `target/<service>/<environment>`. */
export function targetWorkflowId(service: string, environment: string): string {
  return `target/${service}/${environment}`;
}

/** The id of a deployment in the API: `<service>.<environment>.<n>`. */
export function deploymentId(service: string, environment: string, number: number): string {
  return `${service}.${environment}.${number}`;
}

/** `shop.production.7` → its parts; undefined when it is no deployment id. */
export function parseDeploymentId(
  id: string,
): { readonly service: string; readonly environment: string; readonly number: number } | undefined {
  const [service, environment, number, ...rest] = id.split('.');
  if (rest.length > 0 || !nameSchema.safeParse(service).success || !nameSchema.safeParse(environment).success) return;
  if (!/^[1-9]\d{0,8}$/.test(number ?? '')) return;
  return { service: service as string, environment: environment as string, number: Number(number) };
}

/** Whether a workflow is that of a deployment, both by their ids. */
export function isWorkflowOf(deployment: string, workflowId: string): boolean {
  const name = parseDeploymentId(deployment);
  return name !== undefined && deploymentWorkflowId(name.service, name.environment, name.number) === workflowId;
}
