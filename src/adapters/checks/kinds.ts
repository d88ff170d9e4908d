import type { CheckAdapter } from '../../domain/kinds/adapter.ts';
import type { CommandSettings } from '../process/command-environment.ts';
import { availabilityCheck } from './availability.ts';
import { commandCheck } from './command.ts';
import { httpCheck } from './http.ts';
import { prometheusCheck } from './prometheus.ts';
import { tcpCheck } from './tcp.ts';

/** Every kind of check, one line each. */
export const checkKinds = (settings: CommandSettings) =>
  [
    httpCheck,
    tcpCheck,
    commandCheck(settings),
    availabilityCheck,
    prometheusCheck,
  ] as unknown as readonly CheckAdapter[];
