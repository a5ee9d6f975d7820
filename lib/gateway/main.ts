// The process of the gateway: one task of ECS, started by load-gateway.ts.
import { systemClock } from '../adapters/clock/system-clock.ts';
import { createTelemetry } from '../adapters/telemetry/create-telemetry.ts';
import { failureOf } from '../core/failure.ts';
import { KUBELET_PORT } from '../core/node-endpoint.ts';
import { parseSettings } from '../settings.ts';
import { kubernetesOf } from '../wiring.ts';
import { trustPublished } from './client-trust.ts';
import { keepServing, signerOf } from './keep-serving.ts';
import { ownAddress } from './own-address.ts';
import { wireGateway } from './wire-gateway.ts';

/** For commands and logs that are under way, of the two minutes that ECS gives the task to stop. New ones go to its successor by then. */
const PATIENCE_MS = 100_000;

const clock = systemClock;
const settings = parseSettings(process.env);
const telemetry = createTelemetry({ service: 'gateway', cluster: settings.cluster });
try {
  await run();
} catch (error) {
  telemetry.error('The gateway could not start', { failure: failureOf(error), error });
  process.exit(1);
}

async function run(): Promise<void> {
  const { certificates, authorities } = kubernetesOf(settings, telemetry, { clock });
  const serving = keepServing(
    { requests: certificates, clock, telemetry, chance: Math.random },
    { signer: signerOf(settings.identity), approves: settings.gatewayApproves },
  );
  const gateway = wireGateway(process.env, {
    host: '0.0.0.0',
    address: await ownAddress(process.env),
    portOf: (index) => KUBELET_PORT + index,
    clients: trustPublished({ authorities, clock, telemetry }),
    serving,
  });
  process.once('SIGTERM', () => {
    telemetry.info('The gateway ends');
    void gateway.close(PATIENCE_MS).then(() => process.exit(0));
  });
  const endpoints = await gateway.opened;
  telemetry.info('The gateway serves', { endpoints });
}
