import type { Answers } from './answers.ts';
import { artifacts, pipelines, procedureFolder, templates } from './layout.ts';

/** What to type once the files are edited, each group below the words that say what it is for. */
export function nextSteps({ service, environment, template, ci, requester, approver }: Answers): readonly string[] {
  const { artifact, slot } = templates[template];
  const [before, next] = (['1.0.0', '1.1.0'] as const).map((release) => {
    if (artifact === 'image') return `${artifacts.image.flag} registry.example/${service}:${release}@sha256:…`;
    const file = `${service}-${release}.tar.gz`;
    return `--release ${release} ${artifacts.file.flag} ${file} --uri "file:$PWD/${file}"`;
  });
  const { at } = pipelines[ci];
  const pipeline =
    at === 'deploy/pipeline.sh' ? [`  GANTRY_CONTEXT=ci ${at} 1.1.0 ARTIFACT`] : [`  ${at}, as it is pushed`];
  const folder = procedureFolder(service);
  return [
    '  gantry policy check deploy/policy.yaml',
    `  gantry procedure check ${folder} --policy deploy/policy.yaml`,
    '',
    'Try it on this machine. In a terminal of its own:',
    '  GANTRY_POLICY=deploy/policy.yaml GANTRY_PROCEDURES=deploy/procedures gantry dev',
    'and in this one:',
    `  gantry login ci --dev --as key:ci-${service}`,
    `  gantry login ${approver} --dev --as key:${approver}`,
    `  gantry login ${requester} --dev --as key:${requester}`,
    '',
    'Say what serves now, then deploy what comes next:',
    `  gantry target adopt ${service}/${environment} ${before}${slot ? ` --slot ${slot}` : ''} --reason "it runs already" --context ${approver}`,
    ...(at === null ? [] : ['The pipeline proves its five stages and deploys it:', ...pipeline]),
    ...(at === null ? [`  gantry deploy ${next} --reason "the next release" --watch`] : []),
    `  gantry approve ${service}/${environment} --context ${approver}`,
  ];
}
