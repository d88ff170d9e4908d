import type { DeploymentRow } from '../journal/batch.ts';
import type { Delivery, NotifyInput } from '../kinds/notification.ts';

export interface PublishInput {
  readonly deployment: string;
  readonly plan: string;
  readonly state: 'draft' | 'final';
  /** The record covers the journal up to here. */
  readonly lastSeq: number;
  /** Who is notified once it is published. */
  readonly notify: NotifyInput | null;
  /** Where the journal's own last entry belongs, `record-published`: it is stored together with the record. */
  readonly closing: { readonly seq: number; readonly at: string; readonly row: DeploymentRow } | null;
}
export interface Published {
  readonly path: string;
  readonly digest: string;
  /** Why the file could not be written, which is only an export: the store has the record. Null: it is there. */
  readonly notExported: string | null;
  readonly deliveries: readonly Delivery[];
}
