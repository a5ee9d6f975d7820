import { NODE } from './create-deps.ts';
import type { Deed } from './deeds.ts';
import type { World } from './world.ts';

/** Lets a deed happen. */
export function doDeed(world: World, deed: Deed): void {
  const { users, strikes, timeline, story, staff, mailbox, apiServer, cloud, notes } = world;
  const { controls } = apiServer.truth;
  const now = timeline.now();
  const happens = (words: string): void => {
    story.count(deed.kind);
    story.mark(deed.kind);
    story.tell(() => words);
  };
  const disturb = (forMs: number): void => {
    notes.disturbedUntil = Math.max(notes.disturbedUntil, now + forMs + AFTERMATH_MS);
  };
  const during = (forMs: number, words: string, set: (on: boolean) => void): void => {
    happens(words);
    disturb(forMs);
    set(true);
    timeline.plan(now + forMs, () => {
      set(false);
      story.tell(() => `(over: ${words})`);
    });
  };
  switch (deed.kind) {
    case 'createPod':
      return users.create(deed.name, deed.pod);
    case 'deletePod':
      return deletePod(world, deed);
    case 'editPod':
      return void users.edit(deed.name, deed.what);
    case 'strike':
      return strikes.add(deed.strike, now);
    case 'sendEvents':
      return mailbox.addMishap(deed);
    case 'invoke':
      happens(`${deed.what} is invoked ${deed.times} times more`);
      for (let nth = 0; nth < deed.times; nth += 1) staff.invoke(deed.what);
      return;
    case 'withholdTriggers':
      disturb(deed.forMs);
      happens(`no triggers for ${deed.forMs / 1000} s`);
      notes.noTriggersUntil = Math.max(notes.noTriggersUntil, now + deed.forMs);
      return;
    case 'deploy':
      happens(`the ${deed.version} version is deployed (${deed.mode} mode)`);
      return staff.deploy({ deployId: `d${now}`, version: deed.version, mode: deed.mode });
    case 'restartApiServer':
      happens('the API server restarts: every watch breaks');
      strikes.add(
        { port: 'pods', fate: { kind: 'fails', as: 'transient' }, calls: 1000, forMs: RESTART_MS },
        now,
      );
      return controls.breakWatches();
    case 'compact':
      happens('etcd forgets its history: every watch has expired');
      return controls.compact();
    case 'deleteNode':
      if (controls.nodeOf(NODE) === undefined) return;
      happens('someone deletes the Node');
      disturb(NEW_NODE_MS);
      return controls.deleteNode(NODE);
    case 'flapNode':
      happens('the node flaps: its pods are not Ready');
      return controls.flapNode(NODE);
    case 'clearTable':
      // Whoever has forgotten which cluster is its own takes the first for it.
      if (apiServer.swappedSince() !== undefined) return;
      happens('the table loses everything');
      disturb(0);
      notes.clearedAt = now;
      return world.table.clear();
    case 'runStranger':
      happens('somebody else starts a task in the ECS cluster');
      return cloud.runStranger(now);
    case 'tearDown':
      return tearDown(world, happens);
    case 'hidePods':
      return during(
        deed.forMs,
        `lists of pods leave out ${deed.share * 100} % for ${deed.forMs / 1000} s`,
        (on) => apiServer.hidePods(on ? deed.share : 0),
      );
    case 'hideTasks':
      // With the table gone, the list of tasks is the only memory left: nobody could live with both.
      if (notes.clearedAt !== undefined || world.table.marks().stored.rebuiltAt === undefined) return;
      return during(
        deed.forMs,
        `lists of tasks leave out ${deed.share * 100} % for ${deed.forMs / 1000} s`,
        (on) => cloud.hideTasks(on ? deed.share : 0),
      );
    case 'swapCluster':
      if (world.table.marks().stored.identity === undefined) return;
      return during(
        deed.forMs,
        `the credentials point at another cluster for ${deed.forMs / 1000} s`,
        (on) => {
          apiServer.swap(on);
          controls.breakWatches();
        },
      );
    case 'exhaustCapacity':
      return during(deed.forMs, `Fargate has no capacity for ${deed.forMs / 1000} s`, (on) => {
        cloud.model.capacity.unavailable = on;
      });
    case 'exhaustQuota':
      return during(deed.forMs, `the vCPU quota is used up for ${deed.forMs / 1000} s`, (on) => {
        cloud.model.capacity.onDemandVcpus = on ? 0 : undefined;
      });
    case 'jumpClock':
      for (const land of [...world.gates.onWire]) land();
      happens(`the clock jumps forward by ${deed.ms / 1000} s`);
      disturb(deed.ms);
      notes.jumpedAt = now + deed.ms;
      return timeline.moveTo(now + deed.ms);
    case 'strikeTask':
      return strikeTask(world, deed, happens);
  }
}

const RESTART_MS = 3_000;
const AFTERMATH_MS = 6 * 60_000;
/** Nothing is declared lost while the Node is so young. */
const NEW_NODE_MS = 10 * 60_000;

function deletePod({ users, files }: World, deed: Deed & { readonly kind: 'deletePod' }): void {
  const pod = users.podNamed(deed.name);
  const file = pod && files.of(pod.metadata.uid);
  if (file !== undefined && deed.graceSeconds === 0) file.wasForced = true;
  users.remove(deed);
}

function tearDown({ notes, staff, users }: World, happens: (words: string) => void): void {
  happens('the node is removed from the deployment');
  users.rest();
  notes.isClosing = true;
  notes.noTriggersUntil = Infinity;
  staff.invoke('node-teardown');
}

function strikeTask(
  { cloud, users, timeline, story, files }: World,
  { name, blow }: Deed & { readonly kind: 'strikeTask' },
  happens: (words: string) => void,
): void {
  const uid = users.podNamed(name)?.metadata.uid;
  const task = cloud.tasks.of(uid ?? '').at(-1);
  if (task === undefined) return;
  const words = {
    forget: 'ECS forgets',
    interruptSpot: 'Spot takes away',
    retire: 'AWS retires',
    failHost: 'the host fails of',
    personStops: 'a person stops',
    killForMemory: 'the kernel kills a container of',
  };
  if (!cloud.strike(task, blow, timeline.now())) return;
  happens(`${words[blow]} the task of ${files.labelOf(uid)}`);
  story.count(`blow ${blow}`);
}
