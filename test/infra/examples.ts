import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';

const FOLDER = join(import.meta.dirname, '../../examples');

/** The names of the shipped examples. */
export const EXAMPLES: readonly string[] = readdirSync(FOLDER).filter((file) => file.endsWith('.yaml'));

/** The text of an example. */
export function exampleText(name: string): string {
  return readFileSync(join(FOLDER, name), 'utf8');
}

/** A part of AWS with names of its own. */
export interface Partition {
  readonly name: string;
  /** What stands for the Regions of the examples. */
  readonly regions: Readonly<Record<'eu-west-1' | 'eu-central-1', string>>;
  /** Under which its services are. */
  readonly domain: string;
}

export const PARTITIONS: readonly Partition[] = [
  {
    name: 'aws',
    regions: { 'eu-west-1': 'eu-west-1', 'eu-central-1': 'eu-central-1' },
    domain: 'amazonaws.com',
  },
  {
    name: 'aws-us-gov',
    regions: { 'eu-west-1': 'us-gov-west-1', 'eu-central-1': 'us-gov-east-1' },
    domain: 'amazonaws.com',
  },
  {
    name: 'aws-cn',
    regions: { 'eu-west-1': 'cn-north-1', 'eu-central-1': 'cn-northwest-1' },
    domain: 'amazonaws.com.cn',
  },
];

/** An example as somebody would write it for another partition: bound to Regions of it, or to none at all. */
export function exampleIn(
  name: string,
  { name: partition, regions, domain }: Partition,
  isBound: boolean,
): string {
  const moved = Object.entries(regions)
    .reduce((text, [from, to]) => text.replaceAll(from, to), exampleText(name))
    .replaceAll('arn:aws:', `arn:${partition}:`)
    .replaceAll('amazonaws.com', domain);
  const { clusters, ...top } = parse(moved) as { clusters: readonly Record<string, unknown>[] };
  if (isBound) return stringify({ ...top, region: regions['eu-west-1'], clusters });
  const unbound = clusters.map((cluster) => ({ ...cluster, region: undefined }));
  return stringify({ ...top, region: undefined, clusters: unbound }, { keepUndefined: false });
}
