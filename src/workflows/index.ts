// The entry point of the workflow bundle: what Temporal starts by name.

import { setWorkflowOptions } from '@temporalio/workflow';

export { delivery } from './notifications/delivery.ts';

import { deployment } from './deployment/deployment.ts';
import { pinnedWhereVersioned } from './versioning.ts';

setWorkflowOptions(pinnedWhereVersioned, deployment);

export { lateDocuments } from './documents/late-documents.ts';
export { interceptors } from './engine/journal-interceptor.ts';
export { page } from './notifications/page.ts';
export { recordExport } from './record-export.ts';
export { supervision } from './supervision.ts';
export { target } from './target/target.ts';
export { deployment };
