import { carryOut } from './carry-out.ts';
import type { RepositoryJob } from './job.ts';

// A process of its own, the head of a group: whatever git starts ends with it, however it hangs.

process.once('message', (job: RepositoryJob) => {
  void carryOut(job).then((answer) => process.send?.(answer, () => process.disconnect()));
});
process.on('disconnect', () => process.exit());
