import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { createLogs } from '../../lib/adapters/cloudwatch-logs/create-logs.ts';
import { AwsError } from '../../lib/local/aws/aws-model.ts';
import { createAwsModels } from '../../lib/local/aws/create-aws-models.ts';
import { seededChance, sequentialIds } from '../../lib/local/aws/id-source.ts';
import { serveAws } from '../../lib/local/aws/serve-aws.ts';
import { createMemoryLogs } from '../memory/memory-logs.ts';
import { logsContract, STREAM, T0, type LogsHarness } from './logs.contract.ts';

logsContract('memory', () => {
  const logs = createMemoryLogs({ pageLines: 2 });
  logs.addGroup(STREAM.group);
  return Promise.resolve({
    logs,
    write: (stream, ...lines) => logs.write(stream, ...lines),
    throttle: () => logs.failNext({ kind: 'throttled', message: 'Rate exceeded' }),
    pass: () => undefined,
    close: () => Promise.resolve(),
  });
});

logsContract('CloudWatch Logs (emulator)', async (): Promise<LogsHarness> => {
  const clock = { at: T0, now: () => clock.at };
  const models = createAwsModels({
    place: { region: 'eu-west-1', account: '111122223333' },
    ids: sequentialIds('logs'),
    chance: seededChance(1),
    clusters: [],
  });
  const server = await serveAws(models, { clock });
  const client = new CloudWatchLogsClient({
    ...{ endpoint: server.endpoints.logs, region: 'eu-west-1', maxAttempts: 1 },
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  models.logs.sink.openGroup(STREAM.group, true, T0);
  return {
    logs: createLogs({ client }),
    write: ({ group, stream }, ...lines) => {
      for (const { at, text } of lines) models.logs.sink.write({ group, stream, text, at });
    },
    throttle: () =>
      models.logs.failNext('GetLogEvents', new AwsError('ThrottlingException', 'Rate exceeded')),
    pass: (ms) => void (clock.at += ms),
    close: async () => {
      client.destroy();
      await server.close();
    },
  };
});
