// What the tokens of runs say, as GitHub Actions and GitLab CI write them: a push to main of acme/shop, and a release by a tag.

export const gitHubRun = {
  sub: 'repo:acme/shop:ref:refs/heads/main',
  repository: 'acme/shop',
  repository_id: '1296269',
  repository_owner: 'acme',
  repository_owner_id: '583231',
  repository_visibility: 'private',
  ref: 'refs/heads/main',
  ref_type: 'branch',
  ref_protected: 'true',
  base_ref: '',
  head_ref: '',
  event_name: 'push',
  sha: 'c'.repeat(40),
  workflow: 'release',
  workflow_ref: 'acme/shop/.github/workflows/release.yml@refs/heads/main',
  job_workflow_ref: 'acme/shop/.github/workflows/release.yml@refs/heads/main',
  actor: 'alice',
  run_id: '17',
  run_attempt: '1',
  runner_environment: 'github-hosted',
} as const;

export const gitLabRun = {
  sub: 'project_path:acme/shop:ref_type:branch:ref:main',
  namespace_id: '72',
  namespace_path: 'acme',
  project_id: '20',
  project_path: 'acme/shop',
  user_login: 'alice',
  pipeline_id: '574',
  pipeline_source: 'push',
  job_id: '302',
  ref: 'main',
  ref_type: 'branch',
  ref_path: 'refs/heads/main',
  ref_protected: 'true',
  runner_id: 1,
  sha: 'c'.repeat(40),
} as const;

/** A run for a tag, in a job with `environment: production`. */
export interface ReleaseRun {
  /** As the CI has it, such as `acme/shop`. */
  readonly repository: string;
  readonly tag: string;
  readonly run: string;
  readonly attempt: number;
}

export const gitHubRelease = ({ repository, tag, run, attempt }: ReleaseRun) => ({
  ...gitHubRun,
  sub: `repo:${repository}:environment:production`,
  repository,
  environment: 'production',
  ref: `refs/tags/${tag}`,
  ref_type: 'tag',
  run_id: run,
  run_attempt: String(attempt),
});

export const gitLabRelease = ({ repository, tag, run }: ReleaseRun) => ({
  ...gitLabRun,
  sub: `project_path:${repository}:ref_type:tag:ref:${tag}`,
  project_path: repository,
  environment: 'production',
  ref: tag,
  ref_type: 'tag',
  ref_path: `refs/tags/${tag}`,
  pipeline_id: run,
});
