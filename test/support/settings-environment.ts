import { aNodeSettings } from './vocabulary.ts';

/** The setting of one node as it travels in LAMBDALET_NODES; a test may break it. */
export function aNodeSetting(change: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return { ...aNodeSettings({ name: 'virtual', architecture: 'arm64' }), ...change };
}

/** A whole and valid environment of a function; the endpoints lead nowhere. */
export function settingsEnvironment(): Record<string, string> {
  return {
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
    LAMBDALET_CLUSTER: 'test',
    LAMBDALET_NODES: JSON.stringify([aNodeSetting()]),
    LAMBDALET_TABLE: 'test-table',
    LAMBDALET_ECS_CLUSTER: 'test-ecs',
    LAMBDALET_IDENTITY: '{"kind":"kubeconfig","secret":"test-kubeconfig"}',
    LAMBDALET_LOG_GROUP: '/lambdalet/test',
    LAMBDALET_EXECUTION_ROLE: 'arn:aws:iam::111122223333:role/execution',
    LAMBDALET_FILES_BUCKET: 'test-files',
    LAMBDALET_EVENT_QUEUE: 'http://127.0.0.1:1/111122223333/task-events',
    LAMBDALET_DEAD_LETTER_QUEUE: 'http://127.0.0.1:1/111122223333/dead-letters',
    LAMBDALET_DEPLOY_ID: 'deploy-1',
  };
}
