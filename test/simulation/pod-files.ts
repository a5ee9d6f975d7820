import type { Instant, Pod } from '../../lib/core/kubernetes.ts';
import { ordinal } from './story.ts';

/** Who changed the API server in a step. */
export type Writer = 'product' | 'world';

/** What is known of one pod, of its whole life. */
export interface PodFile {
  readonly uid: string;
  /** `namespace/name`. */
  readonly name: string;
  /** For people: `web-1`, or `web-1 (2nd)` for the next pod of that name. */
  readonly label: string;
  /** As the API server has it, or had it last. */
  pod: Pod;
  goneAt?: Instant;
  /** `world`: by a user with grace 0; Kubernetes itself then promises nothing about overlaps. */
  goneBy?: Writer;
  /** Containers (by id) that were shown as ended. */
  readonly ended: Set<string>;
}

/** One change of the API server. */
export interface PodChange {
  readonly file: PodFile;
  readonly before: Pod | undefined;
  /** `undefined`: the object is gone. */
  readonly after: Pod | undefined;
}

/** The files of all pods. */
export interface PodFiles {
  /** Compares the API server with the files; tells every change since the last time. */
  update(pods: readonly Pod[], by: Writer, now: Instant): readonly PodChange[];
  of(uid: string): PodFile | undefined;
  all(): Iterable<PodFile>;
  /** What people call the pod of that UID. */
  labelOf(uid: string | undefined): string;
}

/** No pod yet. */
export function createPodFiles(): PodFiles {
  const files = new Map<string, PodFile>();
  const present = new Map<string, PodFile>();
  const namesakes = new Map<string, number>();
  const open = (pod: Pod): PodFile => {
    const { uid, name, namespace } = pod.metadata;
    const nth = (namesakes.get(name) ?? 0) + 1;
    namesakes.set(name, nth);
    const label = nth === 1 ? name : `${name} (${ordinal(nth)})`;
    const file: PodFile = { uid, name: `${namespace}/${name}`, label, pod, ended: new Set() };
    files.set(uid, file);
    present.set(uid, file);
    return file;
  };
  return {
    update: (pods, by, now) => {
      const changes: PodChange[] = [];
      for (const pod of pods) {
        const known = files.get(pod.metadata.uid);
        const file = known ?? open(pod);
        if (known !== undefined && known.pod === pod) continue;
        changes.push({ file, before: known?.pod, after: pod });
        file.pod = pod;
      }
      if (present.size > pods.length) {
        const left = new Set(pods.map(({ metadata }) => metadata.uid));
        for (const file of [...present.values()]) {
          if (left.has(file.uid)) continue;
          present.delete(file.uid);
          file.goneAt = now;
          file.goneBy = by;
          changes.push({ file, before: file.pod, after: undefined });
        }
      }
      return changes;
    },
    of: (uid) => files.get(uid),
    all: () => files.values(),
    labelOf: (uid) => files.get(uid ?? '')?.label ?? `pod ${uid ?? 'of nobody'}`,
  };
}
