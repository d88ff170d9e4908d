// The entry point of the workflow bundle: what Temporal starts by name.
export { deployment } from './deployment.ts';
export { interceptors } from './journal-interceptor.ts';
export { recordExport } from './record-export.ts';
export { supervision } from './supervision.ts';
export { target } from './target.ts';
