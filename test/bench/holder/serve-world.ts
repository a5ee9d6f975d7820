// The process of the servers: it does what it is asked by messages.
import { withMetadata } from '../../../lib/local/api-server/objects/api-object.ts';
import { objectAt } from '../../../lib/local/api-server/objects/json.ts';
import { countRequests, type RequestCounts } from './count-requests.ts';
import { createServers, NODE, type Servers } from './create-servers.ts';
import { bindPods } from './seed-pods.ts';
import type { StartedWorld, WorldCall, WorldChoice, WorldCounts, WorldQuestion } from './world-messages.ts';

interface Running extends Servers {
  readonly counts: RequestCounts;
}

let running: Running | undefined;

function demandRunning(): Running {
  if (running === undefined) throw new Error('the world was not started');
  return running;
}

async function start(choice: WorldChoice): Promise<StartedWorld> {
  const servers = await createServers(choice);
  running = { ...servers, counts: countRequests(servers.api, servers.models.ecs) };
  const { environment, podBytes } = servers;
  return { environment, podBytes };
}

async function readCounts({ counts, ports }: Running): Promise<WorldCounts> {
  const { calls, watches, launches } = counts;
  const slot = await ports.slot.read();
  return { calls: Object.fromEntries(calls), watches, launches, lastPassAt: slot?.lastPassAt };
}

function touch({ api: { store } }: Running, pods: number): void {
  for (const pod of store.list('pods').slice(0, pods)) {
    const annotations = { ...objectAt(pod, 'metadata', 'annotations'), 'bench.example.com/touched': 'yes' };
    store.put('pods', withMetadata(pod, { annotations }));
  }
}

function compact({ api, counts }: Running): void {
  // A change that no watch of pods has seen: what is forgotten is then newer than what they know.
  for (const namespace of api.store.list('namespaces').slice(0, 1)) api.store.put('namespaces', namespace);
  api.compact();
  counts.endWatches();
}

function answer(question: WorldQuestion): unknown {
  switch (question.kind) {
    case 'start':
      return start(question.choice);
    case 'counts':
      return readCounts(demandRunning());
    case 'bind':
      bindPods({ api: demandRunning().api, node: NODE }, question.pods, Date.now());
      return undefined;
    case 'touch':
      touch(demandRunning(), question.pods);
      return undefined;
    case 'compact':
      compact(demandRunning());
      return undefined;
  }
}

async function reply({ id, question }: WorldCall): Promise<void> {
  try {
    process.send?.({ id, value: await answer(question) });
  } catch (error) {
    process.send?.({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
}

process.on('message', (call: WorldCall) => void reply(call));
process.once('disconnect', () => process.exit());
