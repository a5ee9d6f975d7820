import { objectAt, textAt, type JsonObject } from '../../local/api-server/objects/json.ts';
import type { ApiRequest } from '../../local/api-server/requests/api-request.ts';
import type { CostWorld } from './open-world.ts';

/** `job`: runs for a minute and succeeds; `service`: runs until it is deleted. Both have a variable of a Secret, so a file each. */
export type PodKind = 'job' | 'service';

const PODS = '/api/v1/namespaces/default/pods';
const SCRIPTS: Readonly<Record<PodKind, string>> = {
  job: 'sleep 60',
  service: 'while true; do sleep 3600; done',
};

const SECRET = 'database';

/** Makes the Secret that every pod of a story refers to. */
export function addSecret(world: CostWorld): void {
  const body = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: SECRET, namespace: 'default' },
    data: { password: Buffer.from('a password').toString('base64') },
  };
  ask(world, { method: 'POST', path: '/api/v1/namespaces/default/secrets', body });
}

/** Binds pods to the nodes by turns, numbered from `first`. */
export function addPods(
  world: CostWorld,
  nodes: readonly string[],
  { kind, first, pods }: { readonly kind: PodKind; readonly first: number; readonly pods: number },
): void {
  for (let nth = first; nth < first + pods; nth += 1) {
    const nodeName = nodes[nth % nodes.length] ?? '';
    ask(world, { method: 'POST', path: PODS, body: podOf(kind, `${kind}-${nth}`, nodeName) });
  }
}

/** Deletes every pod, as its owner would. */
export function deletePods(world: CostWorld): void {
  for (const { metadata } of world.api.store.list('pods'))
    ask(world, { method: 'DELETE', path: `${PODS}/${textAt(metadata, 'name')}` });
}

/** Whether so many pods show this phase. */
export function arePods(world: CostWorld, phase: string, pods: number): boolean {
  const there = world.api.store
    .list('pods')
    .filter((pod) => textAt(objectAt(pod, 'status'), 'phase') === phase);
  return there.length === pods;
}

/** The template is the same for all of a kind, as of one workload: they share a task definition. */
function podOf(kind: PodKind, name: string, nodeName: string): JsonObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default' },
    spec: {
      nodeName,
      restartPolicy: kind === 'job' ? 'Never' : 'Always',
      containers: [
        {
          name: 'main',
          image: 'public.ecr.aws/docker/library/busybox:1.37',
          command: ['sh', '-c', SCRIPTS[kind]],
          env: [{ name: 'PASSWORD', valueFrom: { secretKeyRef: { name: SECRET, key: 'password' } } }],
          resources: { requests: { cpu: '250m', memory: '512Mi' } },
        },
      ],
    },
  };
}

function ask({ api, clock, touch }: CostWorld, request: ApiRequest): void {
  const { code, body } = api.handle(request, clock.now());
  if (code >= 300) throw new Error(`The API server of the story refused: ${JSON.stringify(body)}`);
  touch();
}
