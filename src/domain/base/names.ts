// How things are named that become part of a file name, a workflow id, an argument or a URL.

/** Services, environments, procedures, steps, checks, roles, parameters, secrets, slots. */
export const namePattern = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
export const nameWords = 'use 1 to 63 lower-case letters, digits and inner hyphens';
