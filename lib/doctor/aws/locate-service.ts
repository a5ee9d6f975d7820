import type { AwsServiceShape } from './aws-services.ts';

/** Where a service is, and for which Region a signature must be. */
export interface Located {
  readonly url: string;
  readonly region: string;
}

/** Where IAM is in each partition, by the prefix of its Regions (AWS General Reference, IAM endpoints). */
const GLOBAL: readonly (readonly [prefix: string, host: string, region: string])[] = [
  ['cn-', '{service}.cn-north-1', 'cn-north-1'],
  ['us-gov-', '{service}.us-gov', 'us-gov-west-1'],
  ['', '{service}', 'us-east-1'],
];

/**
 * The endpoint of a service: that of the environment where it names one (`AWS_ENDPOINT_URL_<SERVICE>`, `AWS_ENDPOINT_URL`), as for
 * every SDK and the CLI; else AWS's own.
 *
 * @param domain - of the partition, such as `amazonaws.com`
 */
export function locateService(
  { host, variable, isGlobal }: AwsServiceShape,
  { region, domain }: { readonly region: string; readonly domain: string },
  environment: Readonly<Record<string, string | undefined>>,
): Located {
  const isIgnored = environment['AWS_IGNORE_CONFIGURED_ENDPOINT_URLS'] === 'true';
  const own = environment[`AWS_ENDPOINT_URL_${variable}`] ?? environment['AWS_ENDPOINT_URL'];
  if (own !== undefined && own !== '' && !isIgnored) return { url: own.replace(/\/$/, ''), region };
  if (isGlobal !== true) return { url: `https://${host}.${region}.${domain}`, region };
  const [, pattern = '', signedFor = ''] = GLOBAL.find(([prefix]) => region.startsWith(prefix)) ?? [];
  return { url: `https://${pattern.replace('{service}', host)}.${domain}`, region: signedFor };
}
