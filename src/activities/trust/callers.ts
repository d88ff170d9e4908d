import { GantryError } from '../../domain/base/errors.ts';
import { mayAsk } from '../../domain/ports/activities.ts';

/** Throws `forbidden` where this workflow may not ask for the activity with this input, by the rule that the activity has. */
export function checkCaller(activity: string, input: unknown, caller: string): void {
  if (!mayAsk(caller, activity, input))
    throw new GantryError('forbidden', `${activity} is not for ${caller.slice(0, 200)} to ask for.`);
}
