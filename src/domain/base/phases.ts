export const phases = [
  'verifying',
  'awaiting-approval',
  'awaiting-window',
  'awaiting-target',
  'executing',
  'validating',
  'documenting',
  'monitoring',
  'handing-over',
  'rolling-back',
  'ended',
] as const;
export type Phase = (typeof phases)[number];

/** How a deployment ends. The first six are results; `needs-intervention` keeps the lock and waits for a person. */
export const outcomes = [
  'succeeded',
  'rejected',
  'expired',
  'superseded',
  'aborted',
  'rolled-back',
  'needs-intervention',
] as const;
export type Outcome = (typeof outcomes)[number];
