import { z } from 'zod';
import { addFault } from '../base/issues.ts';
import { freeTextSchema } from '../base/names.ts';

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
      }),
    branch: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9._/-]{0,99}$/, 'use 1 to 100 of letters, digits and ._/-, first a letter or digit')
      .refine((name) => !/\.\.|\/\/|\/\.|\.lock(\/|$)|[./]$/.test(name), 'git takes no branch of this name')
      .default('main'),
    author: z.strictObject({
      name: freeTextSchema(100).refine(
        (name) => !/[<>\p{Cc}]/u.test(name),
        'an author has no <, > or control character',
      ),
      email: z
        .string()
        .max(200)
        .regex(/^[^\s<>@]+@[^\s<>@]+$/, 'write an address such as gantry@shop.example'),
    }),
    credentials: z
      .strictObject({
        username: z
          .string()
          .regex(/^[^\s:]{1,100}$/, 'a user name has no white space and no colon')
          .default('git'),
        password: z.string().regex(secretReference, 'name a secret: ${secret:name}'),
      })
      .optional(),
  })
  .superRefine(({ url, credentials }, context) => {
    if (!credentials || !URL.canParse(url)) return;
    const { protocol, hostname } = new URL(url);
    if (protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname))) return;
    addFault(context, 'credentials go to https only, or to http on this machine', ['credentials']);
  });
