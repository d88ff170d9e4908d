import { z } from 'zod';
import { addFault } from '../base/issues.ts';
import { means } from '../base/means.ts';
import { freeTextSchema } from '../base/text-schemas.ts';

const secretReference = /^\$\{secret:[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\}$/;

/** Why a text is no URL of a repository that Gantry writes to; null: it is one. */
function urlFault(text: string): string | null {
  if (/^(ssh|git\+ssh|ssh\+git):/i.test(text) || /^[\w.-]+@[\w.-]+:(?!\/\/)/.test(text))
    return 'SSH is not taken: write the https URL of the repository, and user name and token of a deploy account under credentials';
  if (!URL.canParse(text) || /[\s\\]/.test(text)) return 'write an https, http or file URL';
  const { protocol, username, password, search, hash, hostname } = new URL(text);
  if (!['https:', 'http:', 'file:'].includes(protocol)) return 'write an https, http or file URL';
  if (username !== '' || password !== '') return 'a URL holds no credentials: name a secret under credentials';
  if (search !== '' || hash !== '') return 'a URL of a repository has no query and no fragment';
  if (protocol === 'file:' && hostname !== '') return 'a file URL names a folder of this machine: file:///…';
  return null;
}

const isLoopback = (host: string) => host === 'localhost' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host);

/** A git repository that procedures may name as the place of their documents. */
export const repositorySchema = z
  .strictObject({
    url: z
      .string()
      .max(512)
      .superRefine((text, context) => {
        const message = urlFault(text);
        if (message !== null) addFault(context, message);
      })
      .meta(
        means(
          'Where it is: https, http or file, without credentials; SSH is not taken',
          'https://git.shop.example/ops/runbooks.git',
        ),
      ),
    branch: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9._/-]{0,99}$/, 'use 1 to 100 of letters, digits and ._/-, first a letter or digit')
      .refine((name) => !/\.\.|\/\/|\/\.|\.lock(\/|$)|[./]$/.test(name), 'git takes no branch of this name')
      .default('main')
      .meta(means('The branch that is written to')),
    author: z
      .strictObject({
        name: freeTextSchema(100)
          .refine((name) => !/[<>\p{Cc}]/u.test(name), 'an author has no <, > or control character')
          .meta(means('The name', 'Gantry')),
        email: z
          .string()
          .max(200)
          .regex(/^[^\s<>@]+@[^\s<>@]+$/, 'write an address such as gantry@shop.example')
          .meta(means('The address', 'gantry@shop.example')),
      })
      .meta(means('Who commits')),
    credentials: z
      .strictObject({
        username: z
          .string()
          .regex(/^[^\s:]{1,100}$/, 'a user name has no white space and no colon')
          .default('git')
          .meta(means('The name of a deploy account', 'gantry')),
        password: z
          .string()
          .regex(secretReference, 'name a secret: ${secret:name}')
          .meta(means('Its token or password: a secret by name, never itself', '${secret:git-runbooks}')),
      })
      .optional()
      .meta(means('What lets Gantry write there, by https, or by http on this machine; absent: nothing is needed')),
  })
  .superRefine(({ url, credentials }, context) => {
    if (!credentials || !URL.canParse(url)) return;
    const { protocol, hostname } = new URL(url);
    if (protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname))) return;
    addFault(context, 'credentials go to https only, or to http on this machine', ['credentials']);
  });
