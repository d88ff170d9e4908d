import { z } from 'zod';
import { procedureSchema } from '../domain/planning/procedure.ts';
import { deploymentRequestSchema } from '../domain/planning/request.ts';

// Large schemas of several routes appear in the document once.
z.globalRegistry.add(procedureSchema, { id: 'Procedure', description: 'How a service is deployed' });
z.globalRegistry.add(deploymentRequestSchema, { id: 'DeploymentRequest', description: 'What is asked for' });

export { deploymentRequestSchema };
