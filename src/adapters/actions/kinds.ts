import type { ActionAdapter } from '../../domain/kinds/adapter.ts';
import type { CommandSettings } from '../process/command-environment.ts';
import { commandAction } from './command.ts';
import { httpAction } from './http.ts';

/** Every kind of action, one line each. */
export const actionKinds = (settings: CommandSettings) =>
  [commandAction(settings), httpAction] as unknown as readonly ActionAdapter[];
