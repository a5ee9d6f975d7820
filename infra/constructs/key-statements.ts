import type { Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { ClusterSettings } from '../cluster-settings.ts';

/** Services that use a customer managed key in the name of whoever calls them. */
type KeyUser = 'dynamodb' | 's3' | 'secretsmanager' | 'sqs';

/** What of a stack says where a service is. */
type KeyStack = Pick<Stack, 'region' | 'partition' | 'urlSuffix'>;

/**
 * What `kms:ViaService` says of services. KMS documents `<service>.<Region>.amazonaws.com`, and not what China says there, where services
 * have a domain of its own: both are named.
 */
export function viaServices(
  { region, partition, urlSuffix }: KeyStack,
  services: readonly KeyUser[],
): readonly string[] {
  const domains = KNOWN.includes(partition) ? [DOMAIN] : [DOMAIN, urlSuffix];
  return domains.flatMap((domain) => services.map((service) => `${service}.${region}.${domain}`));
}

const DOMAIN = 'amazonaws.com';
/** Partitions whose own domain it is. */
const KNOWN: readonly string[] = ['aws', 'aws-us-gov'];

/** Use the customer managed key of the settings, if there is one, by way of these services only. */
export function keyStatements(
  stack: KeyStack,
  { encryptionKeyArn }: Pick<ClusterSettings, 'encryptionKeyArn'>,
  services: readonly KeyUser[],
): readonly PolicyStatement[] {
  if (encryptionKeyArn === undefined || services.length === 0) return [];
  return [
    new PolicyStatement({
      actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
      resources: [encryptionKeyArn],
      conditions: { StringEquals: { 'kms:ViaService': viaServices(stack, services) } },
    }),
  ];
}
