import type { Answers } from './answers.ts';
import { pipelines, procedureFolder, templates } from './layout.ts';

/** What to type once the files are edited, each group below the words that say what it is for. */
export function nextSteps(answers: Answers): readonly string[] {
  const { service, environment, template, requester, approver } = answers;
  const { slot } = templates[template];
  return [
    '  gantry policy check deploy/policy.yaml',
    `  gantry procedure check ${procedureFolder(service)} --policy deploy/policy.yaml`,
    '',
    'Try it on this machine. In a terminal of its own:',
    '  GANTRY_POLICY=deploy/policy.yaml GANTRY_PROCEDURES=deploy/procedures gantry dev',
    'and in this one:',
    `  gantry login ${approver} --dev --as key:${approver}`,
    `  gantry login ci --dev --as key:ci-${service}`,
    `  gantry login ${requester} --dev --as key:${requester}`,
    '',
    'Say what serves now:',
    `  gantry target adopt ${service}/${environment} --context ${approver} ${optionsFor(answers, '1.0.0')}${slot ? ` --slot ${slot}` : ''} --reason "it runs already"`,
    ...toDeploy(answers),
    `and ${approver} approves it, in another terminal:`,
    `  gantry approve ${service}/${environment} --context ${approver}`,
  ];
}

function toDeploy(answers: Answers): readonly string[] {
  const { at } = pipelines[answers.ci];
  if (at === null)
    return [
      'Deploy what comes next, once its five stages are proven (docs/evidence.md),',
      `  gantry deploy ${optionsFor(answers, '1.1.0')} --reason "the next release" --watch`,
    ];
  const written =
    'Write down in deploy/build and deploy/stage how a release is built and tested. The pipeline deploys it,';
  return [
    written,
    answers.ci === 'shell' ? `  GANTRY_CONTEXT=ci ${at} 1.1.0` : '  git tag v1.1.0 && git push origin v1.1.0',
  ];
}

/** The options that name a release and its artifact, as it might be called. */
function optionsFor({ service, template }: Answers, release: string): string {
  const { artifact } = templates[template];
  if (artifact === '--image') return `${artifact} registry.example/${service}:${release}@sha256:…`;
  const file = `${service}-${release}.tar.gz`;
  return `--release ${release} ${artifact} ${file} --uri "file:$PWD/${file}"`;
}
