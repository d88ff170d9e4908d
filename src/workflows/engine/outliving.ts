import { type ChildWorkflowHandle, ParentClosePolicy, startChild } from '@temporalio/workflow';

/** Starts a workflow that outlives the one that starts it. Null where it could not be started, or runs already. */
export function startOutliving<Input, Result>(
  workflow: (input: Input) => Promise<Result>,
  input: Input,
  { workflowId, staticSummary }: { readonly workflowId: string; readonly staticSummary: string },
): Promise<ChildWorkflowHandle<typeof workflow> | null> {
  const options = { workflowId, staticSummary, args: [input] as [Input], parentClosePolicy: ParentClosePolicy.ABANDON };
  return startChild<typeof workflow>(workflow, options).catch(() => null);
}
