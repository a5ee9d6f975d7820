import type { AwsModel, Chance, IdSource, Place } from './aws-model.ts';
import { createCloudWatchModel } from './cloudwatch/cloudwatch-model.ts';
import type { CloudWatchModel } from './cloudwatch/cloudwatch-model.ts';
import { createEcsModel } from './ecs/ecs-model.ts';
import type { EcsModel, EcsOptions } from './ecs/ecs-model.ts';
import type { TaskSources } from './ecs/fetch-inputs.ts';
import { createEventBridgeModel } from './eventbridge/eventbridge-model.ts';
import type { EventBridgeModel } from './eventbridge/eventbridge-model.ts';
import type { EventPattern } from './eventbridge/match-pattern.ts';
import { createLogsModel } from './logs/logs-model.ts';
import type { LogsModel } from './logs/logs-model.ts';
import { createS3Model } from './s3/s3-model.ts';
import type { S3Model } from './s3/s3-model.ts';
import { createSecretsManagerModel } from './secrets-manager/secrets-manager-model.ts';
import type { SecretsManagerModel } from './secrets-manager/secrets-manager-model.ts';
import { createServiceQuotasModel } from './service-quotas/service-quotas-model.ts';
import type { ServiceQuotasModel } from './service-quotas/service-quotas-model.ts';
import { createSqsModel } from './sqs/sqs-model.ts';
import type { SqsModel } from './sqs/sqs-model.ts';

/** The emulated account: one model per service. */
export interface AwsModels {
  readonly ecs: EcsModel;
  readonly sqs: SqsModel;
  readonly eventBridge: EventBridgeModel;
  readonly secretsManager: SecretsManagerModel;
  readonly s3: S3Model;
  readonly logs: LogsModel;
  readonly cloudWatch: CloudWatchModel;
  readonly serviceQuotas: ServiceQuotasModel;
}

/** What the emulated account is made of; the ECS options are those of `createEcsModel`. */
export interface AwsModelsOptions extends Omit<EcsOptions, 'onEvent' | 'logs' | 'sources'> {
  readonly place: Place;
  readonly ids: IdSource;
  readonly chance: Chance;
}

/**
 * Makes the models and wires them as AWS does: ECS tells EventBridge, containers log to CloudWatch Logs and are started with what
 * S3 and Secrets Manager hold; CloudWatch measures what ECS runs, and Service Quotas tells what bounds it.
 */
export function createAwsModels(options: AwsModelsOptions): AwsModels {
  const { place, ids } = options;
  const eventBridge = createEventBridgeModel({ place, ids });
  const logs = createLogsModel({ place });
  const s3 = createS3Model();
  const secretsManager = createSecretsManagerModel({ place, ids });
  const onEvent: EcsOptions['onEvent'] = (event, at) => eventBridge.publish(event, at);
  const sources = createTaskSources(s3, secretsManager);
  const ecs = createEcsModel({ ...options, onEvent, logs: logs.sink, sources });
  return {
    ecs,
    sqs: createSqsModel({ place, ids }),
    eventBridge,
    secretsManager,
    s3,
    logs,
    cloudWatch: createCloudWatchModel({ use: (from, to) => ecs.vcpuUse(from, to) }),
    serviceQuotas: createServiceQuotasModel({ place, limits: ecs.capacity }),
  };
}

/** What the ECS agent fetches with the rights of an execution role that may read everything. */
export function createTaskSources(s3: AwsModel, secretsManager: AwsModel): TaskSources {
  return {
    readFile: (arn, at) => {
      const [, Bucket, Key] = /^arn:[\w-]+:s3:::([^/]+)\/(.+)$/.exec(arn) ?? [];
      const { Body } = s3.handle('GetObject', { Bucket, Key }, at) as { readonly Body: Uint8Array };
      return Buffer.from(Body).toString();
    },
    readSecret: (SecretId, at) => {
      const answer = secretsManager.handle('GetSecretValue', { SecretId }, at);
      return (answer as { readonly SecretString?: string }).SecretString ?? '';
    },
  };
}

/** Adds the rule that sends matching events to a queue, each as the JSON of its envelope. */
export function routeToQueue(
  { eventBridge, sqs }: Pick<AwsModels, 'eventBridge' | 'sqs'>,
  rule: { readonly pattern: EventPattern; readonly queueUrl: string },
): void {
  eventBridge.addRule({
    pattern: rule.pattern,
    target: (event, at) => {
      sqs.handle('SendMessage', { QueueUrl: rule.queueUrl, MessageBody: JSON.stringify(event) }, at);
    },
  });
}
