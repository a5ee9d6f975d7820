import { describe, expect, it } from 'vitest';
import { eksIdentity, signEksToken } from '../../../lib/adapters/kubernetes/eks-identity.ts';
import { failureOf } from '../../../lib/core/failure.ts';

const NOON = Date.UTC(2026, 10, 22, 12);
const credentials = () =>
  Promise.resolve({
    accessKeyId: 'AKIDEXAMPLE',
    secretAccessKey: 'wJalrXUtnFEMI',
    sessionToken: 'session/+=',
  });

/** The URL inside a token. */
function urlOf(token: string): URL {
  expect(token).toMatch(/^k8s-aws-v1\.[A-Za-z0-9_-]+$/);
  return new URL(Buffer.from(token.slice('k8s-aws-v1.'.length), 'base64url').toString());
}

describe('EKS token', () => {
  it('is a presigned GetCallerIdentity that names the cluster', async () => {
    const url = urlOf(await signEksToken({ clusterName: 'prod', region: 'eu-west-1', credentials }, NOON));
    expect(url.origin + url.pathname).toBe('https://sts.eu-west-1.amazonaws.com/');
    expect(Object.fromEntries(url.searchParams)).toEqual({
      Action: 'GetCallerIdentity',
      Version: '2011-06-15',
      'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
      'X-Amz-Credential': 'AKIDEXAMPLE/20261122/eu-west-1/sts/aws4_request',
      'X-Amz-Date': '20261122T120000Z',
      'X-Amz-Expires': '60',
      'X-Amz-Security-Token': 'session/+=',
      'X-Amz-Signature': expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      'X-Amz-SignedHeaders': 'host;x-k8s-aws-id',
    });
  });

  it('is another for another cluster: the name is signed', async () => {
    const sign = async (clusterName: string) =>
      urlOf(await signEksToken({ clusterName, region: 'eu-west-1', credentials }, NOON)).searchParams.get(
        'X-Amz-Signature',
      );
    expect(await sign('a')).not.toBe(await sign('b'));
  });

  it.each([
    ['us-east-1', 'sts.us-east-1.amazonaws.com'],
    ['us-gov-west-1', 'sts.us-gov-west-1.amazonaws.com'],
    ['cn-north-1', 'sts.cn-north-1.amazonaws.com.cn'],
    ['us-iso-east-1', 'sts.us-iso-east-1.c2s.ic.gov'],
    ['us-isob-east-1', 'sts.us-isob-east-1.sc2s.sgov.gov'],
    ['eusc-de-east-1', 'sts.eusc-de-east-1.amazonaws.eu'],
  ])('asks the STS of the partition of %s', async (region, host) => {
    expect(urlOf(await signEksToken({ clusterName: 'c', region, credentials }, NOON)).host).toBe(host);
  });

  it('fails as auth when there are no AWS credentials', async () => {
    const none = () => Promise.reject(new Error('could not load credentials'));
    const failure = await signEksToken(
      { clusterName: 'c', region: 'eu-west-1', credentials: none },
      NOON,
    ).catch(failureOf);
    expect(failure).toMatchObject({
      kind: 'auth',
      message: expect.stringContaining('could not load') as string,
    });
  });
});

describe('EKS identity', () => {
  it('signs a new token after ten minutes', async () => {
    let now = NOON;
    const identity = eksIdentity({
      clusterName: 'prod',
      endpoint: 'https://ABC.gr7.eu-west-1.eks.amazonaws.com/',
      certificateAuthority: Buffer.from('the CA').toString('base64'),
      region: 'eu-west-1',
      credentials,
      clock: { now: () => now },
      telemetry: { warn: () => undefined },
    });
    const first = await identity.current();
    expect(first.endpoint).toEqual({ url: 'https://ABC.gr7.eu-west-1.eks.amazonaws.com', ca: 'the CA' });
    now += 599_999;
    expect(await identity.current()).toBe(first);
    now += 1;
    expect((await identity.current()).headers).not.toEqual(first.headers);
  });
});
