import type { InputKind, InputWish } from './inputs.ts';
import type { Ailment } from './sickness.ts';

/** The functions of the product, as invocations are told apart. */
export type FunctionName = 'pod-sync' | 'task-events' | 'node-heartbeat' | 'node-teardown';

/** The ports whose calls are gated, and the wire to ECS below the provider. */
export type GatedPort =
  | 'pods'
  | 'nodes'
  | 'leases'
  | 'cluster'
  | 'events'
  | 'records'
  | 'slot'
  | 'marks'
  | 'notices'
  | 'eventQueue'
  | 'objects'
  | 'probes'
  | 'ecs'
  | 's3'
  | 'secrets';

/** What becomes of one call. */
export type Fate =
  /** Nothing is carried out, and the caller is told. */
  | { readonly kind: 'fails'; readonly as: 'transient' | 'throttled' | 'auth' | 'ambiguous' }
  /** Carried out, but the answer never arrives. */
  | { readonly kind: 'losesAnswer' }
  /** The answer of the first send is lost, the adapter sends again and gives the second's. */
  | { readonly kind: 'isSentTwice' }
  /** The caller has given up when it is carried out. */
  | { readonly kind: 'arrivesLate'; readonly ms: number }
  | { readonly kind: 'isSlow'; readonly ms: number }
  /** The invocation dies, for ever, just before the call is carried out or before its answer arrives. */
  | { readonly kind: 'crashes'; readonly moment: 'before' | 'after' }
  /** The invocation stands still for that long once the call was carried out: a process that gets no CPU. */
  | { readonly kind: 'freezes'; readonly ms: number };

/** The next calls that a fate strikes. */
export interface Strike {
  readonly port: GatedPort;
  /** Default: every method. */
  readonly method?: string;
  readonly by?: FunctionName;
  readonly fate: Fate;
  /** How many calls; with `forMs` as many as come in that time. */
  readonly calls: number;
  readonly forMs: number;
}

/** What a container does. */
export type Behaviour =
  | { readonly kind: 'runs'; readonly onTerm: 'obeys' | 'exits0' | 'ignores' }
  | { readonly kind: 'exits'; readonly afterSeconds: number; readonly code: number }
  | { readonly kind: 'cannotBePulled' };

/** A container that runs before the others: it ends, it hangs, or it goes on beside them as a native sidecar. */
export type InitWish =
  | { readonly kind: 'exits'; readonly afterSeconds: number; readonly code: number }
  | { readonly kind: 'hangs' }
  | { readonly kind: 'sidecar' };

/** How the first container is probed. */
export interface ProbeWish {
  readonly by: 'exec' | 'http';
  readonly kind: Ailment;
}

/** A pod as a user writes it. */
export interface PodWish {
  readonly policy: 'Always' | 'OnFailure' | 'Never';
  readonly containers: readonly Behaviour[];
  readonly graceSeconds: number;
  readonly deadlineSeconds?: number;
  readonly finalizer?: true;
  /** A controller that makes a new pod of the same name as soon as the old one is gone, that many times. */
  readonly statefulTimes?: number;
  readonly inits?: readonly InitWish[];
  readonly inputs?: readonly InputWish[];
  readonly probe?: ProbeWish;
  readonly preStopSeconds?: number;
  /** What its first container asks for. */
  readonly vcpu?: number;
  /** Its containers are told their address. */
  readonly wantsAddress?: true;
  /** Cannot run on this node. */
  readonly unsupported?: true;
}

/** What AWS or a person does to the newest task of a pod. */
export type Blow = 'forget' | 'interruptSpot' | 'retire' | 'failHost' | 'personStops' | 'killForMemory';

/** One thing that happens to the world, `at` milliseconds after its start. */
export type Deed = { readonly at: number } & (
  | { readonly kind: 'createPod'; readonly name: string; readonly pod: PodWish }
  | {
      readonly kind: 'deletePod';
      readonly name: string;
      readonly graceSeconds?: number;
      readonly recreate?: true;
    }
  | { readonly kind: 'editPod'; readonly name: string; readonly what: 'label' | 'image' | 'finalizer' }
  | { readonly kind: 'strike'; readonly strike: Strike }
  | {
      readonly kind: 'sendEvents';
      readonly how: 'never' | 'twice' | 'late';
      readonly count: number;
      readonly ms: number;
    }
  | { readonly kind: 'invoke'; readonly what: FunctionName; readonly times: number }
  | { readonly kind: 'withholdTriggers'; readonly forMs: number }
  | { readonly kind: 'deploy'; readonly version: 'new' | 'old'; readonly mode: 'watch' | 'economy' }
  | {
      readonly kind:
        | 'restartApiServer'
        | 'compact'
        | 'deleteNode'
        | 'flapNode'
        | 'clearTable'
        | 'runStranger'
        | 'tearDown';
    }
  | {
      readonly kind: 'hidePods' | 'hideTasks' | 'hideRecords';
      readonly share: number;
      readonly forMs: number;
    }
  | { readonly kind: 'swapCluster' | 'exhaustCapacity' | 'exhaustQuota'; readonly forMs: number }
  | { readonly kind: 'jumpClock'; readonly ms: number }
  | { readonly kind: 'restoreTable'; readonly agoMs: number }
  | { readonly kind: 'putInput'; readonly what: InputKind; readonly name: string }
  | { readonly kind: 'removeInput'; readonly what: InputKind; readonly name: string }
  | { readonly kind: 'forbidInputs'; readonly what: InputKind; readonly forMs: number }
  | { readonly kind: 'spoilFiles'; readonly forMs: number }
  | { readonly kind: 'emptyBucket' | 'loseSecrets' }
  | { readonly kind: 'sicken'; readonly name: string; readonly ailment: Ailment }
  | { readonly kind: 'strikeTask'; readonly name: string; readonly blow: Blow }
);
export type DeedKind = Deed['kind'];
