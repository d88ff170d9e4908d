import {
  buildableVersion,
  type CliRelease,
  type CliWheel,
  wantedRelease,
} from '../../src/temporal/dev-server/cli-release.ts';

/** Lines of Temporal's server that Gantry is held to: the one it gets for itself, and the one that Go builds. */
export type Line = '1.29' | '1.32';

const wheel = (platform: string, digests: Pick<CliWheel, 'wheel' | 'program'>): CliWheel => {
  const known = wantedRelease.wheels[platform];
  if (!known) throw new Error(`no wheel is known for ${platform}`);
  return { ...known, ...digests };
};

export const releaseOf: Readonly<Record<Line, CliRelease>> = {
  '1.29': {
    version: buildableVersion,
    wheels: {
      'linux-x64': wheel('linux-x64', {
        wheel: 'a24b9b2b1b837871fd4946a7f095e39c40e81a72aec902ea6e67908e575c03bc',
        program: 'eb4f6ddaa41cadf58c7a77aa50c4bd932d6739fcef04ac76c7a679eaff2f5e6a',
      }),
      'linux-arm64': wheel('linux-arm64', {
        wheel: '0e34ed3e98462501a06346ce0c30480cfc9533854706d66f438cb0f154384a4d',
        program: 'ce6a514a5e609dc8f6f0fe276d414fe2eea46430e28f4e23f0026f11e7de4d09',
      }),
      'darwin-x64': wheel('darwin-x64', {
        wheel: 'aa3c9523c1f74e84b658a647a7e3b88e82273d1d62a1db1a443de4b385d75bc4',
        program: '1b1c26da1f6812252c09c592fa8032ad845d1af2f86bb1d0a484f7d49bc45d6d',
      }),
      'darwin-arm64': wheel('darwin-arm64', {
        wheel: 'b0ddac086f57f707fdcde75d43f8df63fb8104644109475f5bcf513c4b6c7920',
        program: '1bde16fafe3ac67706ec90b4b16ce5c42097cf4d0203447a4a59bb44e5c65be7',
      }),
    },
  },
  '1.32': wantedRelease,
};
