import openapiTypescript, { astToString, COMMENT_HEADER } from 'openapi-typescript';
import { expect, it } from 'vitest';
import { documentedApi } from '../../support/open-api.ts';

it('is typed by what the API says of itself today: npm run client writes its types', async () => {
  const { document } = await documentedApi();
  const types = await openapiTypescript(JSON.stringify(document));
  await expect(`${COMMENT_HEADER}${astToString(types)}`).toMatchFileSnapshot('../../../src/contract/paths.ts');
});
