// What texts may look like. Schemas are made of these, and so are the readers of workflows, which load no schemas.

/** The id of a message, which counts once. */
export const messageIdPattern = /^[A-Za-z0-9._:-]{1,100}$/;
export const messageIdWords = 'use 1 to 100 letters, digits and ._:-';

/** What a proof is made of, in hex: its nonce, the id of a key, a signature. */
export const hexPattern = (digits: number) => new RegExp(`^[0-9a-f]{${digits}}$`);
export const hexWords = (digits: number) => `write ${digits} lower-case hex digits`;

/** A moment as the API writes it, in UTC. */
export const momentPattern = /^\d{4}-[01]\d-[0-3]\dT[0-2]\d:[0-5]\d:[0-5]\d(\.\d{1,9})?Z$/;
export const momentWords = 'write a time in UTC such as 2026-11-23T08:12:40.000Z';
