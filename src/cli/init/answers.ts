import { basename } from 'node:path';
import { z } from 'zod';
import { GantryError } from '../../domain/base/errors.ts';
import { nameSchema } from '../../domain/base/text-schemas.ts';
import { ciNames, templateNames } from './layout.ts';

/** It stands in quotes in YAML, where `${` would be a reference. */
const urlSchema = z
  .string()
  .refine(
    (text) => /^https?:\/\/[A-Za-z0-9._~:/?&=%@[\]-]+$/.test(text) && URL.canParse(text),
    'write an http or https URL',
  );

/** What `gantry init` fills its templates with. */
export const answersSchema = z
  .strictObject({
    service: nameSchema,
    environment: nameSchema,
    template: z.enum(templateNames),
    ci: z.enum(ciNames),
    url: urlSchema,
    requester: nameSchema,
    approver: nameSchema,
  })
  .refine(({ requester, approver }) => requester !== approver, {
    path: ['approver'],
    error: 'nobody approves what they requested: name two people',
  });
export type Answers = z.infer<typeof answersSchema>;
export type Given = { readonly [Key in keyof Answers]?: string | undefined };

interface Question {
  readonly key: keyof Answers;
  readonly message: string;
  /** What it is where nobody says otherwise. */
  readonly usual: (folder: string) => string;
}

/** Not where `gantry dev` listens, which runs on the same machine at first. */
const usualUrl = 'http://127.0.0.1:8090/';

/** What is asked, in this order, and what each is where nobody says. */
export const questions: readonly Question[] = [
  { key: 'service', message: 'What is the service called?', usual: nameFrom },
  { key: 'environment', message: 'Which environment is deployed to?', usual: () => 'production' },
  { key: 'template', message: 'How does it come to a new release?', usual: () => 'command' },
  { key: 'url', message: 'Where do its users reach it?', usual: () => usualUrl },
  { key: 'requester', message: 'Who requests changes? (the name in key:NAME)', usual: () => 'alice' },
  { key: 'approver', message: 'Who approves them?', usual: () => 'bob' },
  { key: 'ci', message: 'What runs the pipeline?', usual: () => 'shell' },
];

/** Asks one question; an answer in which `check` finds a fault is asked for again. */
export type Ask = (question: Question, usual: string, check: (value: string) => string | undefined) => Promise<string>;

/**
 * What is given, and of what is not either what is usual, where `isUsual` agrees to that, or what `ask` is told.
 * Throws `malformed` with each option that is absent or wrong.
 */
export async function answersFor(given: Given, folder: string, isUsual: boolean, ask: Ask | null): Promise<Answers> {
  const answers: Record<string, string> = {};
  const absent = questions.filter(({ key }) => given[key] === undefined);
  const usually = Object.fromEntries(questions.map(({ key, usual }) => [key, usual(folder)]));
  const flag = (key: string) => (key === 'service' ? 'SERVICE' : `--${key}`);
  if (absent.length > 0 && !isUsual && !ask)
    throw new GantryError(
      'malformed',
      `Nobody is here to be asked: give ${absent.map(({ key }) => flag(key)).join(', ')}, or --yes for what is usual.`,
    );
  for (const question of questions) {
    const { key } = question;
    const value = given[key];
    const usual = usually[key] ?? '';
    const check = (one: string) => {
      // Whether two answers go together shows only where there are all.
      const read = answersSchema.safeParse({ ...usually, ...answers, [key]: one });
      return read.error?.issues.find(({ path }) => path[0] === key)?.message;
    };
    answers[key] = value ?? (isUsual || !ask ? usual : await ask(question, usual, check));
  }
  const read = answersSchema.safeParse(answers);
  if (read.success) return read.data;
  const faults = read.error.issues.map(({ path, message }) => `${flag(String(path[0]))}: ${message}`);
  throw new GantryError('malformed', `${faults.join('; ')}.`);
}

/** The folder's own name, as far as a service may be called so. */
function nameFrom(folder: string): string {
  const name = basename(folder)
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-');
  return name.slice(0, 63).replaceAll(/^-|-$/g, '') || 'service';
}
