import type { Objects } from '../../lib/ports/objects.ts';
import { createMemoryKubernetes } from '../memory/memory-kubernetes.ts';
import { type KubernetesUnderTest, NOON } from './kubernetes-under-test.ts';

function done(act: () => void): Promise<void> {
  act();
  return Promise.resolve();
}

/** The memory cluster under the contract: the loop's tests stand on it. */
export function kubernetesInMemory(): Promise<KubernetesUnderTest> {
  const memory = createMemoryKubernetes({ now: () => NOON });
  const { controls } = memory;
  return Promise.resolve({
    ports: memory,
    hands: {
      createPod: (pod) => Promise.resolve(controls.addPod(pod)),
      deletePod: (namespace, name, grace) => done(() => controls.deletePod(namespace, name, grace)),
      labelPod: (namespace, name, labels) => {
        controls.changePod(namespace, name, ({ metadata }) => {
          metadata.labels = { ...metadata.labels, ...labels };
        });
        return Promise.resolve();
      },
      removeFinalizers: (namespace, name) => {
        controls.changePod(namespace, name, ({ metadata }) => {
          delete metadata.finalizers;
        });
        return Promise.resolve();
      },
      putObject: (manifest) => done(() => controls.putObject(manifest)),
      removeObject: (kind, name) => done(() => controls.removeObject(kind, name)),
      deleteLease: (node) => done(() => controls.deleteNode(node)),
      eventsAbout: (uid) => Promise.resolve(controls.events().filter(({ about }) => about.uid === uid)),
      forgetHistory: () => done(() => controls.compact()),
    },
    newObjects: () => memory.objects,
    close: () => Promise.resolve(),
  });
}

/** The port in memory for whom may read nothing. */
export function powerlessInMemory(): Promise<Objects> {
  const { objects, controls } = createMemoryKubernetes({ now: () => NOON });
  for (const kind of ['ConfigMap', 'Secret', 'ServiceAccount', 'token'] as const) controls.forbid(kind);
  for (const kind of ['PersistentVolumeClaim', 'Service', 'NetworkPolicy'] as const) controls.forbid(kind);
  return Promise.resolve(objects);
}
