import { describe, expect, it } from 'vitest';
import { pipelineAudiences } from '../../../src/main/oidc-settings.ts';

describe('whom the tokens of pipelines are meant for', () => {
  const publicUrl = 'https://gantry.example';
  const oidc = {
    issuer: 'https://idp.example',
    audience: 'gantry',
    algorithms: ['ES256'],
    clientId: null,
    cliClientId: null,
  };

  it('is this API by its address, however a pipeline ends that, or by the audience of its provider', () => {
    expect(pipelineAudiences({ oidc: null, publicUrl })).toEqual([publicUrl, `${publicUrl}/`]);
    expect(pipelineAudiences({ oidc, publicUrl: null })).toEqual(['gantry']);
    expect(pipelineAudiences({ oidc, publicUrl })).toEqual(['gantry', publicUrl, `${publicUrl}/`]);
  });

  it('is nobody where neither is set', () => {
    expect(pipelineAudiences({ oidc: null, publicUrl: null })).toEqual([]);
  });
});
