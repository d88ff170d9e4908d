import type { Command } from 'commander';
import type { Terminal } from '../../cli/terminal.ts';
import { readConfig } from '../../config/config.ts';
import { scopes } from '../../domain/trust/api-keys.ts';
import { createToken, revokeTokens, strangerNote, tokenLine, tokenNames } from '../keys/tokens.ts';
import { withStore } from './with-store.ts';

export function add(token: Command, { say }: Terminal): void {
  token
    .command('create')
    .description('makes a key for a person or robot and prints it, once')
    .argument('<subject>', 'as the policy names them, such as key:alice')
    .option(
      '--scope <scope>',
      `may do only this, more than one by repeating it: ${scopes.join(', ')}`,
      (scope, before: string[]) => [...before, scope],
      [],
    )
    .option('--expires <time>', 'counts only so long, such as 90d')
    .action((subject: string, { scope, expires }: { scope: string[]; expires?: string }) =>
      withStore(async (store) => {
        say(await createToken(store, subject, { scopes: scope, expires }));
        const note = await strangerNote(subject, readConfig(process.env).policy);
        // Beside the key, which programs read.
        if (note !== null) process.stderr.write(`${note}\n`);
      }),
    );
  token
    .command('list')
    .description('shows keys and sessions of browsers, never what is secret in them')
    .argument('[subject]', 'only those of this person or robot, under any of their names')
    .action((subject?: string) =>
      withStore(async (store) => {
        const named = subject === undefined ? null : await tokenNames(subject, readConfig(process.env).policy);
        for (const key of await store.keys(named?.names ?? null)) say(tokenLine(key));
        // Beside the list, which programs read.
        if (named?.note != null) process.stderr.write(`${named.note}\n`);
      }),
    );
  token
    .command('revoke')
    .description('ends a key, or every key and session of a person or robot under any of their names, at once')
    .argument('<id or subject>', 'the id that gantry token list shows, or a subject such as key:alice')
    .action((which: string) =>
      withStore(async (store) => {
        for (const line of await revokeTokens(store, which, readConfig(process.env).policy)) say(line);
      }),
    );
}
