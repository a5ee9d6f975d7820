import type { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import type { ServiceQuotasClient } from '@aws-sdk/client-service-quotas';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createQuotas } from '../../../lib/adapters/quotas/create-quotas.ts';
import { failureOf } from '../../../lib/core/failure.ts';
import { AwsError } from '../../../lib/local/aws/aws-model.ts';
import { createAwsModels } from '../../../lib/local/aws/create-aws-models.ts';
import { fastTimings } from '../../../lib/local/aws/ecs/ecs-timings.ts';
import { sequentialIds } from '../../../lib/local/aws/id-source.ts';
import { endpointEnvironment, serveAws, type AwsServer } from '../../../lib/local/aws/serve-aws.ts';
import { createManualClock } from '../../memory/manual-clock.ts';
import { startScriptServer } from '../../support/script-server.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** The real clients over HTTP, on the models of AWS with the clock of the test. */
async function start() {
  const clock = createManualClock();
  const models = createAwsModels({
    place: { region: 'eu-west-1', account: '111122223333' },
    ...{ ids: sequentialIds('world'), chance: () => 0.5, clusters: ['demo'], timings: fastTimings },
  });
  const server = await serveAws(models, { clock });
  opened.push(server);
  models.ecs.capacity.onDemandVcpus = 100;
  models.ecs.capacity.spotVcpus = 50;
  for (const [name, value] of Object.entries(endpointEnvironment(server))) vi.stubEnv(name, value);
  const containerDefinitions = [{ name: 'main', image: 'busybox', command: ['sleep', '100000'] }];
  const size = { cpu: '2048', memory: '4096', networkMode: 'awsvpc', requiresCompatibilities: ['FARGATE'] };
  models.ecs.handle('RegisterTaskDefinition', { family: 'app', ...size, containerDefinitions }, clock.now());
  const calls = () => ({
    limits: models.serviceQuotas.callCount('GetServiceQuota'),
    uses: models.cloudWatch.callCount('GetMetricStatistics'),
  });
  return { clock, models, calls, quotas: createQuotas({ clock }) };
}

const RUN = {
  ...{ cluster: 'demo', taskDefinition: 'app', launchType: 'FARGATE' },
  networkConfiguration: { awsvpcConfiguration: { subnets: ['subnet-1'] } },
};

const opened: Pick<AwsServer, 'close'>[] = [];
beforeEach(() => {
  vi.stubEnv('AWS_REGION', 'eu-west-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'local');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'local');
});
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const server of opened.splice(0)) await server.close();
});

describe('the quotas of vCPU', () => {
  it('are those of the account by capacity type', async () => {
    const { quotas } = await start();
    expect(await quotas.vcpu('on-demand')).toEqual({ limit: 100 });
    expect(await quotas.vcpu('spot')).toEqual({ limit: 50 });
  });

  it('are the defaults of AWS in an account that never asked for more', async () => {
    const { quotas, models, calls } = await start();
    models.ecs.capacity.onDemandVcpus = 6;
    models.serviceQuotas.forgetApplied();
    expect(await quotas.vcpu('on-demand')).toEqual({ limit: 6 });
    expect(calls().limits).toBe(1);
    expect(models.serviceQuotas.callCount('GetAWSDefaultServiceQuota')).toBe(1);
  });

  it('are not known where the default cannot be read either, in the words of that', async () => {
    const { quotas, models } = await start();
    models.serviceQuotas.forgetApplied();
    models.serviceQuotas.failNext('GetAWSDefaultServiceQuota', new AwsError('AccessDeniedException', 'no'));
    expect(await quotas.vcpu('spot').catch(failureOf)).toMatchObject({
      kind: 'auth',
      message: 'servicequotas:GetAWSDefaultServiceQuota L-36FBB829: no',
    });
  });

  it('come with what the account used in the last minute that was measured', async () => {
    const { quotas, models, clock } = await start();
    models.ecs.handle('RunTask', RUN, clock.now());
    await clock.advance(4 * MINUTE);
    models.ecs.handle('RunTask', RUN, clock.now());
    await clock.advance(4 * MINUTE);
    models.ecs.advance(clock.now());
    const minute = Math.floor(clock.now() / MINUTE) * MINUTE - 3 * MINUTE;
    expect(await quotas.vcpu('on-demand')).toEqual({ limit: 100, use: { vcpu: 4, minute } });
    expect(await quotas.vcpu('spot')).toEqual({ limit: 50 });
  });
});

describe('calls for the quotas', () => {
  it('are shared by all who ask at once', async () => {
    const { quotas, calls } = await start();
    await Promise.all(Array.from({ length: 20 }, () => quotas.vcpu('on-demand')));
    expect(calls()).toEqual({ limits: 1, uses: 1 });
  });

  it('are one of CloudWatch a sweep, and one of Service Quotas an hour', async () => {
    const { quotas, calls, clock } = await start();
    for (let sweep = 0; sweep < 12; sweep += 1) {
      await quotas.vcpu('on-demand');
      await quotas.vcpu('on-demand');
      await clock.advance(5 * MINUTE);
    }
    expect(calls()).toEqual({ limits: 1, uses: 12 });
    await quotas.vcpu('on-demand');
    expect(calls()).toEqual({ limits: 2, uses: 13 });
  });

  it('show a raised quota within the hour', async () => {
    const { quotas, models, clock } = await start();
    await quotas.vcpu('spot');
    models.ecs.capacity.spotVcpus = 200;
    await clock.advance(HOUR - 1);
    expect(await quotas.vcpu('spot')).toEqual({ limit: 50 });
    await clock.advance(1);
    expect(await quotas.vcpu('spot')).toEqual({ limit: 200 });
  });

  it('that failed are not made again for a minute, by whoever asks', async () => {
    const { quotas, models, calls, clock } = await start();
    models.serviceQuotas.failNext('GetServiceQuota', new AwsError('AccessDeniedException', 'no'));
    for (let node = 0; node < 3; node += 1) await quotas.vcpu('spot').catch(failureOf);
    expect(calls().limits).toBe(1);
    await clock.advance(MINUTE);
    expect(await quotas.vcpu('spot')).toEqual({ limit: 50 });
  });
});

describe('a failure', () => {
  it.each([
    ['AccessDeniedException', 'auth'],
    ['TooManyRequestsException', 'throttled'],
    ['IllegalArgumentException', 'internal'],
    ['ServiceUnavailable', 'transient'],
  ])('of Service Quotas (%s) is %s, and names the action', async (type, kind) => {
    const { quotas, models } = await start();
    const fail = () => models.serviceQuotas.failNext('GetServiceQuota', new AwsError(type, 'not now'));
    // What may pass is sent twice.
    fail();
    fail();
    expect(await quotas.vcpu('on-demand').catch(failureOf)).toMatchObject({
      kind,
      message: 'servicequotas:GetServiceQuota L-3032A538: not now',
    });
  });

  it('of CloudWatch names its action, too', async () => {
    const { quotas, models } = await start();
    models.cloudWatch.failNext('GetMetricStatistics', new AwsError('AccessDenied', 'not authorized'));
    expect(await quotas.vcpu('on-demand').catch(failureOf)).toMatchObject({
      kind: 'auth',
      message: 'cloudwatch:GetMetricStatistics AWS/Usage: not authorized',
    });
  });

  it('is a host that cannot be reached', async () => {
    vi.stubEnv('AWS_ENDPOINT_URL', 'http://127.0.0.1:1');
    const quotas = createQuotas({ clock: createManualClock() });
    expect(await quotas.vcpu('spot').catch(failureOf)).toMatchObject({
      kind: 'transient',
      code: 'ECONNREFUSED',
    });
  });

  it('is an answer without a value, in the words of AWS where there are any', async () => {
    const answer = {
      Quota: { QuotaCode: 'L-3032A538', ErrorReason: { ErrorMessage: 'Fargate did not answer.' } },
    };
    const server = await startScriptServer(() => ({ status: 200, body: answer }));
    opened.push(server);
    vi.stubEnv('AWS_ENDPOINT_URL', server.url);
    const quotas = createQuotas({ clock: createManualClock() });
    expect(await quotas.vcpu('on-demand').catch(failureOf)).toMatchObject({
      kind: 'internal',
      message: 'servicequotas:GetServiceQuota L-3032A538: Fargate did not answer.',
    });
  });

  it('is whatever a client throws', async () => {
    const thrower = { send: () => Promise.reject(new Error('')) };
    const quotas = createQuotas({
      clock: createManualClock(),
      quotasClient: thrower as Pick<ServiceQuotasClient, 'send'>,
      useClient: { send: () => Promise.resolve({}) } as Pick<CloudWatchClient, 'send'>,
    });
    expect(await quotas.vcpu('spot').catch(failureOf)).toMatchObject({
      kind: 'internal',
      message: 'servicequotas:GetServiceQuota L-36FBB829: Error',
    });
  });
});
