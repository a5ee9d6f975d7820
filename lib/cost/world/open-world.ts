import type { AwsModel } from '../../local/aws/aws-model.ts';
import { createAwsModels } from '../../local/aws/create-aws-models.ts';
import { realTimings } from '../../local/aws/ecs/ecs-timings.ts';
import { seededChance, sequentialIds } from '../../local/aws/id-source.ts';
import { serveAws } from '../../local/aws/serve-aws.ts';
import { createApiServerModel, type ApiServerModel } from '../../local/api-server/create-api-server-model.ts';
import { createCountedIds } from '../../local/api-server/random-ids.ts';
import { chooseEndpoints, SERVICE_VARIABLES, toVariables } from '../../local/world/choose-endpoints.ts';
import { createResources } from '../../local/world/create-resources.ts';
import { NAMES, PLACE } from '../../local/world/function-environment.ts';
import { createCallMeter, type CallMeter } from '../count-calls.ts';
import { createApiTransport } from './api-transport.ts';
import { openDynalite } from './ask-dynalite.ts';
import { openAwsFront } from './aws-front.ts';
import { captureLog, type LogCapture } from './capture-log.ts';
import { countModels } from './count-models.ts';
import { environmentOf, KUBECONFIG, load, takeVariables, type WorldOptions } from './deployed-functions.ts';
import { driveOnClock } from './drive-on-clock.ts';
import { LATENCY, latencyOf } from './latency.ts';
import { runFunctions, type Functions } from './run-functions.ts';
import { createTriggerQueues, triggerFunctions } from './trigger-functions.ts';
import { createVirtualClock, type VirtualClock } from './virtual-clock.ts';
import { comeToRest, watchRequests } from './watch-requests.ts';

/** A deployment on virtual time, with everything that it calls counted. */
export interface CostWorld {
  readonly clock: VirtualClock;
  readonly meter: CallMeter;
  readonly log: LogCapture;
  readonly functions: Functions;
  readonly api: ApiServerModel;
  /** Lets the models go on after a change by hand. */
  readonly touch: () => void;
  close(): Promise<void>;
}

/** The longest that Lambda lets an invocation run. */
const LONGEST_RUN_MS = 15 * 60_000;
const START = Date.parse('2026-01-01T00:00:00Z');

/**
 * Opens the world: the very functions, wired as on Lambda, on the emulators of AWS and of an API server. Until it is closed this
 * process is theirs: its AWS variables and its standard output. The first beats come at once. The close waits for the last invocation
 * (on virtual time), because none may go on with the variables of the user.
 */
export async function openWorld(options: WorldOptions): Promise<CostWorld> {
  const opened: (() => Promise<void> | void)[] = [];
  const close = async (): Promise<void> => {
    for (const end of opened.splice(0).reverse()) await end();
  };
  try {
    return await openAll(options, opened, close);
  } catch (error) {
    await close();
    throw error;
  }
}

async function openAll(
  options: WorldOptions,
  opened: (() => Promise<void> | void)[],
  close: () => Promise<void>,
): Promise<CostWorld> {
  const meter = createCallMeter();
  const chance = seededChance(1);
  // Nobody is invoked before everything is there.
  let noteRequest = (): void => undefined;
  let held = (): number => 0;
  const requests = watchRequests(() => noteRequest());
  opened.push(() => requests.stop());
  const clock = createVirtualClock(START, () => comeToRest(requests, () => held()));
  const driver = driveOnClock(clock);
  const models = createAwsModels({
    ...{ place: PLACE, ids: sequentialIds('cost'), chance },
    ...{ clusters: [NAMES.ecsCluster], timings: realTimings },
  });
  // As in an account that was granted more than its pods here take.
  Object.assign(models.ecs.capacity, { onDemandVcpus: 10_000, spotVcpus: 10_000 });
  countModels(models, meter);
  const server = await serveAws(models, { clock });
  opened.push(() => server.close());
  let isOpen = false;
  const front = await openAwsFront({
    ...{ clock, meter, onHandled: driver.touch },
    ...{ dynamo: openDynalite(), others: server.endpoints.ecs },
    latencyMs: (name) => (isOpen ? latencyOf(name) : 0),
  });
  opened.push(() => front.close());
  held = () => front.held();
  models.sqs.setEndpoint(front.url);
  const ours = Object.fromEntries(SERVICE_VARIABLES.map((name) => [name, front.url]));
  const endpoints = chooseEndpoints(ours as Parameters<typeof chooseEndpoints>[0], {});
  await createResources(endpoints, KUBECONFIG);
  const queues = createTriggerQueues(models, START);
  isOpen = true;
  const api = createApiServerModel({ now: START, ids: createCountedIds() });
  const environment = environmentOf(options, toVariables(endpoints));
  opened.push(takeVariables(environment, front.url));
  const log = captureLog();
  opened.push(() => log.stop());
  const transport = createApiTransport({
    ...{ model: api, clock, latencyMs: LATENCY.kubernetes, onHandled: driver.touch },
    onSend: () => noteRequest(),
  });
  const functions = runFunctions(clock, (name) => load(name, environment, { clock, transport }));
  noteRequest = () => functions.noteRequest();
  driver.add(api);
  for (const model of Object.values(models) as AwsModel[]) driver.add(model);
  const stop = triggerFunctions({ models, queues, functions, clock, driver, meter, chance });
  opened.push(async () => {
    stop();
    await clock.run(clock.now() + LONGEST_RUN_MS, () => functions.running() === 0);
  });
  meter.reset();
  return { ...{ clock, meter, log, functions, api, close }, touch: driver.touch };
}
