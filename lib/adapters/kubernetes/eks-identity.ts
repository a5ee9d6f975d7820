import { Sha256 } from '@aws-crypto/sha256-js';
import { defaultProvider } from '@aws-sdk/credential-provider-node';
import { SignatureV4 } from '@smithy/signature-v4';
import type { Instant } from '../../core/kubernetes.ts';
import { FailureError } from '../../core/failure.ts';
import { cacheAccess, type Endpoint, type Identity, type IdentityTools } from './identity.ts';

/** AWS credentials, as every credential provider of the SDK gives them. */
export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** What the identity of an EKS cluster is made of. */
export interface EksOptions extends IdentityTools {
  readonly clusterName: string;
  /** `https://....eks.amazonaws.com` */
  readonly endpoint: string;
  /** Base64 of the cluster's CA in PEM, as DescribeCluster gives it. */
  readonly certificateAuthority: string;
  readonly region: string;
  /** Default: the provider chain that every SDK client brings along anyway. */
  readonly credentials?: () => Promise<AwsCredentials>;
}

/** The server accepts a token for 15 minutes from its signing (aws-iam-authenticator); used for 10, so it never arrives stale. */
const MAX_AGE_MS = 10 * 60_000;
/** The lifetime written into the URL, as the AWS CLI does; aws-iam-authenticator refuses more than 15 minutes. */
const EXPIRES_SECONDS = 60;

/** The domain of each AWS partition, by the prefix of its Regions; all others are `amazonaws.com`. */
const PARTITION_DOMAINS: readonly (readonly [prefix: string, domain: string])[] = [
  ['cn-', 'amazonaws.com.cn'],
  ['us-iso-', 'c2s.ic.gov'],
  ['us-isob-', 'sc2s.sgov.gov'],
  ['eu-isoe-', 'cloud.adc-e.uk'],
  ['us-isof-', 'csp.hci.ic.gov'],
  ['eusc-', 'amazonaws.eu'],
];

/**
 * The identity of an AWS role in an EKS cluster: a presigned STS GetCallerIdentity URL is the token. Nothing is stored; a
 * new token is signed every ten minutes, and once when the server refuses one.
 */
export function eksIdentity(options: EksOptions): Identity {
  const endpoint: Endpoint = {
    url: options.endpoint.replace(/\/$/, ''),
    ca: Buffer.from(options.certificateAuthority, 'base64').toString('utf8'),
  };
  const credentials = options.credentials ?? defaultProvider();
  const load = async () => {
    const token = await signEksToken({ ...options, credentials }, options.clock.now());
    return { endpoint, headers: { authorization: `Bearer ${token}` } };
  };
  return cacheAccess(load, MAX_AGE_MS, options);
}

/** The token: `k8s-aws-v1.` and the URL in base64url without padding. Throws `auth` when there are no AWS credentials. */
export async function signEksToken(
  options: Pick<EksOptions, 'clusterName' | 'region'> & Required<Pick<EksOptions, 'credentials'>>,
  now: Instant,
): Promise<string> {
  const { clusterName, region } = options;
  const hostname = stsHostOf(region);
  const credentials = await options.credentials().catch((cause: unknown) => {
    const words = cause instanceof Error ? cause.message : String(cause);
    throw new FailureError({ kind: 'auth', message: `There are no AWS credentials: ${words}` }, { cause });
  });
  const signer = new SignatureV4({ service: 'sts', region, credentials, sha256: Sha256 });
  const signed = await signer.presign(
    {
      method: 'GET',
      protocol: 'https:',
      hostname,
      path: '/',
      query: { Action: 'GetCallerIdentity', Version: '2011-06-15' },
      headers: { host: hostname, 'x-k8s-aws-id': clusterName },
    },
    { expiresIn: EXPIRES_SECONDS, signingDate: new Date(now) },
  );
  const query = Object.entries(signed.query ?? {})
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`)
    .join('&');
  return `k8s-aws-v1.${Buffer.from(`https://${hostname}/?${query}`).toString('base64url')}`;
}

/** The Regional STS endpoint: the global one is a single point of failure, and is not there in other partitions. */
function stsHostOf(region: string): string {
  const domain = PARTITION_DOMAINS.find(([prefix]) => region.startsWith(prefix))?.[1] ?? 'amazonaws.com';
  return `sts.${region}.${domain}`;
}
