import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';

const root = new URL('../../../', import.meta.url);

/** What the process asks for, as it says it. */
const sentences = [
  'Deploy validated implementations to production using systematic change management protocols and comprehensive deployment documentation with zero-downtime deployment strategies',
  'REQUIRED for: All production deployments and system changes',
  'Forbidden without: Complete 5-step validation pipeline success and stakeholder approval',
  'Quality gate: Zero-downtime deployment, full rollback capability',
  'Confirm ALL 5-step validation pipeline has passed (integration→context→system→learning→production)',
  'Verify rollback procedures are tested and ready',
  'Check deployment window and stakeholder notifications',
  'Ensure monitoring and support teams are ready',
  'ASSUMPTION: All context operations completed during validation pipeline',
  'Follow documented deployment procedures exactly',
  'Monitor system health throughout deployment',
  'Validate each deployment step before proceeding',
  'Document any deviations or issues encountered',
  'Run smoke tests to verify system functionality',
  'Monitor performance metrics and error rates',
  'Confirm all integrations are working correctly',
  'Validate user-facing features are operational',
  'Create detailed deployment record with timestamps',
  'Document any configuration changes made',
  'Update system documentation and runbooks',
  'Notify stakeholders of successful deployment',
  'Create deployment record in `.claude/processes/deployment-[release]-[date].md`',
  'Deployment Certification: Complete pre-deployment validation with 5-step validation pipeline confirmation and stakeholder approval documentation',
  'Deployment Execution Log: Step-by-step deployment record with timestamps, system health monitoring, and deviation documentation',
  'Production Validation Results: Post-deployment verification including smoke tests, performance validation, and operational readiness confirmation',
  'Change Management Documentation: Complete change record with stakeholder communications, configuration changes, and operational handoff',
  'Final Workflow Completion: All validation pipeline requirements satisfied - deployment complete with operational excellence certification',
  'Flows to: Begin monitoring period and support handoff (learning captured in validation pipeline)',
  'Deployment issues: Execute rollback procedures immediately',
  'Success confirmed: Complete workflow cycle, begin next iteration with learned improvements',
  'A Temporal workflow models the deployment as durable steps with signals for approval and abort, activities perform health checks, smoke tests, and rollback compensation, and a small Fastify API starts workflows and returns the generated record',
  'triggering deploys through the HTTP API, approving or aborting via signals, inspecting runs in the Temporal UI',
];

it('says of each sentence of the process how it is done, and names tests that there are', async () => {
  const page = await readFile(new URL('docs/process.md', root), 'utf8');
  const rows = page
    .split('\n')
    .filter((line) => line.startsWith('| ') && !line.startsWith('| ---') && !line.startsWith('| asked for'))
    .map((line) =>
      line
        .slice(2, -2)
        .split(' | ')
        .map((cell) => cell.trim()),
    );
  expect(rows.map(([asked]) => asked)).toEqual(sentences);
  const faults: string[] = [];
  for (const [asked = '', how = '', shown = ''] of rows) {
    const tests = [...shown.matchAll(/`([^`]+\.test\.ts)`: (.+?)(?=<br>|$)/g)];
    if (how.length < 20 || tests.length === 0) faults.push(asked);
    for (const [, file = '', title = ''] of tests)
      if (!(await readFile(new URL(`test/${file}`, root), 'utf8')).includes(title)) faults.push(`${file}: ${title}`);
  }
  expect(faults).toEqual([]);
});
