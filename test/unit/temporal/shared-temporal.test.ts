import { expect, it } from 'vitest';
import { connect } from '../../../src/temporal/connection.ts';
import { sharedTemporal } from '../../support/temporal.ts';

it('is one server for all who ask, until the last one gives it back', async () => {
  const [first, second] = await Promise.all([sharedTemporal(), sharedTemporal()]);
  expect(second.address).toBe(first.address);

  await first.stop();
  await first.stop();
  const { client, close } = await connect(second);
  const { count } = await client.workflow.count("GantryPhase = 'executing'");
  expect(count).toBe(0);
  await close();
  await second.stop();

  await expect(fetch(`http://${second.address}`)).rejects.toThrow(/fetch failed/);
  const third = await sharedTemporal();
  expect(third.address).not.toBe(first.address);
  await third.stop();
}, 600_000);
