import { z } from 'zod';
import { artifactUriFault, artifactUriPattern, digestPattern, digestWords } from './artifact.ts';
import { addFault } from './issues.ts';
import { means } from './means.ts';
import { namePattern, nameWords } from './names.ts';
import { isPlainText, plainTextWords } from './plain-text.ts';
import { isRelease, releasePattern } from './release.ts';
import { subjectPattern, subjectWords } from './subject.ts';

// Schemas of everything that becomes part of a file name, a workflow id, an argv or a URL.

/** A text that is too long is not looked at any further. */
const tooLong = { abort: true } as const;

/** Services, environments, procedures, steps, checks, roles, parameters, secrets, slots. */
export const nameSchema = z.string().regex(namePattern, nameWords);

export const releaseSchema = z
  .string()
  .regex(releasePattern, { abort: true, error: 'use 1 to 63 of letters, digits and ._+~@-, first a letter or digit' })
  .refine(isRelease, 'a release has no ..');

export const digestSchema = z.string().regex(digestPattern, digestWords);

export const artifactSchema = z
  .strictObject({
    uri: z
      .string()
      .regex(artifactUriPattern, { abort: true, error: 'use 1 to 512 of letters, digits and ._~:/@%+=,?#&-' })
      .meta(means('Where it is', 'registry.example/shop:1.4.2')),
    digest: digestSchema.meta(means('What it is', `sha256:${'0'.repeat(64)}`)),
  })
  .superRefine(({ uri, digest }, context) => {
    const message = artifactUriFault(uri, digest);
    if (message !== null) addFault(context, message, ['uri']);
  });
export type Artifact = z.infer<typeof artifactSchema>;

/** How Gantry identifies a person or robot: `key:alice`, `oidc:https://idp.example/|bob`. */
export const subjectSchema = z.string().regex(subjectPattern, subjectWords);

/** Anything a person writes for people. Kept as it is, made harmless where it is shown. */
export const freeTextSchema = (maxLength: number) =>
  z.string().min(1).max(maxLength, tooLong).refine(isPlainText, plainTextWords).meta({ pattern: '^[^\\u0000]*$' });

export const linkSchema = z
  .string()
  .max(512, tooLong)
  .refine((text) => /^https?:\/\/[^\s]+$/.test(text) && URL.canParse(text), 'write an http or https URL')
  .refine((text) => {
    const url = URL.canParse(text) ? new URL(text) : null;
    return !url?.username && !url?.password;
  }, 'a URL holds no credentials');
