import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { kindOf } from '../../kinds/kind-table.ts';
import type { World } from '../../kinds/kind-row.ts';
import {
  generationOf,
  isTerminating,
  labelsOf,
  nameOf,
  namespaceOf,
  uidOf,
} from '../../objects/api-object.ts';
import type { ApiObject } from '../../objects/api-object.ts';
import { conditionOf, withCondition } from '../../objects/conditions.ts';
import { numberAt, objectAt, textAt, textsAt, valueAt, withoutNulls, withValue } from '../../objects/json.ts';
import type { Json } from '../../objects/json.ts';
import { insertObject } from '../../requests/create-object.ts';
import { writeUpdate } from '../../requests/update-object.ts';
import { createQueueController } from '../controller.ts';
import type { Controller, ControllerContext } from '../controller.ts';
import { recordEvent } from '../record-event.ts';
import { controllerReference, objectAtKey, ownedBy, ownerKeys } from './owned-pods.ts';

const HASH_LABEL = 'pod-template-hash';
const REVISION = 'deployment.kubernetes.io/revision';
const COMPONENT = 'deployment-controller';

/** Keeps one ReplicaSet per pod template of each Deployment and moves replicas from the old ones to the newest. */
export function createDeploymentController({ world }: ControllerContext): Controller {
  return createQueueController({
    keysOf: (event) =>
      event.storage === 'deployments' || event.storage === 'replicasets'
        ? ownerKeys(event, { storage: 'deployments', kind: 'Deployment' })
        : [],
    reconcile: (key, now) => {
      const deployment = objectAtKey(world, 'deployments', key);
      if (deployment === undefined || isTerminating(deployment)) return;
      const sets = ownedBy(world, 'replicasets', deployment);
      const hash = hashOf(deployment);
      const newest =
        sets.find((set) => labelsOf(set)[HASH_LABEL] === hash) ??
        createSet(world, deployment, { hash, revision: sets.length + 1 }, now);
      const old = sets.filter((set) => uidOf(set) !== uidOf(newest));
      if (objectAt(deployment, 'spec')['paused'] !== true) roll(world, deployment, { newest, old }, now);
      writeStatus(world, deployment, hash, now);
    },
  });
}

function hashOf(deployment: ApiObject): string {
  const template = JSON.stringify(sorted(objectAt(deployment, 'spec', 'template')));
  return createHash('sha256').update(template).digest('hex').slice(0, 10);
}

function sorted(value: Json): Json {
  if (Array.isArray(value)) return (value as readonly Json[]).map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value as Readonly<Record<string, Json>>).sort(([a], [b]) =>
    a < b ? -1 : 1,
  );
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]));
}

function createSet(
  world: World,
  deployment: ApiObject,
  of: { readonly hash: string; readonly revision: number },
  now: number,
): ApiObject {
  const template = objectAt(deployment, 'spec', 'template');
  const labels = { ...textsAt(template, 'metadata', 'labels'), [HASH_LABEL]: of.hash };
  const selector = objectAt(deployment, 'spec', 'selector');
  const set: ApiObject = {
    metadata: {
      name: `${nameOf(deployment)}-${of.hash}`,
      labels,
      annotations: { [REVISION]: String(of.revision) },
      ownerReferences: [controllerReference(kindOf('deployments', 'apps'), deployment)],
    },
    spec: {
      replicas: 0,
      selector: { ...selector, matchLabels: { ...objectAt(selector, 'matchLabels'), [HASH_LABEL]: of.hash } },
      template: withValue(template, ['metadata', 'labels'], labels),
    },
  };
  const route = { row: kindOf('replicasets', 'apps'), namespace: namespaceOf(deployment) };
  return insertObject({ world }, { route, object: set, now, isDryRun: false });
}

interface Sets {
  readonly newest: ApiObject;
  readonly old: readonly ApiObject[];
}

const replicasOf = (set: ApiObject): number => numberAt(set, 'spec', 'replicas') ?? 0;
const availableOf = (set: ApiObject): number => numberAt(set, 'status', 'availableReplicas') ?? 0;
const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);

// Up as far as the surge allows, down as far as enough pods stay available; Recreate waits until the old ones are gone.
function roll(world: World, deployment: ApiObject, { newest, old }: Sets, now: number): void {
  const wanted = numberAt(deployment, 'spec', 'replicas') ?? 1;
  const oldReplicas = sum(old.map(replicasOf));
  const isRecreate = textAt(deployment, 'spec', 'strategy', 'type') === 'Recreate';
  const surge = share(
    valueAt(deployment, 'spec', 'strategy', 'rollingUpdate', 'maxSurge'),
    wanted,
    Math.ceil,
  );
  const missing = share(
    valueAt(deployment, 'spec', 'strategy', 'rollingUpdate', 'maxUnavailable'),
    wanted,
    Math.floor,
  );
  if (isRecreate) {
    for (const set of old) scale(world, deployment, { set, replicas: 0 }, now);
    const remaining = sum(old.map((set) => numberAt(set, 'status', 'replicas') ?? 0));
    scale(world, deployment, { set: newest, replicas: remaining === 0 ? wanted : 0 }, now);
    return;
  }
  const room = Math.max(0, wanted + surge - oldReplicas);
  scale(
    world,
    deployment,
    { set: newest, replicas: Math.max(Math.min(wanted, room), Math.min(wanted, replicasOf(newest))) },
    now,
  );
  const unavailableAllowed = surge === 0 && missing === 0 ? 1 : missing;
  let spare =
    sum(old.map((set) => replicasOf(set) - availableOf(set))) +
    Math.max(0, sum([newest, ...old].map(availableOf)) - (wanted - unavailableAllowed));
  for (const set of old) {
    const down = Math.min(spare, replicasOf(set));
    spare -= down;
    scale(world, deployment, { set, replicas: replicasOf(set) - down }, now);
  }
}

function share(value: Json | undefined, of: number, round: (value: number) => number): number {
  if (typeof value === 'number') return value;
  return typeof value === 'string' ? round((Number.parseFloat(value) / 100) * of) : 0;
}

function scale(
  world: World,
  deployment: ApiObject,
  to: { readonly set: ApiObject; readonly replicas: number },
  now: number,
): void {
  const set = world.store.get('replicasets', namespaceOf(to.set), nameOf(to.set));
  if (set === undefined || replicasOf(set) === to.replicas) return;
  const route = { row: kindOf('replicasets', 'apps'), namespace: namespaceOf(set), name: nameOf(set) };
  const next = withValue(set, ['spec', 'replicas'], to.replicas);
  writeUpdate({ world }, { route, next, previous: set, now, isDryRun: false });
  const message = `Scaled ${to.replicas > replicasOf(set) ? 'up' : 'down'} replica set ${nameOf(set)} from ${replicasOf(set)} to ${to.replicas}`;
  recordEvent(
    world,
    {
      about: deployment,
      kind: 'Deployment',
      type: 'Normal',
      reason: 'ScalingReplicaSet',
      message,
      component: COMPONENT,
    },
    now,
  );
}

function writeStatus(world: World, deployment: ApiObject, hash: string, now: number): void {
  const sets = ownedBy(world, 'replicasets', deployment);
  const newest = sets.filter((set) => labelsOf(set)[HASH_LABEL] === hash);
  const count = (of: readonly ApiObject[], field: string): number =>
    sum(of.map((set) => numberAt(set, 'status', field) ?? 0));
  const wanted = numberAt(deployment, 'spec', 'replicas') ?? 1;
  const [replicas, updated, ready, available] = [
    count(sets, 'replicas'),
    count(newest, 'replicas'),
    count(sets, 'readyReplicas'),
    count(sets, 'availableReplicas'),
  ];
  const orNull = (number: number): number | null => (number === 0 ? null : number);
  const counts = withoutNulls({
    observedGeneration: generationOf(deployment),
    replicas: orNull(replicas),
    updatedReplicas: orNull(updated),
    readyReplicas: orNull(ready),
    availableReplicas: orNull(available),
    unavailableReplicas: orNull(Math.max(0, wanted - available)),
    conditions: objectAt(deployment, 'status')['conditions'],
  });
  const isDone = updated === wanted && replicas === wanted && available === wanted;
  const withCounts = { ...deployment, status: counts };
  const next = withWords(
    withWords(withCounts, availability(available >= wanted), now),
    progress(isDone, hash, deployment),
    now,
  );
  if (!isDeepStrictEqual(next, deployment)) world.store.put('deployments', next);
}

interface Words {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

function withWords(deployment: ApiObject, words: Words, now: number): ApiObject {
  const before = conditionOf(deployment, words.type);
  if (before?.['status'] === words.status && before['reason'] === words.reason) return deployment;
  return withCondition(deployment, { ...words }, now);
}

function availability(isAvailable: boolean): Words {
  if (isAvailable)
    return {
      type: 'Available',
      status: 'True',
      reason: 'MinimumReplicasAvailable',
      message: 'Deployment has minimum availability.',
    };
  return {
    type: 'Available',
    status: 'False',
    reason: 'MinimumReplicasUnavailable',
    message: 'Deployment does not have minimum availability.',
  };
}

function progress(isDone: boolean, hash: string, deployment: ApiObject): Words {
  const set = `ReplicaSet "${nameOf(deployment)}-${hash}"`;
  if (isDone)
    return {
      type: 'Progressing',
      status: 'True',
      reason: 'NewReplicaSetAvailable',
      message: `${set} has successfully progressed.`,
    };
  return {
    type: 'Progressing',
    status: 'True',
    reason: 'ReplicaSetUpdated',
    message: `${set} is progressing.`,
  };
}
