import { createHash } from 'node:crypto';
import type { PodRecord } from '../../../lib/core/record.ts';
import type { ObservedContainer } from '../../../lib/core/task.ts';

/** Text that does not compress: what a hash or a random suffix looks like. */
function noise(seed: string, length: number): string {
  let text = '';
  for (let part = 0; text.length < length; part += 1)
    text += createHash('sha256').update(`${seed}${part}`).digest('hex');
  return text.slice(0, length);
}

/** When everything in the record happened. */
export const T0 = 1_772_366_412_345;
/** The longest name of a cluster. */
export const CLUSTER = noise('cluster', 63);
/** The id in the task's ARN. */
export const TASK_ID = noise('task', 32);
const ARN = `arn:aws:ecs:ap-southeast-2:123456789012:task/lambdalet-${CLUSTER}/${TASK_ID}`;

/** A container at its legal limits: ECS and Kubernetes allow ten of them in a task, with names of 63 characters. */
function largeContainer(number: number, seed: string): ObservedContainer {
  return {
    name: noise(`name${number}`, 63),
    state: 'stopped',
    exitCode: 137,
    reason: `OutOfMemoryError: ${noise(`${seed}reason${number}`, 238)}`,
    outOfMemory: true,
    runtimeId: `${noise(seed, 32)}-${noise(`${seed}${number}`, 10)}`,
    imageDigest: `sha256:${noise(`digest${number}`, 64)}`,
    health: 'unhealthy',
    startedAt: T0 + number,
    finishedAt: T0 + 60_000 + number,
  };
}

/** Every field at its limit, with a node name of 63 characters (the longest that fits the hostname label). */
export function largestRecord(): PodRecord {
  const containers = Array.from({ length: 10 }, (_, number) => largeContainer(number, 'now'));
  return {
    uid: '0c7a3e0e-6f2b-4a57-9a0e-3d1d3f0f9f11',
    namespace: noise('namespace', 63),
    name: noise('pod', 253),
    node: noise('node', 63),
    state: 'launched',
    specHash: `1:${noise('spec', 64)}`,
    attempt: 9999,
    try: 99,
    claimer: '5b0f3a52-5d8e-4f3f-8a4e-0c60a6b1f1aa',
    launchBefore: T0,
    firstSentAt: T0,
    replayed: true,
    taskDefinition: `arn:aws:ecs:ap-southeast-2:123456789012:task-definition/lambdalet-${CLUSTER}-${noise('spec', 64)}:99`,
    taskArn: ARN,
    launchedAt: T0,
    task: {
      arn: ARN,
      version: 999,
      state: 'stopped',
      containers,
      podIP: '10.255.255.255',
      createdAt: T0,
      startedAt: T0,
      stoppingAt: T0,
      stoppedAt: T0,
      cause: 'containerStart',
      reason: noise('task reason', 256),
      disruption: noise('disruption', 64),
    },
    previous: {
      attempt: 9998,
      taskArn: `${ARN.slice(0, -32)}${noise('previous', 32)}`,
      containers: Array.from({ length: 10 }, (_, number) => largeContainer(number, 'then')),
      cause: 'disruption',
      startedAt: T0,
      stoppedAt: T0,
    },
    stop: { at: T0, why: 'deadlineExceeded', deadline: T0 },
    nextTryAt: T0,
    missingSince: T0,
    generation: 9999,
    edit: { kind: 'resize', message: noise('edit', 256), attempt: 1 },
    use: { vcpu: 0.25, usdPerHour: 0.003702751, capacityType: 'on-demand' },
    restarts: Object.fromEntries(containers.map(({ name }) => [name, 9999])),
    backOffCount: 9999,
    expiresAt: T0,
  };
}
