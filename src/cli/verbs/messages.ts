import { randomUUID } from 'node:crypto';
import { type Command, Option } from 'commander';
import { afterMessageSchema, vouchedMessageSchema } from '../../contract/message.ts';
import type { paths } from '../../contract/paths.ts';
import { frozenPlanSchema } from '../../contract/plan.ts';
import { statusSchema } from '../../contract/status.ts';
import type { MessageName } from '../../domain/messages/messages.ts';
import { isAgreed } from '../agree.ts';
import { type Api, type ApiOptions, answered, openApi, withApiOptions } from '../api-client.ts';
import { patiently } from '../connection/patient.ts';
import { deploymentOf, referenceHelp } from '../references.ts';
import { renderChanged } from '../render/preview.ts';
import { headOf, renderIfAborted, renderStatus, type Status } from '../render/status.ts';
import { plain, type Surroundings } from '../terminal.ts';

interface Options extends ApiOptions {
  readonly yes?: true;
  readonly json?: true;
  /** False: it is only vouched for. */
  readonly send?: boolean;
  readonly gate?: string;
  readonly plan?: string;
  readonly role?: string;
  readonly reason?: string;
  readonly statement?: string;
  readonly for?: string;
  readonly severity?: string;
  readonly step?: string;
  readonly result?: string;
}

interface MessageVerb {
  readonly name: MessageName;
  /** Its word on the command line, where that is another one. */
  readonly verb?: string;
  /** Of its argument, which options it takes. */
  readonly takes: readonly (keyof typeof options)[];
  /** What a person sees before they are asked; null: nobody is asked. */
  readonly shows:
    | ((api: Api, status: Status, paint: Surroundings['terminal']['paint']) => Promise<readonly string[]>)
    | null;
  /** What a person reads once it is accepted. */
  readonly says: (id: string, argument: Readonly<Record<string, string>>) => string;
}

const options = {
  gate: () => new Option('--gate <gate>', 'start, or the id of a step that waits for people').default('start'),
  plan: () => new Option('--plan <digest>', 'the plan that is meant; else the one that is frozen'),
  role: () => new Option('--role <role>', 'in which role, where you have several that fit'),
  reason: () => new Option('--reason <text>', 'stands in the record'),
  statement: () => new Option('--statement <text>', 'stands in the record'),
  for: () =>
    new Option('--for <what>', 'what is acknowledged').choices(['readiness', 'handoff', 'page']).makeOptionMandatory(),
  severity: () =>
    new Option(
      '--severity <severity>',
      'how much it weighs: a major one keeps the record from its statement of completion',
    )
      .choices(['minor', 'major'])
      .default('minor'),
  step: () => new Option('--step <id>', 'the manual step').makeOptionMandatory(),
  result: () => new Option('--result <result>', 'how it came out').choices(['done', 'failed']).default('done'),
} as const;

const stops: MessageVerb['shows'] = async (_api, status) => renderIfAborted(status);
const decision = ['gate', 'plan', 'role', 'reason', 'statement'] as const;
const decided = (id: string, gate: string | undefined) => (gate === 'start' ? id : `gate ${gate} of ${id}`);

const verbs: readonly MessageVerb[] = [
  {
    name: 'approve',
    takes: decision,
    shows: async (api, { id }, paint) => {
      const plan = await patiently(() =>
        answered(api.GET('/v1/deployments/{id}/plan', { params: { path: { id } } }), frozenPlanSchema),
      );
      return renderChanged(plan, paint);
    },
    says: (id, { gate }) => `You approved ${decided(id, gate)}.`,
  },
  { name: 'reject', takes: decision, shows: stops, says: (id, { gate }) => `You rejected ${decided(id, gate)}.` },
  {
    name: 'withdraw',
    takes: decision,
    shows: null,
    says: (id, { gate }) => `You withdrew your approval of ${decided(id, gate)}.`,
  },
  { name: 'abort', takes: ['reason'], shows: stops, says: (id) => `${id} is being aborted.` },
  { name: 'pause', takes: ['reason'], shows: null, says: (id) => `${id} pauses before its next step or phase.` },
  { name: 'resume', takes: ['reason'], shows: null, says: (id) => `${id} goes on.` },
  {
    name: 'acknowledge',
    takes: ['for', 'role', 'reason', 'statement'],
    shows: null,
    says: (id, argument) => `You acknowledged the ${argument['for']} of ${id}.`,
  },
  {
    name: 'complete-step',
    verb: 'complete',
    takes: ['step', 'result', 'reason', 'statement'],
    shows: null,
    says: (_id, { step, result }) => `Step ${step} is reported as ${result}.`,
  },
  {
    name: 'note',
    takes: ['severity', 'reason'],
    shows: null,
    says: (id) => `Your note stands in the record of ${id}.`,
  },
];

/** `gantry approve`, `reject`, `withdraw`, `abort`, `pause`, `resume`, `acknowledge`, `complete`, `note`: one message each. */
export function registerMessage(command: Command, surroundings: Surroundings): void {
  const verb = command.name();
  const message = verbs.find((one) => (one.verb ?? one.name) === verb);
  if (!message) throw new Error(`no message ${verb}`);
  const { name, takes, shows } = message;
  withApiOptions(command).argument('<deployment>', referenceHelp);
  if (name === 'note') command.argument('<text>', 'what stands in the record');
  for (const one of takes) command.addOption(options[one]());
  if (shows) command.option('--yes', 'asks nobody');
  command
    .option('--no-send', 'prints it with the API’s proof of who it is from, to be sent as a Temporal signal or update')
    .option('--json', 'prints what the API answers, in one line')
    .action(async (which: string, ...rest: readonly [string, Options] | readonly [Options]) => {
      const given = (name === 'note' ? rest[1] : rest[0]) as Options;
      const argument = argumentOf(message, given, name === 'note' ? (rest[0] as string) : undefined);
      await send(message, which, argument, given, surroundings);
    });
}

/** The argument of the message, but for the plan's digest, which the deployment may be asked for. */
function argumentOf(
  { takes }: MessageVerb,
  given: Options,
  note: string | undefined,
): Readonly<Record<string, string>> {
  const argument: Record<string, string> = {};
  for (const one of takes) {
    const value = given[one];
    if (value !== undefined) argument[one === 'plan' ? 'planDigest' : one] = value;
  }
  return note === undefined ? argument : { ...argument, statement: note };
}

/** Sends an abort of a deployment, as `gantry abort` does. */
export function sendAbort(which: string, options: Options, surroundings: Surroundings): Promise<void> {
  const abort = verbs.find(({ name }) => name === 'abort') as MessageVerb;
  return send(abort, which, argumentOf(abort, options, undefined), options, surroundings);
}

async function send(
  { name, takes, shows, says }: MessageVerb,
  which: string,
  argument: Readonly<Record<string, string>>,
  { yes, json, send: isSent = true, ...where }: Options,
  { terminal, tell, environment, confirm }: Surroundings,
): Promise<void> {
  const api = await openApi(where, environment);
  const id = await deploymentOf(api, which);
  const path = { params: { path: { id } } };
  const status = await patiently(() => answered(api.GET('/v1/deployments/{id}', path), statusSchema));
  if (shows && isSent) {
    const shown = async () => [headOf(status, terminal.paint), ...(await shows(api, status, terminal.paint))];
    if (!(await isAgreed(`${capital(name)} ${id}?`, shown, yes === true, { tell, confirm }))) return;
  }
  // What was shown is what is approved: a plan that is another one by then is refused.
  const body = { ...(takes.includes('plan') && { planDigest: status.planDigest }), ...argument };
  const headers = { 'idempotency-key': randomUUID() };
  const route = `/v1/deployments/{id}/${name}` as '/v1/deployments/{id}/note';
  type Body = paths[typeof route]['post']['requestBody']['content']['application/json'];
  if (!isSent) {
    const params = { ...path.params, query: { send: 'false' } } as const;
    const ask = () => api.POST(route, { params, body: body as unknown as Body });
    return terminal.say(JSON.stringify(await patiently(() => answered(ask(), vouchedMessageSchema))));
  }
  const after = await patiently(() =>
    answered(api.POST(route, { ...path, headers, body: body as unknown as Body }), afterMessageSchema),
  );
  if (json) return terminal.say(JSON.stringify(after));
  terminal.say(terminal.paint.green(plain(says(id, argument))));
  if ('waitingFor' in after)
    for (const line of renderStatus(after as Status, terminal.paint, Date.now())) terminal.say(line);
  // It is answered before anything of it is undone.
  if (name === 'abort') terminal.say(terminal.paint.dim(`→ gantry watch ${id} follows it to its end`));
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
