/**
 * How a service comes to a new release: what each template does, the files of its procedure in `templates/procedures`, which
 * of them is edited first, how the command line names its artifact, and the slot that has the traffic at first.
 */
export const templates = {
  command: {
    says: 'a script installs the release and restarts the service',
    files: ['command/procedure.yaml', 'command/releasectl', 'artifact.sh'],
    edit: 'releasectl',
    artifact: '--file',
    slot: null,
  },
  'blue-green': {
    says: 'a script starts it beside the old one and moves the traffic',
    files: ['blue-green/procedure.yaml', 'blue-green/slotctl', 'artifact.sh'],
    edit: 'slotctl',
    artifact: '--file',
    slot: 'blue',
  },
  'ssh-systemd': {
    says: 'the same as command, on another host by ssh',
    files: [
      'ssh-systemd/procedure.yaml',
      'ssh-systemd/sshctl',
      'ssh-systemd/known_hosts',
      'command/releasectl',
      'artifact.sh',
    ],
    edit: 'sshctl',
    artifact: '--file',
    slot: null,
  },
  compose: {
    says: 'docker compose runs it from another image',
    files: ['compose/procedure.yaml', 'compose/imagectl'],
    edit: 'imagectl',
    artifact: '--image',
    slot: null,
  },
  kubectl: {
    says: 'a deployment of Kubernetes gets another image',
    files: ['kubectl/procedure.yaml', 'kubectl/imagectl'],
    edit: 'imagectl',
    artifact: '--image',
    slot: null,
  },
} as const;
export const templateNames = Object.keys(templates) as (keyof typeof templates)[];

/** What runs the pipeline, and the file in `templates/ci` with the place where that looks for it; null: none. */
export const pipelines = {
  shell: { says: 'a shell script, wherever it runs', file: 'pipeline.sh', at: 'deploy/pipeline.sh' },
  github: {
    says: 'GitHub Actions, for each tag',
    file: 'github.yml',
    at: '.github/workflows/release.yml',
  },
  gitlab: { says: 'GitLab CI, for each tag', file: 'gitlab.yml', at: '.gitlab-ci.yml' },
  none: { says: 'nothing yet', file: null, at: null },
} as const;
export const ciNames = Object.keys(pipelines) as (keyof typeof pipelines)[];

/** A file to be written, and the template of which it is made; both relative. */
export interface Layout {
  readonly path: string;
  readonly template: string;
}

/** What decides which files there are. */
interface Choice {
  readonly service: string;
  readonly template: keyof typeof templates;
  readonly ci: keyof typeof pipelines;
}

/** What editors check the files by: beside them, so that they find it wherever the repository is, and as this version has it. */
const editorSchemas: readonly Layout[] = ['gantry', 'policy', 'procedure'].map((name) => ({
  path: `deploy/schemas/${name}.schema.json`,
  template: `schemas/${name}.schema.json`,
}));

/** The files of a repository that deploys a service so. */
export function layoutFor({ service, template, ci }: Choice): readonly Layout[] {
  const procedure = templates[template].files.map((file) => ({
    path: `${procedureFolder(service)}/${file.slice(file.indexOf('/') + 1)}`,
    template: `procedures/${file}`,
  }));
  const { file, at } = pipelines[ci];
  const pipeline =
    file === null
      ? []
      : [
          { path: 'deploy/build', template: 'build' },
          { path: 'deploy/stage', template: 'stage' },
          { path: at, template: `ci/${file}` },
        ];
  return [
    { path: 'gantry.yaml', template: 'gantry.yaml' },
    { path: 'deploy/policy.yaml', template: 'policy.yaml' },
    ...editorSchemas,
    ...procedure,
    ...pipeline,
  ];
}

export const procedureFolder = (service: string) => `deploy/procedures/${service}`;
