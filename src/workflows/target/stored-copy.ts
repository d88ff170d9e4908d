import { sleep } from '@temporalio/workflow';
import { type TargetState } from '../../domain/target/state.ts';
import { targetStateOf } from '../../domain/target/view.ts';
import { activities } from '../engine/activities.ts';
import type { Shared } from './shared.ts';

/** A copy that could not be kept is tried again after this time, in milliseconds, then twice as long each time, up to an hour. */
const saveAgainMs = 2_000;

/** A copy of the target for the day its workflow is gone. Nothing waits for it, and the next one is complete. */
export class StoredCopy {
  isSaving = false;

  private readonly target: Shared;
  private saved: TargetState | null;
  private failed = 0;
  private isBackingOff = false;

  /** `isNew`: the store needs no copy yet. What an earlier run has kept may not have come there. */
  constructor(target: Shared, isNew: boolean) {
    this.target = target;
    this.saved = isNew ? targetStateOf(target.get()) : null;
  }

  get isDue(): boolean {
    if (this.isSaving || this.isBackingOff) return false;
    return JSON.stringify(this.saved) !== JSON.stringify(targetStateOf(this.target.get()));
  }

  saveIfDue(): void {
    if (this.isDue) void this.save();
  }

  private async save(): Promise<void> {
    const { target } = this;
    this.isSaving = true;
    const saving = targetStateOf(target.get());
    const version = (target.get().version ?? 0) + 1;
    target.set({ ...target.get(), version });
    const stored = await activities.saveTarget({ ...saving, version }).then(
      (answer) => answer,
      () => null,
    );
    this.isSaving = false;
    this.failed = stored === null ? this.failed + 1 : 0;
    // A store that has a later one knows a Temporal that was further on: what is true now comes after it.
    const isBehind = stored !== null && stored > version;
    if (stored !== null && !isBehind) this.saved = saving;
    target.set(isBehind ? { ...target.get(), version: stored } : target.get());
    if (stored !== null) return;
    // Tried for ten minutes, or refused at once: it is tried again, ever more rarely, so as not to fill the history.
    this.isBackingOff = true;
    await sleep(saveAgainMs * 2 ** Math.min(this.failed - 1, 11), { summary: 'Keep a copy of the target again' });
    this.isBackingOff = false;
  }
}
