import * as z from 'zod';
import { describeFaults } from './describe-faults.ts';

const text = z.string().min(1);
const time = z.iso.datetime({ offset: true });

const networkInterface = z.looseObject({
  attachmentId: z.string().exactOptional(),
  privateIpv4Address: z.string().exactOptional(),
  ipv6Address: z.string().exactOptional(),
});

const container = z.looseObject({
  name: text,
  lastStatus: text,
  containerArn: z.string().exactOptional(),
  taskArn: z.string().exactOptional(),
  image: z.string().exactOptional(),
  imageDigest: z.string().exactOptional(),
  runtimeId: z.string().exactOptional(),
  exitCode: z.int().exactOptional(),
  reason: z.string().exactOptional(),
  networkInterfaces: z.array(networkInterface).exactOptional(),
});

const attachment = z.looseObject({
  id: z.string().exactOptional(),
  type: text,
  status: text,
  details: z.array(z.looseObject({ name: z.string(), value: z.string().exactOptional() })).exactOptional(),
});

const overrides = z.looseObject({
  containerOverrides: z
    .array(
      z.looseObject({
        name: z.string().exactOptional(),
        environment: z.array(z.looseObject({ name: z.string(), value: z.string() })).exactOptional(),
      }),
    )
    .exactOptional(),
});

const detail = z.looseObject({
  taskArn: text,
  clusterArn: text,
  taskDefinitionArn: text,
  lastStatus: text,
  desiredStatus: text,
  version: z.int().nonnegative(),
  containers: z.array(container),
  startedBy: z.string().exactOptional(),
  group: z.string().exactOptional(),
  launchType: z.string().exactOptional(),
  capacityProviderName: z.string().exactOptional(),
  availabilityZone: z.string().exactOptional(),
  cpu: z.string().exactOptional(),
  memory: z.string().exactOptional(),
  attachments: z.array(attachment).exactOptional(),
  overrides: overrides.exactOptional(),
  stopCode: z.string().exactOptional(),
  stoppedReason: z.string().exactOptional(),
  createdAt: time.exactOptional(),
  connectivityAt: time.exactOptional(),
  pullStartedAt: time.exactOptional(),
  pullStoppedAt: time.exactOptional(),
  startedAt: time.exactOptional(),
  stoppingAt: time.exactOptional(),
  executionStoppedAt: time.exactOptional(),
  stoppedAt: time.exactOptional(),
  updatedAt: time.exactOptional(),
});

/**
 * The EventBridge event "ECS Task State Change" as ECS sends it, about 5 to 9 times in the life of a task.
 *
 * Only what is read is demanded; AWS may add fields at any time, so unknown ones are allowed and kept. The same task as
 * DescribeTasks gives, with these differences: times are ISO strings, the attachment type of the network interface is `eni`,
 * `updatedAt` is added, tags and health are missing. `containers` is empty when the task never started.
 * `version` rises by one per change and is the only order: delivery is at least once and in any order.
 */
export const ecsTaskStateChangeSchema = z.looseObject({
  version: text,
  id: text,
  'detail-type': z.literal('ECS Task State Change'),
  source: z.literal('aws.ecs'),
  account: text,
  time,
  region: text,
  resources: z.array(z.string()),
  detail,
});

/** One parsed "ECS Task State Change" event. */
export type EcsTaskStateChange = z.infer<typeof ecsTaskStateChangeSchema>;

/** Either the event, or every fault of the input: `<path>: <value seen>; allowed: <what>`. */
export type ParsedEcsTaskStateChange =
  | { readonly ok: true; readonly event: EcsTaskStateChange }
  | { readonly ok: false; readonly faults: readonly string[] };

/**
 * Reads a parsed JSON body as an "ECS Task State Change". Never throws; names all faults at once.
 * Faults show no value of `overrides`, which may be the user's environment.
 */
export function parseEcsTaskStateChange(input: unknown): ParsedEcsTaskStateChange {
  const result = ecsTaskStateChangeSchema.safeParse(input, { reportInput: true });
  return result.success
    ? { ok: true, event: result.data }
    : { ok: false, faults: describeFaults(result.error) };
}
