import { isGrpcServiceError } from '@temporalio/client';

/** The status codes that decide something here (https://grpc.io/docs/guides/status-codes). */
const codes = {
  'invalid-argument': 3,
  'not-found': 5,
  'already-exists': 6,
  'permission-denied': 7,
  'resource-exhausted': 8,
  'failed-precondition': 9,
  unimplemented: 12,
} as const;

/** Whether a call to Temporal failed with one of these status codes. */
export function hasGrpcCode(error: unknown, ...names: readonly (keyof typeof codes)[]): boolean {
  const wanted: readonly number[] = names.map((name) => codes[name]);
  return isGrpcServiceError(error) && wanted.includes(error.code);
}
