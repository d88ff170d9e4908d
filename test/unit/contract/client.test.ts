import openapiTypescript, { astToString, COMMENT_HEADER } from 'openapi-typescript';
import { expect, it } from 'vitest';
import { documentedApi } from '../../support/open-api.ts';

it('is typed by the API’s document: npm run client writes its types', async () => {
  const { document } = await documentedApi();
  const types = await openapiTypescript(JSON.stringify(document));
  // That a route does not take something is said by saying nothing.
  const written = astToString(types)
    .replaceAll(/^ +\w+\?: never;\n/gm, '')
    .replaceAll(/^ +parameters: \{\n +\};\n/gm, '');
  await expect(`${COMMENT_HEADER}${written}`).toMatchFileSnapshot('../../../src/contract/paths.ts');
});
