/** The workflow id of a deployment, by its id in the API. */
export const workflowIdOf = (id: string) => `deployment/${id.replaceAll('.', '/')}`;
