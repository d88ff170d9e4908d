import { ApplicationFailure, defineQuery, defineUpdate, setHandler } from '@temporalio/workflow';
import type { ErrorCode } from '../../domain/base/error-codes.ts';
import { GantryError } from '../../domain/base/errors.ts';

// Whatever is sent, nothing here makes a workflow's task fail: a handler that throws would do so for ever, and
// an abort that was accepted would never be carried out.

/** The one argument of everything that Gantry sends; a list of several is none of its own, and no reader takes it. */
export const argumentOf = (args: readonly unknown[]): unknown => (args.length > 1 ? args : args[0]);

/** Refuses an update or a query, with a code of the table. */
export const refusal = (code: ErrorCode, detail: string) => ApplicationFailure.nonRetryable(detail, code);

/** An error as the caller gets it: a refusal as it is, anything else as `malformed`. */
function answerOf(error: unknown, name: string): ApplicationFailure {
  if (error instanceof ApplicationFailure) return error;
  if (error instanceof GantryError) return refusal(error.code, error.message);
  return refusal('malformed', `${name.slice(0, 100)} cannot be read.`);
}

/** What `work` answers; what it throws becomes an answer, too. */
function answering<Answer>(name: string, work: () => Answer): Answer {
  try {
    return work();
  } catch (error) {
    throw answerOf(error, name);
  }
}

/** How an update is read, evaluated and carried out. */
interface UpdateRules<Argument, Answer> {
  /** Whether this is the argument of such an update at all. */
  readonly isArgument: (raw: unknown) => raw is Argument;
  /** Throws what it is refused with; leaves no trace. */
  readonly validate: (argument: Argument) => void;
  /** Checked and carried out at once, or changing nothing before it has been checked. */
  readonly carryOut: (argument: Argument) => Answer | Promise<Answer>;
  readonly description?: string;
}

/** Answers an update, or refuses it with a code; neither its reader nor its validator nor its handler throws anything else. */
export function onUpdate<Argument, Answer>(name: string, rules: UpdateRules<Argument, Answer>): void {
  const { isArgument, validate, carryOut, description = name } = rules;
  const read = (args: readonly unknown[]): Argument => {
    const raw = argumentOf(args);
    if (!isArgument(raw)) throw refusal('malformed', `This is no argument of ${name}.`);
    return raw;
  };
  setHandler(
    defineUpdate<Answer, unknown[]>(name),
    (...args) => {
      const answer = answering(name, () => carryOut(read(args)));
      if (!(answer instanceof Promise)) return answer;
      return answer.catch((error: unknown) => {
        throw answerOf(error, name);
      });
    },
    { description, validator: (...args) => answering(name, () => validate(read(args))) },
  );
}

/** Answers a query, or an error with a code. */
export function onQuery(name: string, answer: (raw: unknown) => unknown): void {
  setHandler(defineQuery<unknown, unknown[]>(name), (...args) => answering(name, () => answer(argumentOf(args))));
}
