import { generateKeyPairSync } from 'node:crypto';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { measuredBy } from './metrics.ts';
import type { Receivers } from './receivers.ts';
import type { Runbook } from './runbook.ts';

// The demo's copies of the shop's policy and procedure, with what is there only while it runs.

const shop = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url));

/** Puts `to` in the place of `from`. Throws where that does not stand in the text. */
function replaced(text: string, from: string, to: string): string {
  if (!text.includes(from)) throw new Error(`the demo looks for ${from}, and it is not there`);
  return text.replace(from, () => to);
}

/** The shop's procedure with the ports that are free here, a Prometheus to measure by, and documents. */
export async function writeProcedures(
  folder: string,
  {
    port,
    prometheus,
    runbook,
  }: { readonly port: number; readonly prometheus: string | null; readonly runbook: Runbook | null },
): Promise<string> {
  const procedures = join(folder, 'procedures');
  await cp(shop('procedures'), procedures, { recursive: true });
  const file = join(procedures, 'shop-blue-green', 'procedure.yaml');
  const text = await readFile(file, 'utf8');
  const moved = text.replace(/127\.0\.0\.1:(400[0-2])/g, (_, known) => `127.0.0.1:${port + Number(known) - 4000}`);
  const measured = prometheus === null ? moved : measuredBy(moved, prometheus);
  await writeFile(file, runbook === null ? measured : documentedIn(measured, runbook));
  return procedures;
}

/** A procedure that keeps the block of the runbook true, and leaves each record beside it. */
function documentedIn(procedure: string, { path }: Pick<Runbook, 'path'>): string {
  const documents = [
    { repository: 'runbooks', path },
    { repository: 'runbooks', path: 'records', record: true },
  ];
  // JSON is YAML, too.
  return `${procedure}documents: ${JSON.stringify(documents)}\n`;
}

/** A policy whose stakeholders hear by mail and by webhook, and whose procedures may write to the runbook's repository. */
function toldBy(policy: string, { mail, webhook }: Receivers, runbook: Pick<Runbook, 'url'> | null): string {
  const people = { name: 'Shop team', email: mail.address, on: ['requested', 'wanted', 'deployed', 'ended', 'page'] };
  const program = { name: 'Dashboard', webhook, secret: 'webhook', on: ['requested', 'deployed', 'ended', 'page'] };
  const [before = '', after] = policy.split(/^ {6}- \{ name: Shop team, .*\n/m);
  if (after === undefined) throw new Error('the demo looks for the stakeholders of the policy, and finds none');
  const stakeholders = [people, program].map((one) => `      - ${JSON.stringify(one)}\n`).join('');
  const notifiers = { email: { host: '127.0.0.1', port: mail.port, from: 'gantry@shop.example' } };
  const repository = { url: runbook?.url, author: { name: 'Gantry', email: 'gantry@shop.example' } };
  const repositories = runbook === null ? '' : `repositories: ${JSON.stringify({ runbooks: repository })}\n`;
  return `${before}${stakeholders}${after}notifiers: ${JSON.stringify(notifiers)}\n${repositories}`;
}

/** The shop's policy with a signer, so that only what the pipeline signs counts, and with those who are told. */
export async function writePolicy(
  folder: string,
  receivers: Receivers,
  runbook: Runbook | null,
): Promise<{ readonly policy: string; readonly secrets: string; readonly ciKey: string }> {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const [policy, ciKey] = [join(folder, 'policy', 'policy.yaml'), join(folder, 'ci.key')];
  const secrets = join(folder, 'secrets');
  await mkdir(join(folder, 'policy', 'keys'), { recursive: true });
  await mkdir(secrets, { mode: 0o700 });
  await writeFile(join(secrets, 'webhook'), receivers.secret, { mode: 0o600 });
  await writeFile(ciKey, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  await writeFile(join(folder, 'policy', 'keys', 'ci.pub'), publicKey.export({ type: 'spki', format: 'pem' }));
  const signers =
    '[{ name: ci, publicKey: keys/ci.pub, stages: [integration, context, system, learning, production] }]';
  const text = await readFile(shop('policy.yaml'), 'utf8');
  const signed = replaced(text, 'evidence: { maxAge: 7d }', `evidence: { maxAge: 7d, signers: ${signers} }`);
  await writeFile(policy, toldBy(signed, receivers, runbook));
  return { policy, secrets, ciKey };
}
