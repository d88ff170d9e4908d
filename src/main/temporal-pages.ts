/**
 * Where people see a workflow in Temporal's own page, by its id; null where nobody said where that page is. `uiUrl` is
 * an address without query.
 */
export function pagesOf(uiUrl: string | null, namespace: string): ((workflowId: string) => string) | null {
  if (uiUrl === null) return null;
  const base = `${uiUrl.replace(/\/+$/, '')}/namespaces/${encodeURIComponent(namespace)}/workflows`;
  return (workflowId) => `${base}/${encodeURIComponent(workflowId)}`;
}
