import type { Deed, DeedKind } from './deeds.ts';
import type { World } from './world.ts';

/** Until whatever a trouble has interrupted is under way again: a dead slot, a trigger, a back-off. */
const AFTERMATH_MS = 6 * 60_000;
/** Nothing is declared lost while the Node is so young. */
const NEW_NODE_MS = 10 * 60_000;
/** An API server that restarts answers nobody for so long. */
const RESTART_MS = 3_000;

/** Lets a deed happen. */
export function doDeed(world: World, deed: Deed): void {
  (DOERS[deed.kind] as (world: World, deed: Deed) => void)(world, deed);
}

type Doers = { readonly [Kind in DeedKind]: (world: World, deed: Extract<Deed, { kind: Kind }>) => void };

const DOERS: Doers = {
  createPod: ({ users }, { name, pod }) => users.create(name, pod),
  deletePod: ({ users }, deed) => users.remove(deed),
  editPod: ({ users }, { name, what }) => users.edit(name, what),
  strike: ({ strikes, timeline }, { strike }) => strikes.add(strike, timeline.now()),
  sendEvents: ({ mailbox }, deed) => mailbox.addMishap(deed),
  invoke: (world, { kind, what, times }) => {
    happens(world, kind, `${what} is invoked ${times} times more`);
    for (let nth = 0; nth < times; nth += 1) world.staff.invoke(what);
  },
  withholdTriggers: (world, { kind, forMs }) => {
    happens(world, kind, `no triggers for ${forMs / 1000} s`, forMs);
    const { notes, timeline } = world;
    notes.noTriggersUntil = Math.max(notes.noTriggersUntil, timeline.now() + forMs);
  },
  deploy: (world, { kind, version, mode }) => {
    happens(world, kind, `the ${version} version is deployed (${mode} mode)`);
    const deployId = `d${world.timeline.now()}`;
    world.handOver.onDeploy(deployId);
    world.staff.deploy({ deployId, version, mode });
  },
  restartApiServer: (world, { kind }) => {
    happens(world, kind, 'the API server restarts: every watch breaks', RESTART_MS);
    const fate = { kind: 'fails', as: 'transient' } as const;
    world.strikes.add({ port: 'pods', fate, calls: 1000, forMs: RESTART_MS }, world.timeline.now());
    world.apiServer.truth.controls.breakWatches();
  },
  compact: (world, { kind }) => {
    happens(world, kind, 'etcd forgets its history: every watch has expired');
    world.apiServer.truth.controls.compact();
  },
  deleteNode: (world, { kind }) => {
    const { controls } = world.apiServer.truth;
    const [node = ''] = world.nodes;
    if (controls.nodeOf(node) === undefined) return;
    happens(world, kind, 'someone deletes the Node', NEW_NODE_MS);
    controls.deleteNode(node);
  },
  flapNode: (world, { kind }) => {
    happens(world, kind, 'the node flaps: its pods are not Ready');
    for (const node of world.nodes) world.apiServer.truth.controls.flapNode(node);
  },
  clearTable: (world, { kind }) => {
    // Whoever has forgotten which cluster is its own takes the first for it; and the list of tasks is the only memory left.
    if (world.apiServer.swappedSince() !== undefined || world.cloud.hidesTasks()) return;
    happens(world, kind, 'the table loses everything', 0);
    world.notes.clearedAt = world.timeline.now();
    world.table.clear();
  },
  restoreTable: (world, { kind, agoMs }) => {
    if (world.apiServer.swappedSince() !== undefined || world.cloud.hidesTasks()) return;
    // People do not do it twice in a minute.
    if (world.timeline.now() - (world.notes.replacedAt ?? 0) < 60_000) return;
    if (!world.table.restore(world.timeline.now() - agoMs)) return;
    happens(world, kind, `the table is again as it was ${agoMs / 1000} s ago`, 0);
    world.notes.clearedAt = world.timeline.now();
    world.notes.replacedAt = world.timeline.now();
  },
  runStranger: (world, { kind }) => {
    happens(world, kind, 'somebody else starts a task in the ECS cluster');
    world.cloud.runStranger(world.timeline.now());
  },
  tearDown: (world, { kind }) => {
    happens(world, kind, 'the node is removed from the deployment');
    world.users.rest();
    world.notes.isClosing = true;
    world.notes.noTriggersUntil = Infinity;
    world.staff.invoke('node-teardown');
  },
  hidePods: (world, deed) => hide(world, deed, 'pods', (share) => world.apiServer.hidePods(share)),
  hideRecords: (world, deed) => hide(world, deed, 'records', (share) => world.table.hideRecords(share)),
  hideTasks: (world, deed) => {
    // With the table gone, nobody could live without the list of tasks too.
    if (world.notes.clearedAt !== undefined || world.table.marks().stored.rebuiltAt === undefined) return;
    hide(world, deed, 'tasks', (share) => world.cloud.hideTasks(share));
  },
  swapCluster: (world, deed) => {
    if (world.table.marks().stored.identity === undefined) return;
    during(world, deed, 'the credentials point at another cluster', (isOn) => {
      world.apiServer.swap(isOn);
      world.apiServer.truth.controls.breakWatches();
    });
  },
  exhaustCapacity: (world, deed) =>
    during(world, deed, 'Fargate has no capacity', (isOn) => {
      world.cloud.model.capacity.unavailable = isOn;
    }),
  exhaustQuota: (world, deed) =>
    during(world, deed, 'the vCPU quota is used up', (isOn) => {
      world.cloud.model.capacity.onDemandVcpus = isOn ? 0 : undefined;
    }),
  putInput: ({ inputs, story }, { what, name }) => {
    story.tell(() => `the ${what} ${name} is made`);
    inputs.put(what, name);
  },
  removeInput: (world, { kind, what, name }) => {
    happens(world, kind, `the ${what} ${name} is removed`);
    world.inputs.remove(what, name);
  },
  forbidInputs: (world, deed) =>
    during(world, deed, `no ${deed.what} may be read`, (isOn) => world.inputs.forbid(deed.what, isOn)),
  spoilFiles: (world, deed) =>
    during(world, deed, 'the writer gets nothing to lay out', (isOn) => world.storage.spoil(isOn)),
  emptyBucket: (world, { kind }) => {
    happens(world, kind, 'somebody removes every file of the bucket', 0);
    world.storage.empty(world.timeline.now());
  },
  loseSecrets: (world, { kind }) => {
    happens(world, kind, 'somebody removes every mirrored secret', 0);
    world.storage.loseSecrets(world.timeline.now());
  },
  sicken: (world, { kind, name, ailment }) => {
    happens(world, kind, `the ${ailment} of ${name} begins to fail`);
    world.sickness.set(name, ailment, true);
  },
  jumpClock: (world, { kind, ms }) => {
    const { timeline, notes, gates } = world;
    for (const land of [...gates.onWire]) land();
    happens(world, kind, `the clock jumps forward by ${ms / 1000} s`, ms);
    notes.jumpedAt = timeline.now() + ms;
    timeline.moveTo(timeline.now() + ms);
  },
  strikeTask: (world, { kind, name, blow }) => {
    const { users, cloud, timeline, files, story } = world;
    const uid = users.podNamed(name)?.metadata.uid;
    const task = cloud.tasks.of(uid ?? '').at(-1);
    if (task === undefined || !cloud.strike(task, blow, timeline.now())) return;
    happens(world, kind, `${BLOWS[blow]} the task of ${files.labelOf(uid)}`);
    story.count(`blow ${blow}`);
  },
};

const BLOWS = {
  forget: 'ECS forgets',
  interruptSpot: 'Spot takes away',
  retire: 'AWS retires',
  failHost: 'the host fails of',
  personStops: 'a person stops',
  killForMemory: 'the kernel kills a container of',
} as const;

/** Notes that a trouble happens now; with `disturbsMs` no sweep need be complete before that and its aftermath. */
function happens(
  { story, notes, timeline }: World,
  kind: DeedKind,
  words: string,
  disturbsMs?: number,
): void {
  story.count(kind);
  story.mark(kind);
  story.tell(() => words);
  if (disturbsMs !== undefined)
    notes.disturbedUntil = Math.max(notes.disturbedUntil, timeline.now() + disturbsMs + AFTERMATH_MS);
}

/** A trouble that lasts for a while. */
function during(
  world: World,
  { kind, forMs }: { readonly kind: DeedKind; readonly forMs: number },
  words: string,
  set: (isOn: boolean) => void,
): void {
  happens(world, kind, `${words} for ${forMs / 1000} s`, forMs);
  set(true);
  world.timeline.plan(world.timeline.now() + forMs, () => {
    set(false);
    world.story.tell(() => `(no more: ${words})`);
  });
}

function hide(
  world: World,
  deed: { readonly kind: DeedKind; readonly forMs: number; readonly share: number },
  what: string,
  set: (share: number) => void,
): void {
  during(world, deed, `lists of ${what} leave out ${deed.share * 100} %`, (isOn) =>
    set(isOn ? deed.share : 0),
  );
}
